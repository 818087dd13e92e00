// What `check` runs of the simulation. The processes run what was built, as pnpm simulate does: build first.

import { expect, it } from 'vitest';
import type { SeedOutcome } from '../../src/run/outcome.ts';
import { SYNC_PATHS, Totals } from '../../src/run/totals.ts';
import { runInWorkers } from '../../src/run/worker-pool.ts';

const SEEDS = 500;
const SEEDS_AGAIN = 50;
const worker = new URL('../../dist/run/worker.js', import.meta.url);

async function run(count: number): Promise<SeedOutcome[]> {
  const outcomes: SeedOutcome[] = [];
  let next = 1;
  await runInWorkers({
    jobs: 2,
    shape: {},
    worker,
    nextSeed: () => (next > count ? undefined : next++),
    onOutcome: (outcome) => void outcomes.push(outcome),
  });
  return outcomes.toSorted((left, right) => left.seed - right.seed);
}

it(`${SEEDS} seeds break no property, and say enough; ${SEEDS_AGAIN} of them are the same again`, {
  timeout: 1_200_000,
}, async () => {
  const totals = new Totals();
  const outcomes = await run(SEEDS);
  for (const outcome of outcomes) {
    const { seed, violations } = outcome;
    expect({ seed, violations }).toEqual({ seed, violations: [] });
    totals.add(outcome);
  }
  expect(totals.seedCount).toBe(SEEDS);
  expect(totals.shortestMs).toBeGreaterThanOrEqual(15_000);
  expect(totals.fewestAcknowledged).toBeGreaterThanOrEqual(200);
  expect(totals.fewestFaults).toBeGreaterThanOrEqual(5);
  for (const path of SYNC_PATHS)
    expect({ path, seeds: totals.seedsWithPath.get(path) }).toSatisfy(({ seeds }) => seeds >= 0.05 * SEEDS);

  const traces = (of: readonly SeedOutcome[]): string[] => of.slice(0, SEEDS_AGAIN).map(({ traceHash }) => traceHash);
  expect(new Set(traces(outcomes)).size).toBe(SEEDS_AGAIN);
  // In other processes, and after other seeds.
  expect(traces(await run(SEEDS_AGAIN))).toEqual(traces(outcomes));
});
