// The same seeds with other election modules. The processes run what was built, as pnpm simulate does: build first.

import type { Election, ElectionInput } from '@zebu/interfaces';
import type { Epoch, ServerId, Zxid } from '@zebu/protocol';
import { expect, it } from 'vitest';
import { selfishElection, silentElection } from '../../src/faults/bad-elections.ts';
import type { ElectionChoice } from '../../src/run/election-choice.ts';
import type { SeedOutcome } from '../../src/run/outcome.ts';
import { runInWorkers } from '../../src/run/worker-pool.ts';
import { SeededRandom } from '../../src/world/seeded-random.ts';

const worker = new URL('../../dist/run/worker.js', import.meta.url);
const TIMEOUT_MS = 600_000;

async function run(election: ElectionChoice, count: number): Promise<SeedOutcome[]> {
  const outcomes: SeedOutcome[] = [];
  let next = 1;
  await runInWorkers({
    jobs: 2,
    shape: { election },
    worker,
    nextSeed: () => (next > count ? undefined : next++),
    onOutcome: (outcome) => void outcomes.push(outcome),
  });
  return outcomes.toSorted((left, right) => left.seed - right.seed);
}

it.each<[ElectionChoice, number]>([
  ['preferred', 40],
  ['selfish', 10],
  ['silent', 10],
])('an election that is %s breaks no property in %i seeds', { timeout: TIMEOUT_MS }, async (election, count) => {
  const outcomes = await run(election, count);
  for (const { seed, violations } of outcomes) expect({ seed, violations }).toEqual({ seed, violations: [] });
  expect(outcomes).toHaveLength(count);
  // It is not Fast Leader Election that ran, and a seed with one module is the same again.
  const few = 2;
  const traces = outcomes.slice(0, few).map(({ traceHash }) => traceHash);
  const withFle = (await run('fle', few)).map(({ traceHash }) => traceHash);
  expect(traces.filter((trace) => withFle.includes(trace))).toEqual([]);
  expect((await run(election, few)).map(({ traceHash }) => traceHash)).toEqual(traces);
});

const look: ElectionInput = {
  type: 'look',
  vote: { leader: 2 as ServerId, zxid: 5n as Zxid, peerEpoch: 1 as Epoch },
};

it.each([
  ['selfish', selfishElection, [{ type: 'elected', vote: look.vote, state: 'LEADING' }]],
  ['silent', silentElection, []],
] as const)('a module that is %s fails some looks until its time is over', (_name, bad, answer) => {
  const inner: Election = { step: () => [{ type: 'supportLost' }], nextWakeup: () => 7 };
  const surroundings = { self: 2 as ServerId, random: new SeededRandom(1), untilMs: 1000 };
  const election = bad(inner, surroundings);
  const answers = Array.from({ length: 60 }, () => election.step(look, 0));
  const failures = answers.filter((effects) => effects[0]?.type !== 'supportLost');
  expect(failures.length).toBeGreaterThan(5);
  expect(failures.length).toBeLessThan(40);
  for (const effects of failures) expect(effects).toEqual(answer);
  for (let count = 0; count < 20; count++) expect(election.step(look, 1000)).toEqual([{ type: 'supportLost' }]);
});
