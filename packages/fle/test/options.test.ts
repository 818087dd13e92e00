import { describe, expect, it } from 'vitest';
import { fastLeaderElectionOptions } from '../src/index.ts';

describe('fastLeaderElectionOptions', () => {
  it("has ZooKeeper's defaults", () => {
    const expected = { finalizeWaitMs: 200, minNotificationIntervalMs: 200, maxNotificationIntervalMs: 60_000 };
    expect(fastLeaderElectionOptions()).toEqual(expected);
  });

  it('raises the maximum to the minimum when only the minimum was configured, and high', () => {
    expect(fastLeaderElectionOptions({ minNotificationIntervalMs: 90_000 }).maxNotificationIntervalMs).toBe(90_000);
  });

  it('refuses intervals that would make it spin', () => {
    for (const minNotificationIntervalMs of [0, -1, Number.NaN]) {
      expect(() => fastLeaderElectionOptions({ minNotificationIntervalMs })).toThrow(RangeError);
    }
    expect(() => fastLeaderElectionOptions({ finalizeWaitMs: -1 })).toThrow(/finalizeWaitMs/);
  });
});
