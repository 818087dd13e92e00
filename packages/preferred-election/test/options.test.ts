import { ELECTION_MODULE_NAME, ELECTION_PORT_VERSION, ElectionOptionError } from '@zebu/interfaces';
import { describe, expect, it } from 'vitest';
import preferredElection from '../src/index.ts';

const parse = (given: Record<string, string>) => preferredElection.parseOptions(new Map(Object.entries(given)));

describe('the module', () => {
  it('is named, and written for the port as it is', () => {
    expect(preferredElection.name).toMatch(ELECTION_MODULE_NAME);
    expect(preferredElection.portVersion).toBe(ELECTION_PORT_VERSION);
  });

  it('has a default for everything, and prefers nobody', () => {
    expect(parse({})).toEqual({
      priorities: new Map(),
      finalizeWaitMs: 200,
      preferredWaitMs: 1000,
      minNotificationIntervalMs: 200,
      maxNotificationIntervalMs: 5000,
    });
  });

  it('reads priorities and milliseconds', () => {
    const given = { 'priority.1': '10', 'priority.255': '0', preferredWait: '30', minNotificationInterval: '9000' };
    expect(parse(given)).toMatchObject({
      priorities: new Map([
        [1, 10],
        [255, 0],
      ]),
      preferredWaitMs: 30,
      minNotificationIntervalMs: 9000,
      maxNotificationIntervalMs: 9000,
    });
  });

  it.each<[Record<string, string>, string]>([
    [{ 'priority.1': '1001' }, 'priority.1: 1001 is not a whole number; write a whole number from 0 to 1000'],
    [{ 'priority.1': '-1' }, 'from 0 to 1000'],
    [{ 'priority.0': '1' }, 'no server has the id 0'],
    [{ 'priority.256': '1' }, 'from 1 to 255'],
    [{ priority: '1' }, 'is no option of preferred-election; remove it; there are priority.N, finalizeWait'],
    [{ finalizeWait: 'soon' }, 'finalizeWait: soon is not milliseconds'],
    [{ minNotificationInterval: '0' }, 'from 1 to'],
  ])('refuses %j', (given, message) => {
    expect(() => parse(given)).toThrow(ElectionOptionError);
    expect(() => parse(given)).toThrow(message);
  });
});
