// Which learner may lead in this server's place: a voter that counts something and is in sync, the one that holds the most.

import type { QuorumVerifier } from '@zebu/interfaces';
import type { LearnerHandler } from './learner-handler.ts';

/** In sync with this leader, and one that others would let lead. */
export const maySucceed = (handler: LearnerHandler, verifier: QuorumVerifier): boolean =>
  !handler.observes && handler.acknowledgedNewLeader && verifier.weightOf(handler.sid) > 0;

export function furthestSuccessor(
  handlers: Iterable<LearnerHandler>,
  verifier: QuorumVerifier,
): LearnerHandler | undefined {
  let best: LearnerHandler | undefined;
  for (const handler of handlers) {
    if (maySucceed(handler, verifier) && (best === undefined || isFurther(handler, best))) best = handler;
  }
  return best;
}

const isFurther = (one: LearnerHandler, other: LearnerHandler): boolean =>
  one.ackedZxid > other.ackedZxid || (one.ackedZxid === other.ackedZxid && one.sid > other.sid);
