// An election module that gives bad advice: now and then a server claims a history that it has not, and is elected for it. Elections are advice, and
// discovery is there to tell good from bad: this may cost time, never data.

import type { Election } from '@zebu/interfaces';
import type { Epoch, Millis, Vote } from '@zebu/protocol';
import { makeZxid } from '@zebu/protocol';
import type { SeededRandom } from '../world/seeded-random.ts';

/** One look in so many is a lie. */
const LIES_ONCE_IN = 3;
/** Above any epoch that a run comes to soon, so that the claim wins. */
const EPOCHS_AHEAD = 3;

/** From `untilMs` on it says what is true. */
export function unwiseElection(election: Election, random: SeededRandom, untilMs: Millis): Election {
  return {
    step: (input, now) => {
      const lies = input.type === 'look' && now < untilMs && input.vote.zxid >= 0n && random.below(LIES_ONCE_IN) === 0;
      return election.step(lies ? { ...input, vote: claim(input.vote, random) } : input, now);
    },
    nextWakeup: () => election.nextWakeup(),
  };
}

function claim(vote: Vote, random: SeededRandom): Vote {
  const peerEpoch = (vote.peerEpoch + EPOCHS_AHEAD) as Epoch;
  return { ...vote, peerEpoch, zxid: makeZxid(peerEpoch, random.below(1000)) };
}
