// pnpm simulate --mutants: hunts them, prints the table as it grows, and says whether one lives.

import { MUTANTS } from './catalog.ts';
import { FIRST_SEED, type Hunted, type HuntOptions, huntAll, alarmWithoutMutant } from './hunt.ts';
import type { Mutant } from './mutant.ts';
import { type MatrixRow, scenarioMatrix } from './matrix.ts';
import { UNTOLD } from './reports.ts';
import { argumentsOf, type SeedShape } from '../run/seed-shape.ts';
import { scenarios } from '../scenarios/index.ts';
import { ROW_HEAD, rowOf, summaryOf } from './table.ts';

const BAD_ARGUMENTS = 2;

/** The exit code: 0 when every mutant was caught, and nobody else was. */
export async function runMutants(
  { names, ...options }: HuntOptions & { readonly names: readonly string[] },
  say: (line: string) => void,
): Promise<number> {
  const chosen = choose(names, say);
  if (chosen === undefined) return BAD_ARGUMENTS;
  say(ROW_HEAD);
  const hunted = await huntAll(chosen, options, (each) => say(rowOf(each)));
  for (const line of summaryOf(hunted)) say(line);
  const allPass = await passWithoutMutant(hunted, say);
  return allPass && hunted.every(({ verdict }) => verdict.type === 'caught') ? 0 : 1;
}

/** pnpm simulate --mutants --scenarios. The exit code: 0 when each scenario passes without a mutant. */
export async function showMatrix(names: readonly string[], say: (line: string) => void): Promise<number> {
  const chosen = choose(names, say);
  if (chosen === undefined) return BAD_ARGUMENTS;
  const { rows, failingAnyway } = await scenarioMatrix(chosen, ({ mutant, failing, seconds }) => {
    const tickets = failing.size === 0 ? 'none' : [...failing.keys()].join(', ');
    say(`${mutant.name.padEnd(40)}${seconds.toFixed(1).padStart(7)} s  ${tickets}`);
  });
  say('');
  for (const { ticket } of scenarios) {
    const breakers = rows.filter(({ failing }) => failing.has(ticket));
    const isUntold = ({ failing }: MatrixRow): boolean => failing.get(ticket)?.checker === UNTOLD;
    const untold = breakers.filter(isUntold).map(({ mutant }) => mutant.name);
    const more = breakers.length - untold.length;
    const words = [...untold, ...(more > 0 ? [`a checker under ${more} more`] : [])];
    say(`${ticket.padEnd(40)}  ${words.length === 0 ? 'fails under none of them' : words.join(', ')}`);
  }
  const proven = new Set(rows.flatMap(({ failing }) => [...failing.keys()]));
  say(`${proven.size} of ${scenarios.length} scenarios fail under a mutant`);
  for (const [ticket, { message }] of failingAnyway) say(`${ticket} fails WITHOUT a mutant: ${message}`);
  return failingAnyway.size === 0 ? 0 : 1;
}

/** All, when none is named. */
function choose(names: readonly string[], say: (line: string) => void): readonly Mutant[] | undefined {
  const unknown = names.filter((name) => MUTANTS.every((mutant) => mutant.name !== name));
  if (unknown.length === 0) return names.length === 0 ? MUTANTS : MUTANTS.filter(({ name }) => names.includes(name));
  say(`no such mutant: ${unknown.join(', ')}. There are:\n  ${MUTANTS.map(({ name }) => name).join('\n  ')}`);
  return undefined;
}

/** Of each shape as many seeds as the slowest mutant needed: they must pass on the servers as they are. */
async function passWithoutMutant(hunted: readonly Hunted[], say: (line: string) => void): Promise<boolean> {
  let allPass = true;
  for (const { shape, count } of seedsOf(hunted.filter(isBySeed))) {
    const alarm = await alarmWithoutMutant(count, shape);
    const words = argumentsOf(shape);
    if (alarm === undefined) say(`seeds ${FIRST_SEED} to ${FIRST_SEED + count - 1}${words} pass without a mutant`);
    else say(`seed ${alarm.seed}${words} fails WITHOUT a mutant: ${alarm.checker}: ${alarm.message}`);
    allPass &&= alarm === undefined;
  }
  return allPass;
}

function seedsOf(hunted: readonly Hunted[]): { readonly shape: SeedShape; readonly count: number }[] {
  const counts = new Map<string, { readonly shape: SeedShape; readonly count: number }>();
  for (const { mutant, seedCount } of hunted) {
    const shape = ('seeds' in mutant.caughtBy ? mutant.caughtBy.shape : undefined) ?? {};
    const count = Math.max(seedCount, counts.get(argumentsOf(shape))?.count ?? 0);
    counts.set(argumentsOf(shape), { shape, count });
  }
  return [...counts.values()];
}

const isBySeed = ({ verdict }: Hunted): boolean => verdict.type === 'caught' && verdict.seed !== undefined;
