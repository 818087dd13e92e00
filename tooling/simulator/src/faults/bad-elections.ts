// Election modules that are no good: now and then one names itself without asking anybody, or says nothing more. As with advice that is false
// (unwise-election.ts), this may cost time, never data.

import type { Election, ElectionEffect, ElectionInput } from '@zebu/interfaces';
import type { Millis, ServerId, Vote } from '@zebu/protocol';
import type { SeededRandom } from '../world/seeded-random.ts';

/** One look in so many goes wrong. */
const FAILS_ONCE_IN = 3;

interface Surroundings {
  readonly self: ServerId;
  readonly random: SeededRandom;
  /** From then on it does as the other election does. */
  readonly untilMs: Millis;
}

/** Elects itself, whoever is there and whatever they say. */
export const selfishElection = (election: Election, surroundings: Surroundings): Election =>
  badElection(election, surroundings, ({ vote }) => [
    { type: 'elected', vote: { ...vote, leader: surroundings.self }, state: 'LEADING' },
  ]);

/** Neither elects nor answers. */
export const silentElection = (election: Election, surroundings: Surroundings): Election =>
  badElection(election, surroundings, () => []);

function badElection(
  election: Election,
  { random, untilMs }: Surroundings,
  answer: (look: { readonly vote: Vote }) => ElectionEffect[],
): Election {
  /** What it was asked for, and did not do as it should. */
  let failed: Extract<ElectionInput, { type: 'look' }> | undefined;
  let isLooking = false;
  return {
    step(input, now) {
      if (input.type === 'look') {
        failed = now < untilMs && random.below(FAILS_ONCE_IN) === 0 ? input : undefined;
        isLooking = failed !== undefined;
        return failed === undefined ? election.step(input, now) : answer(failed);
      }
      if (failed === undefined) return election.step(input, now);
      if (input.type === 'roleChanged') isLooking = input.state === 'LOOKING' && isLooking;
      // It has to know who is there, for later.
      const effects = input.type === 'notification' || input.type === 'tick' ? [] : election.step(input, now);
      if (!isLooking || now < untilMs) return effects.filter((effect) => effect.type !== 'send');
      const look = failed;
      failed = undefined;
      return election.step(look, now);
    },
    nextWakeup: () => (failed === undefined ? election.nextWakeup() : isLooking ? untilMs : undefined),
  };
}
