// By which module the servers of a seed elect. No part of what a seed draws: the same seed may be run with each.

import type { ServerId } from '@zebu/protocol';
import { selfishElection, silentElection } from '../faults/bad-elections.ts';
import { type CreateElection, fastLeaderElection, preferredElection } from '../world/elections.ts';
import { SeededRandom } from '../world/seeded-random.ts';

/** `mixed`: one seed `fle`, the next `preferred`. The last two are `fle` which now and then elects itself, or says nothing. */
export const ELECTION_CHOICES = ['fle', 'preferred', 'mixed', 'selfish', 'silent'] as const;
export type ElectionChoice = (typeof ELECTION_CHOICES)[number];

const MOST_SERVERS = 255;
/** Several have the same. */
const PRIORITIES: readonly number[] = [0, 0, 0, 10, 20];

export function electionOfSeed(choice: ElectionChoice, seed: number, honestFromMs: number): CreateElection {
  switch (choice) {
    case 'fle':
      return fastLeaderElection;
    case 'preferred':
      return preferredElection(drawPriorities(new SeededRandom(seed ^ 0x0e1e_c7ed)));
    case 'mixed':
      return electionOfSeed(seed % 2 === 0 ? 'preferred' : 'fle', seed, honestFromMs);
    case 'selfish':
    case 'silent': {
      const random = new SeededRandom(seed ^ 0x0bad_e1ec);
      const bad = choice === 'selfish' ? selfishElection : silentElection;
      return (dependencies) => {
        const surroundings = { self: dependencies.self, random: random.fork(), untilMs: honestFromMs };
        return bad(fastLeaderElection(dependencies), surroundings);
      };
    }
  }
}

const drawPriorities = (random: SeededRandom): ReadonlyMap<ServerId, number> =>
  new Map(
    Array.from({ length: MOST_SERVERS }, (_, index) => [
      (index + 1) as ServerId,
      PRIORITIES[random.below(PRIORITIES.length)] as number,
    ]),
  );
