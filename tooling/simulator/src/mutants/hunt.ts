// Hunts mutants: plays each until something notices it, two processes at a time.

import type { SeedShape } from '../run/seed-shape.ts';
import type { Mutant } from './mutant.ts';
import { modulesOf } from './patch.ts';
import { play } from './play.ts';
import type { PlayReport, PlayRequest, ReportedViolation } from './reports.ts';

export type Verdict =
  | { readonly type: 'caught'; readonly by: string; readonly message: string; readonly seed: number | undefined }
  | { readonly type: 'lives' }
  /** It could not be played. */
  | { readonly type: 'broken'; readonly reason: string };

export interface Hunted {
  readonly mutant: Mutant;
  readonly verdict: Verdict;
  /** Seeds that were played, the last one included. */
  readonly seedCount: number;
  readonly seconds: number;
}

export const PROCESSES = 2;
export const FIRST_SEED = 1;

export interface HuntOptions {
  /** Fewer than the mutants themselves say. */
  readonly seedCount: number | undefined;
}

export function huntAll(
  mutants: readonly Mutant[],
  options: HuntOptions,
  onHunted: (hunted: Hunted) => void,
): Promise<Hunted[]> {
  return inParallel(mutants, PROCESSES, async (mutant) => {
    const hunted = await hunt(mutant, options);
    onHunted(hunted);
    return hunted;
  });
}

async function hunt(mutant: Mutant, options: HuntOptions): Promise<Hunted> {
  const start = performance.now();
  let seedCount = 0;
  let found: Verdict = { type: 'lives' };
  let mutated: readonly string[] = [];
  try {
    await play(mutant.name, requestFor(mutant, options), (report) => {
      if (report.type === 'mutated') mutated = report.modules;
      if (report.type === 'seed') seedCount++;
      if (found.type === 'lives') found = verdictOf(report) ?? found;
    });
    const missing = modulesOf(mutant).filter((module) => !mutated.includes(module));
    if (missing.length > 0) found = { type: 'broken', reason: `${missing.join(', ')} was never loaded` };
  } catch (error) {
    found = { type: 'broken', reason: (error as Error).message };
  }
  return { mutant, verdict: found, seedCount, seconds: (performance.now() - start) / 1000 };
}

export interface FalseAlarm extends ReportedViolation {
  readonly seed: number;
}

/** The seeds that caught somebody say nothing if one of them fails without a mutant, too. */
export async function alarmWithoutMutant(seedCount: number, shape: SeedShape): Promise<FalseAlarm | undefined> {
  let alarm: FalseAlarm | undefined;
  await play(undefined, { type: 'seeds', from: FIRST_SEED, count: seedCount, shape }, (report) => {
    if (report.type === 'seed' && report.violation !== undefined) alarm = { seed: report.seed, ...report.violation };
  });
  return alarm;
}

export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) results[index] = await work(items[index] as Item);
  };
  await Promise.all(Array.from({ length: width }, worker));
  return results;
}

function requestFor({ caughtBy }: Mutant, { seedCount = Number.POSITIVE_INFINITY }: HuntOptions): PlayRequest {
  if ('scenario' in caughtBy) return { type: 'scenarios', tickets: [caughtBy.scenario] };
  const { within, shape = {} } = caughtBy;
  return { type: 'seeds', from: FIRST_SEED, count: Math.min(within, seedCount), shape };
}

function verdictOf(report: PlayReport): Verdict | undefined {
  if (report.type === 'mutated' || report.violation === undefined) return undefined;
  const { checker, message } = report.violation;
  return report.type === 'seed'
    ? { type: 'caught', by: checker, message, seed: report.seed }
    : { type: 'caught', by: `scenario ${report.ticket}`, message: `${checker}: ${message}`, seed: undefined };
}
