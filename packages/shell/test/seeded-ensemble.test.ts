// Three production peers over cnx-memory and txnlog/memory, under load and power failures.

import { describe, expect, it } from 'vitest';
import { acknowledgeBeforeFlush, epochBeforeHistory } from './simulation/mutants.ts';
import { runSeed, type SeedOptions } from './simulation/run-seed.ts';
import type { Mutation } from './simulation/simulated-ensemble.ts';

const SEEDS = 200;
const LOAD: SeedOptions = { crashCount: 6, writesBetween: 10 };

describe('a seeded ensemble of three', () => {
  it(`loses nothing acknowledged and ends with equal trees, over ${SEEDS} seeds`, { timeout: 600_000 }, async () => {
    let ephemeralCount = 0;
    let readOnlyCount = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = await runSeed(seed, LOAD);
      expect({ seed, violations: outcome.violations }).toEqual({ seed, violations: [] });
      expect(outcome.acknowledgedCount).toBeGreaterThanOrEqual(50);
      expect(outcome.crashCount).toBeGreaterThanOrEqual(3);
      expect(outcome.leaderCrashCount * 2).toBeGreaterThanOrEqual(outcome.crashCount);
      // Of sessions that were local.
      if (seed % 2 === 0) ephemeralCount += outcome.ephemeralCount;
      readOnlyCount += Math.min(outcome.readOnly.readCount, outcome.readOnly.refusedCount);
    }
    expect(ephemeralCount).toBeGreaterThan(SEEDS / 2);
    expect(readOnlyCount).toBeGreaterThan(SEEDS);
  });

  it('is the same run each time', { timeout: 60_000 }, async () => {
    expect(await runSeed(7, LOAD)).toEqual(await runSeed(7, LOAD));
  });

  it.each<[string, Mutation]>([
    ['acknowledges before the flush', { storage: acknowledgeBeforeFlush }],
    ['writes currentEpoch before the history', { peer: epochBeforeHistory }],
  ])('notices a server that %s: something acknowledged is lost', { timeout: 600_000 }, async (_, mutation) => {
    let lost: string | undefined;
    for (let seed = 1; seed <= SEEDS && lost === undefined; seed++) {
      lost = (await violationsOf(seed, mutation)).find((violation) => violation.includes('is lost'));
    }
    expect(lost).toMatch(/^acknowledged \/w.* is lost/);
  });
});

/** A mutant may also break an assertion or make no progress; that is noticed too, and says less. */
async function violationsOf(seed: number, mutation: Mutation): Promise<readonly string[]> {
  try {
    return (await runSeed(seed, { ...LOAD, mutation })).violations;
  } catch (error) {
    return [String(error)];
  }
}
