import { describe, expect, it } from 'vitest';
import type { FaultStep } from '../../src/faults/fault.ts';
import { investigate } from '../../src/run/investigate.ts';
import { describeViolation } from '../../src/run/report-violation.ts';
import { runSeed, type SeedOptions } from '../../src/run/run-seed.ts';
import { shrink } from '../../src/run/shrink.ts';
import type { Mutation } from '../../src/world/mutation.ts';

/** Says that a flush is done before it is. */
const acknowledgesBeforeFlush: Mutation = {
  storage: (storage) => ({
    ...storage,
    log: Object.assign(Object.create(storage.log) as typeof storage.log, {
      flush: () => {
        storage.log.flush().catch(() => undefined);
        return Promise.resolve();
      },
    }),
  }),
};
const powerLossOfAll: FaultStep = { at: 4000, fault: { type: 'powerLossOfAll', downMs: 200 } };
const harmless: FaultStep = { at: 3000, fault: { type: 'dropClients', victim: { type: 'leader' } } };

describe('a seed', () => {
  it('keeps its events when asked to, and takes faults in place of its own', async () => {
    const outcome = await runSeed(1, { voterCount: 3, observerCount: 1, faults: [harmless], keepHistory: true });
    expect(outcome).toMatchObject({ seed: 1, voterCount: 3, observerCount: 1, violations: [], faults: [harmless] });
    expect(outcome.statistics.faultCounts).toEqual({ dropClients: 1 });
    expect(
      outcome.history.filter(({ type }) => type === 'phase').map((event) => 'phase' in event && event.phase),
    ).toEqual(['faults', 'calm', 'reading', 'over']);
  });

  it('is the same without its history', async () => {
    const [kept, unkept] = [await runSeed(2, { keepHistory: true }), await runSeed(2)];
    expect(unkept.history).toEqual([]);
    expect(unkept.traceHash).toBe(kept.traceHash);
    expect(unkept.statistics).toEqual(kept.statistics);
  });

  // In the second one a server that learns as an observer gets a vote before it hears of it.
  it.each([1022, 1092])(
    'has observers at followers in a changing ensemble with damaged disks: seed %i',
    async (seed) => {
      const features = { weights: true, transfers: true, reconfigure: true, masters: true } as const;
      const { violations, history } = await runSeed(seed, { ...features, keepHistory: true });
      expect(violations).toEqual([]);
      expect(history.some(({ type }) => type === 'healed')).toBe(true);
    },
  );

  it('lets a server that lost its acceptedEpoch, and its vote, follow on: seed 3049', async () => {
    const features = { weights: true, transfers: true, reconfigure: true, masters: true, rollover: true } as const;
    expect((await runSeed(3049, features)).violations).toEqual([]);
  });

  it('lets a server follow on that promised itself anew and then lost its vote: seed 690', async () => {
    const features = { weights: true, transfers: true, reconfigure: true, masters: true, rollover: true } as const;
    expect((await runSeed(690, { ...features, election: 'mixed' })).violations).toEqual([]);
  });

  // In the second one a voter that has no weight yet begins a later round of the election than all others.
  it.each([7942, 8541])('elects a leader amid a reconfig that new voters must agree to: seed %i', async (seed) => {
    const features = { weights: true, transfers: true, reconfigure: true, masters: true, rollover: true } as const;
    const { violations } = await runSeed(seed, { ...features, unlogged: true, election: 'mixed' });
    expect(violations).toEqual([]);
  });

  it('lets an observer without a log take the vote that its leader cannot commit without: seed 1528', async () => {
    const features = { weights: true, transfers: true, reconfigure: true, masters: true, rollover: true } as const;
    const { violations } = await runSeed(1528, { ...features, unlogged: true, election: 'mixed' });
    expect(violations).toEqual([]);
  });

  it.each([3824, 8923])('adds faults that cannot miss where many found nobody to hit: seed %i', async (seed) => {
    const { statistics, faults, violations } = await runSeed(seed, { voterCount: 3 });
    const struckCount = Object.values(statistics.faultCounts).reduce((sum, count) => sum + count, 0);
    expect(violations).toEqual([]);
    expect(struckCount).toBe(5);
    expect((await runSeed(seed, { voterCount: 3, faults })).statistics.faultCounts).toEqual(statistics.faultCounts);
  });
});

describe('a server that acknowledges before it flushes', () => {
  const options: SeedOptions = { voterCount: 3, observerCount: 0, mutation: acknowledgesBeforeFlush };

  it('is noticed, and its schedule made shorter', async () => {
    const outcome = await runSeed(1, { ...options, faults: [harmless, powerLossOfAll, { ...harmless, at: 5000 }] });
    const [first] = outcome.violations;
    expect(first).toBeDefined();
    const shrunk = await shrink(outcome, options, { attempts: 30, isOver: () => false });
    expect(shrunk.faults.length).toBeLessThan(3);
    const again = await runSeed(1, { ...options, faults: shrunk.faults });
    expect(again.violations.map(({ checker }) => checker)).toContain(first?.checker);
    const report = describeViolation({
      outcome,
      shape: { voterCount: 3 },
      commit: 'abc',
      properties: new Map(),
      schedule: shrunk.faults,
      shrinkAttempts: shrunk.attempts,
      files: ['story.html'],
    });
    expect(report).toContain('seed 1, 3 voters and 0 observers, commit abc');
    expect(report).toContain('pnpm simulate --replay 1 --servers 3');
    expect(report).toContain(first?.message);
    expect(report).toContain('see story.html');
  });
});

it('there is no story of a seed that breaks nothing', async () => {
  expect(await investigate(1, { shape: {}, directory: '/nowhere', now: () => 0 })).toBeUndefined();
});
