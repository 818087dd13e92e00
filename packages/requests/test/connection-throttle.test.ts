import { ConnectionThrottle, type ConnectionThrottleOptions } from '@zebu/requests';
import { describe, expect, it } from 'vitest';
import { TestLeader } from './support/test-server.ts';
import * as wire from './support/wire.ts';

const OPTIONS: ConnectionThrottleOptions = {
  maxTokens: 3,
  fillTimeMs: 100,
  fillCount: 1,
  freezeTimeMs: -1,
  dropIncrease: 0.02,
  dropDecrease: 0.002,
  decreaseRatio: 0,
  weights: undefined,
};

/** Draws what the test says, as a share of 1; then always the least. */
const drawing = (...draws: number[]) => ({ below: (bound: number) => Math.floor((draws.shift() ?? 0) * bound) });

const throttle = (options: Partial<ConnectionThrottleOptions> = {}, ...draws: number[]) =>
  new ConnectionThrottle({ ...OPTIONS, ...options }, drawing(...draws), 0);

const admissions = (subject: ConnectionThrottle, count: number, now: number): number =>
  Array.from({ length: count }, () => subject.admit('global', now)).filter(Boolean).length;

describe('the token bucket', () => {
  it('lets in as many as it holds, and refuses the rest', () => {
    const subject = throttle();
    expect(admissions(subject, 5, 0)).toBe(3);
    expect(subject.deficit).toBe(3);
  });

  it('fills up with time, in whole tokens, and never above its size', () => {
    const subject = throttle();
    admissions(subject, 3, 0);
    expect(admissions(subject, 3, 100)).toBe(0); // only after more than the time to fill
    expect(admissions(subject, 3, 250)).toBe(2);
    expect(admissions(subject, 9, 100_000)).toBe(3);
  });

  it('of size 0 lets everybody in', () => {
    const subject = throttle({ maxTokens: 0 });
    expect(admissions(subject, 1000, 0)).toBe(1000);
    expect(subject.deficit).toBe(0);
  });
});

describe('weights', () => {
  it('count the bucket in global sessions, which cost more than others', () => {
    const weights = { global: 3, local: 1, renew: 2 };
    expect(admissions(throttle({ weights }), 9, 0)).toBe(3);
    const locals = throttle({ weights });
    expect(Array.from({ length: 12 }, () => locals.admit('local', 0)).filter(Boolean).length).toBe(9);
    const renewals = throttle({ weights });
    expect(Array.from({ length: 12 }, () => renewals.admit('renew', 0)).filter(Boolean).length).toBe(4);
    // Filling is counted in global sessions, too.
    expect(admissions(renewals, 9, 101)).toBe(1);
  });

  it('of the dearer kinds are never below that of a local session', () => {
    const subject = throttle({ weights: { global: 1, local: 2, renew: 1 } });
    expect(subject.admit('renew', 0)).toBe(true);
    expect(subject.deficit).toBe(2);
    expect(subject.admit('global', 0)).toBe(true);
    expect(subject.deficit).toBe(4);
  });
});

describe('the drop chance (BLUE)', () => {
  const BLUE = { maxTokens: 2, fillTimeMs: 1000, freezeTimeMs: 10, dropIncrease: 0.5, dropDecrease: 0.25 };

  it('grows while the bucket is empty, at most once in the freeze time, and refuses by chance', () => {
    const subject = throttle(BLUE, 0.9, 0.9, 0.9, 0.9, 0.2, 0.3);
    expect(admissions(subject, 2, 0)).toBe(2);
    expect(subject.dropChance).toBe(0);
    subject.admit('global', 11);
    subject.admit('global', 12);
    expect(subject.dropChance).toBe(0.5);
    // Two tokens are back, so the chance is 0.25: the first client is dropped all the same, the second is not.
    expect(subject.admit('global', 2000)).toBe(false);
    expect(subject.admit('global', 2001)).toBe(true);
  });

  it('shrinks while enough tokens are left', () => {
    const subject = throttle({ ...BLUE, decreaseRatio: 0.5 });
    admissions(subject, 2, 0);
    subject.admit('global', 11);
    expect(subject.dropChance).toBe(0.5);
    subject.admit('global', 3000);
    expect(subject.dropChance).toBe(0.25);
    subject.admit('global', 3011);
    subject.admit('global', 3022);
    expect(subject.dropChance).toBe(0);
  });

  it('stays between 0 and 1', () => {
    const subject = throttle({ ...BLUE, dropIncrease: 0.7 }, ...Array.from({ length: 5 }, () => 0.99));
    admissions(subject, 2, 0);
    for (const now of [11, 22, 33]) subject.admit('global', now);
    expect(subject.dropChance).toBe(1);
  });
});

describe('a server with a throttle', () => {
  it('closes the connection of a client that it refuses, without an answer, and forgets it', () => {
    const leader = new TestLeader();
    const server = leader.serve(undefined, { connectionThrottle: throttle({ maxTokens: 1 }) });
    server.connect();
    const refused = server.dial();
    refused.send(wire.connectFrame());
    expect(refused.closed).toBe(true);
    expect(refused.replies()).toEqual([]);
    expect(leader.uncommittedCount).toBe(0);
    expect(new Map(server.processor.metrics()).get('connection_rejected')).toBe(1);
    expect(new Map(server.processor.metrics()).get('connection_request_count')).toBe(1);
    server.now = 101;
    server.connect();
  });

  it('refuses before it looks at anything else the client says', () => {
    const leader = new TestLeader();
    const server = leader.serve(undefined, { connectionThrottle: throttle({ maxTokens: 1 }) });
    const { sessionId } = server.connect();
    const thief = server.dial();
    thief.send(wire.connectFrame({ sessionId, password: new Uint8Array(16) }));
    expect(thief.closed).toBe(true);
    expect(thief.replies()).toEqual([]);
  });
});
