// Of each feature, and of all together, some seeds: that they break nothing, and that what the feature is about happens.

import { expect, it } from 'vitest';
import { FEATURE_NAMES, type SeedShape } from '../../src/run/seed-shape.ts';
import { Totals } from '../../src/run/totals.ts';
import { runInWorkers } from '../../src/run/worker-pool.ts';

const SEEDS = 12;
const worker = new URL('../../dist/run/worker.js', import.meta.url);

async function run(shape: SeedShape): Promise<Totals> {
  const totals = new Totals();
  let next = 1;
  await runInWorkers({
    jobs: 2,
    shape,
    worker,
    nextSeed: () => (next > SEEDS ? undefined : next++),
    onOutcome: (outcome) => {
      const { seed, violations } = outcome;
      expect({ seed, violations }).toEqual({ seed, violations: [] });
      totals.add(outcome);
    },
  });
  return totals;
}

const shapes: readonly SeedShape[] = [
  ...FEATURE_NAMES.map((name) => ({ [name]: true })),
  Object.fromEntries(FEATURE_NAMES.map((name) => [name, true])),
  { oracle: true },
];

it.each(shapes)(`${SEEDS} seeds with %o break no property`, { timeout: 600_000 }, async (shape) => {
  const totals = await run(shape);
  expect(totals.seedCount).toBe(SEEDS);
  if (shape.reconfigure === true) expect(totals.changeCount).toBeGreaterThan(SEEDS);
  if (shape.oracle === true) expect(totals.grantCount).toBeGreaterThan(SEEDS);
});
