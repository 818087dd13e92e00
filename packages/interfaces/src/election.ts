// The election port. A module proposes a leader; Zab's discovery decides whether it may lead, so a bad module costs time, never data.

import type { Ensemble, Epoch, Millis, Notification, ServerId, ServerState, Vote } from '@zebu/protocol';
import type { Logger } from './logger.ts';
import type { QuorumVerifier } from './quorum-verifier.ts';
import type { Random } from './random.ts';

export type ElectionInput =
  /** The server is LOOKING: start a round with this vote for itself. `vote.zxid` -1 is never voted for nor counted. */
  | { readonly type: 'look'; readonly vote: Vote }
  | { readonly type: 'notification'; readonly from: ServerId; readonly notification: Notification }
  /** The peer entered a state (always told, also after 'elected'). */
  | { readonly type: 'roleChanged'; readonly state: ServerState }
  | { readonly type: 'configurationChanged'; readonly ensemble: Ensemble; readonly verifier: QuorumVerifier }
  | { readonly type: 'linkUp'; readonly peer: ServerId }
  | { readonly type: 'linkDown'; readonly peer: ServerId }
  /** A leader, this server or the one it follows, was established by a quorum: votes shown to late comers carry its epoch from now on (ZOOKEEPER-1732). */
  | { readonly type: 'leaderEstablished'; readonly leader: ServerId; readonly epoch: Epoch }
  | { readonly type: 'tick' };

export type ElectionEffect =
  | { readonly type: 'send'; readonly to: ServerId; readonly notification: Notification }
  /** The round is over; the module keeps answering notifications in the new state until the next 'look'. */
  | { readonly type: 'elected'; readonly vote: Vote; readonly state: 'LEADING' | 'FOLLOWING' | 'OBSERVING' }
  /**
   * A hint to a leader that is not established yet: of the voters that elected it, so many are looking again or gone that the rest are no quorum.
   * Unless a quorum of learners is with it all the same, it should look again too, rather than wait for initLimit (ZOOKEEPER-3109).
   */
  | { readonly type: 'supportLost' };

export interface Election {
  /** Deterministic: the same inputs and times give the same effects. */
  step(input: ElectionInput, now: Millis): ElectionEffect[];
  /** When 'tick' is next due; undefined if nothing is pending. */
  nextWakeup(): Millis | undefined;
}

export interface ElectionDependencies {
  readonly self: ServerId;
  readonly ensemble: Ensemble;
  readonly verifier: QuorumVerifier;
  readonly random: Random;
  readonly logger: Logger;
}

/** How an election is made. `options` are the module's own, already parsed from its configuration. */
export type ElectionFactory<Options = undefined> = (dependencies: ElectionDependencies, options: Options) => Election;
