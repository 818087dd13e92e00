// A client that gives cause for complaint in a loop.

import { describe, expect, it } from 'vitest';
import { TestLeader } from './support/test-server.ts';
import * as wire from './support/wire.ts';

describe('the log', () => {
  it('says ten times a second what clients do, and then how often it was silent', () => {
    const server = new TestLeader().serve();
    const complain = (count: number): void => {
      for (let index = 0; index < count; index++) server.dial().send(wire.frame(wire.text('nonsense')));
    };
    complain(100);
    expect(server.complaints).toHaveLength(10);
    server.now = 999;
    complain(1);
    expect(server.complaints).toHaveLength(10);
    server.now = 1000;
    complain(2);
    expect(server.complaints).toHaveLength(12);
    expect(server.complaints.map(({ fields }) => fields?.['suppressedCount'])).toEqual([
      ...Array<undefined>(10).fill(undefined),
      91,
      undefined,
    ]);
  });

  it('counts each complaint for itself', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    for (let index = 0; index < 20; index++) {
      server.dial().send(wire.frame(wire.text('nonsense')));
      const client = server.connect();
      client.request(wire.auth('unheard-of', 'proof'));
      expect(client.closed).toBe(true);
    }
    expect(server.complaints).toHaveLength(20);
    expect(new Set(server.complaints.map(({ message }) => message)).size).toBe(2);
  });
});
