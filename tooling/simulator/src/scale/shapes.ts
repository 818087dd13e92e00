// The ensembles that are measured: every number of voters that is in use, up to more observers than anybody has, in one room and around the world.

import type { EnsembleShape } from './measurement.ts';

const VOTER_COUNTS = [3, 5, 7, 9];
const OBSERVER_COUNTS = [0, 20, 200];
const LINK_DELAYS_MS = [1, 30, 150];

const atLeader: readonly EnsembleShape[] = LINK_DELAYS_MS.flatMap((linkDelayMs) =>
  VOTER_COUNTS.flatMap((voterCount) =>
    OBSERVER_COUNTS.map((observerCount) => ({ voterCount, observerCount, linkDelayMs })),
  ),
);
/** Distance changes nothing in what the leader sends. */
const atFollowers: readonly EnsembleShape[] = atLeader
  .filter(({ observerCount, linkDelayMs }) => observerCount > 0 && linkDelayMs === LINK_DELAYS_MS[0])
  .map((shape) => ({ ...shape, observersAt: 'followers' }));

export const SHAPES: readonly EnsembleShape[] = [...atLeader, ...atFollowers];
