// What a session does: one kind of work a file, each a maker of actors, since an actor remembers what its session did.

import type { SeededRandom } from '../world/seeded-random.ts';
import type { RecordedClient } from './recorded-client.ts';
import type { WorkloadOptions } from './workload-options.ts';
import type { WrittenPaths } from './written-paths.ts';

export interface Stage {
  readonly client: RecordedClient;
  readonly random: SeededRandom;
  readonly written: WrittenPaths;
  readonly options: WorkloadOptions;
  readonly sleep: (ms: number) => Promise<void>;
}

export interface Actor {
  /** One thing, of some operations. What fails is written down already. */
  act(): Promise<void>;
  /** When no new work begins: what is still owed to the checkers, such as reads that a watch must not outlast. */
  finish?(): Promise<void>;
}

export type MakeActor = (stage: Stage) => Actor;

/** Each at its weight. */
export function choose<Value>(
  random: SeededRandom,
  choices: readonly (readonly [weight: number, value: Value])[],
): Value {
  const total = choices.reduce((sum, [weight]) => sum + weight, 0);
  let point = random.next() * total;
  for (const [weight, value] of choices) {
    point -= weight;
    if (point < 0) return value;
  }
  return (choices.at(-1) as readonly [number, Value])[1];
}

export const chance = (random: SeededRandom, probability: number): boolean => random.next() < probability;
