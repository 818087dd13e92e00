// What whoever runs seeds may decide in place of the seed, and how the command line says it.

import type { ElectionChoice } from './election-choice.ts';

/**
 * Parts of the product that a run takes in only when it is told to: a seed draws for each of them from a stream of its own, so that all other seeds
 * stay what they are.
 */
export const FEATURES = {
  reconfigure: 'clients change the ensemble: servers join, leave, move, get a vote and lose it',
  weights: 'groups and weights decide what a quorum is; a server of weight 0 never leads',
  masters: 'followers serve the observers, of whom there is one at least',
  unlogged: 'observers, of whom there is one at least, write no txns to their disks',
  rollover: 'epochs have a few dozen zxids, so that they roll over all the time',
  transfers: 'leaders are asked to hand over, beside all else that befalls them',
} as const;

export type Feature = keyof typeof FEATURES;
export const FEATURE_NAMES = Object.keys(FEATURES) as Feature[];

export type SeedShape = {
  readonly voterCount?: number;
  readonly observerCount?: number;
  /** `fle` untold. */
  readonly election?: ElectionChoice;
  /** Two voters, one of whom an oracle that tells the truth lets go on alone. */
  readonly oracle?: true;
} & { readonly [Each in Feature]?: true };

/** As `pnpm simulate` takes it, each argument behind a space. */
export const argumentsOf = (shape: SeedShape): string =>
  (shape.voterCount === undefined ? '' : ` --servers ${shape.voterCount}`) +
  (shape.observerCount === undefined ? '' : ` --observers ${shape.observerCount}`) +
  (shape.election === undefined ? '' : ` --election ${shape.election}`) +
  (shape.oracle === true ? ' --oracle' : '') +
  FEATURE_NAMES.map((name) => (shape[name] === true ? ` --${name}` : '')).join('');
