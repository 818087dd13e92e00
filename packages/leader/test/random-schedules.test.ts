import { describe, expect, it } from 'vitest';
import { type Outcome, runSchedule } from './schedule.ts';

const SEED_COUNT = 250;

describe('random schedules', () => {
  it('no committed txn is lost, histories agree, syncs are linearizable, and the servers go on once the faults end', () => {
    const outcomes: Outcome[] = [];
    for (let seed = 1; seed <= SEED_COUNT; seed++) outcomes.push(runSchedule({ seed }));
    const total = (value: (outcome: Outcome) => number): number =>
      outcomes.reduce((sum, outcome) => sum + value(outcome), 0);
    // The schedules are worth something: much is committed, by many leaders, among many crashes, and every way to synchronize is taken.
    expect(total((outcome) => outcome.committedCount)).toBeGreaterThan(10 * SEED_COUNT);
    expect(total((outcome) => outcome.establishedCount)).toBeGreaterThan(2 * SEED_COUNT);
    expect(total((outcome) => outcome.crashCount)).toBeGreaterThan(3 * SEED_COUNT);
    expect(total((outcome) => outcome.transferCount)).toBeGreaterThan(SEED_COUNT / 2);
    const paths = new Set(outcomes.flatMap((outcome) => [...outcome.syncPaths]));
    expect([...paths].sort()).toEqual(['DIFF', 'SNAP', 'TRUNC', 'log']);
  }, 30_000);

  it('are caught when a disk says "flushed" before it wrote', () => {
    const caught: string[] = [];
    for (let seed = 1; seed <= 20; seed++) {
      try {
        runSchedule({ seed, mutation: 'flushes before writing' });
      } catch (error) {
        caught.push(String(error));
      }
    }
    expect(caught.length).toBeGreaterThan(10);
    expect(caught.every((reason) => /was committed|led? /.test(reason))).toBe(true);
  });

  it('replay from their seed', () => {
    expect(runSchedule({ seed: 7 })).toEqual(runSchedule({ seed: 7 }));
  });
});
