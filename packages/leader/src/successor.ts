// Which learner may lead in this server's place: a voter that counts something and is in sync, the one that holds the most.

import type { QuorumVerifier } from '@zebu/interfaces';
import type { LearnerHandler } from './learner-handler.ts';

/** In sync with this leader, and one that others would let lead. */
export const maySucceed = (handler: LearnerHandler, verifier: QuorumVerifier): boolean =>
  !handler.observes && isSyncedVoter(handler, verifier);

export const furthestSuccessor = (
  handlers: Iterable<LearnerHandler>,
  verifier: QuorumVerifier,
): LearnerHandler | undefined => furthest([...handlers].filter((handler) => maySucceed(handler, verifier)));

/** Also one that gets its vote by this very configuration, and takes itself for an observer until it hears of it. */
export const furthestVoter = (
  handlers: Iterable<LearnerHandler>,
  verifier: QuorumVerifier,
): LearnerHandler | undefined => furthest([...handlers].filter((handler) => isSyncedVoter(handler, verifier)));

const isSyncedVoter = (handler: LearnerHandler, verifier: QuorumVerifier): boolean =>
  handler.acknowledgedNewLeader && !handler.damaged && verifier.weightOf(handler.sid) > 0;

function furthest(handlers: readonly LearnerHandler[]): LearnerHandler | undefined {
  let best: LearnerHandler | undefined;
  for (const handler of handlers) if (best === undefined || isFurther(handler, best)) best = handler;
  return best;
}

const isFurther = (one: LearnerHandler, other: LearnerHandler): boolean =>
  one.ackedZxid > other.ackedZxid || (one.ackedZxid === other.ackedZxid && one.sid > other.sid);
