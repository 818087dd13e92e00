// A few mutants fall, each to a checker and within a few seeds: that the simulator would notice. The whole table: pnpm simulate --mutants.

import { expect, it } from 'vitest';
import { MUTANTS } from '../src/mutants/catalog.ts';
import { runMutants } from '../src/mutants/command.ts';
import { huntAll } from '../src/mutants/hunt.ts';
import { play } from '../src/mutants/play.ts';
import type { PlayReport } from '../src/mutants/reports.ts';

const QUICK = [
  'acknowledge-before-flush',
  'write-current-epoch-before-history',
  'lead-before-a-quorum-is-synced',
  'forward-to-the-synced-only',
  'any-version-will-do',
];

it(`these fall at once: ${QUICK.join(', ')}`, { timeout: 300_000 }, async () => {
  const mutants = MUTANTS.filter(({ name }) => QUICK.includes(name));
  const hunted = await huntAll(mutants, { seedCount: 3 }, () => undefined);
  expect(hunted.map(({ mutant, verdict }) => [mutant.name, verdict.type])).toEqual(
    mutants.map(({ name }) => [name, 'caught']),
  );
});

it('servers as they are pass the same seeds', { timeout: 300_000 }, async () => {
  const reports: PlayReport[] = [];
  await play(undefined, { type: 'seeds', from: 1, count: 3, shape: {} }, (report) => reports.push(report));
  expect(reports).toEqual([
    { type: 'mutated', modules: [] },
    ...[1, 2, 3].map((seed) => ({ type: 'seed', seed, violation: undefined })),
  ]);
});

it('a mutant that is not there is told from one that lives', { timeout: 300_000 }, async () => {
  const lines: string[] = [];
  expect(await runMutants({ names: ['acknowledge-nothing'], seedCount: 1 }, (line) => void lines.push(line))).toBe(2);
  expect(lines[0]).toMatch(/^no such mutant: acknowledge-nothing\. There are:\n {2}\S/);
  await expect(
    play('acknowledge-nothing', { type: 'seeds', from: 1, count: 1, shape: {} }, () => undefined),
  ).rejects.toThrow("there is no mutant 'acknowledge-nothing'");
});
