import { ELECTION_MODULE_NAME, ELECTION_PORT_VERSION, ElectionOptionError } from '@zebu/interfaces';
import { describe, expect, it } from 'vitest';
import fastLeaderElection from '../src/index.ts';

const parse = (given: Record<string, string>) => fastLeaderElection.parseOptions(new Map(Object.entries(given)));

describe('the module', () => {
  it('is named, and written for the port as it is', () => {
    expect(fastLeaderElection.name).toMatch(ELECTION_MODULE_NAME);
    expect(fastLeaderElection.portVersion).toBe(ELECTION_PORT_VERSION);
  });

  it('reads milliseconds', () => {
    const given = { finalizeWait: '0', minNotificationInterval: '30', maxNotificationInterval: '400' };
    const expected = { finalizeWaitMs: 0, minNotificationIntervalMs: 30, maxNotificationIntervalMs: 400 };
    expect(parse(given)).toEqual(expected);
  });

  it.each([
    [{ finalizeWait: '-1' }, 'electionModule.finalizeWait: -1 is no time; write milliseconds, at least 0'],
    [{ minNotificationInterval: '0' }, 'write milliseconds, at least 1'],
    [{ maxNotificationInterval: '' }, 'write milliseconds'],
    [{ finalWait: '1' }, 'electionModule.finalWait: is no option of Fast Leader Election; remove it; there are final'],
  ])('refuses %j', (given, message) => {
    expect(() => parse(given as unknown as Record<string, string>)).toThrow(ElectionOptionError);
    expect(() => parse(given as unknown as Record<string, string>)).toThrow(message);
  });
});
