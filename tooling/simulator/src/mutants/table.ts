// The table of mutants, as text.

import { argumentsOf } from '../run/seed-shape.ts';
import type { Hunted } from './hunt.ts';

export const ROW_HEAD = row(['mutant', 'caught by', 'seed', 'seeds', 'seconds', 'sentence']);

export function rowOf({ mutant, verdict, seedCount, seconds }: Hunted): string {
  const by = verdict.type === 'caught' ? verdict.by : verdict.type === 'lives' ? 'LIVES' : 'BROKEN';
  const seed = verdict.type === 'caught' && verdict.seed !== undefined ? String(verdict.seed) : '-';
  const seeds = seedCount === 0 ? '-' : String(seedCount);
  const ticket = mutant.ticket === undefined ? '' : ` (${mutant.ticket})`;
  const words = 'seeds' in mutant.caughtBy ? argumentsOf(mutant.caughtBy.shape ?? {}) : '';
  return row([mutant.name, by, seed, seeds, seconds.toFixed(1), `${mutant.sentence}${ticket}${words}`]);
}

export function summaryOf(hunted: readonly Hunted[]): string[] {
  const caught = hunted.filter(({ verdict }) => verdict.type === 'caught');
  const bySeeds = caught.filter(({ verdict }) => verdict.type === 'caught' && verdict.seed !== undefined);
  const lines = [
    `${hunted.length} mutants: ${caught.length} caught, ${bySeeds.length} of them by random seeds, ${caught.length - bySeeds.length} by scenarios`,
  ];
  for (const { mutant, verdict, seedCount } of hunted) {
    if (verdict.type === 'lives') lines.push(`${mutant.name} lives after ${seedCount} seeds: ${mutant.sentence}`);
    if (verdict.type === 'broken') lines.push(`${mutant.name} could not be played: ${verdict.reason}`);
  }
  return lines;
}

function row([name = '', by = '', seed = '', seeds = '', seconds = '', sentence = '']: readonly string[]): string {
  return `${name.padEnd(40)}${by.padEnd(36)}${seed.padStart(5)}${seeds.padStart(7)}${seconds.padStart(9)}  ${sentence}`;
}
