// What a server does while it follows a leader, leads, or observes. A role lives from one election to the next.

import type { BufferSizes, LearnerView, ServerBean, SessionDump, ZabState } from '@zebu/interfaces';
import type { Epoch, Millis, ServerId, ServerState, TxnBytes } from '@zebu/protocol';
import type { ClientService } from './client-service.ts';
import type { CommonBean } from './management-beans.ts';
import type { LearnerMasters } from './learner-masters.ts';
import type { FlushToken, PeerEffect, PeerInput } from './messages.ts';
import type { MembershipKeeper } from './membership-keeper.ts';
import type { Now, PeerOptions, QuorumDependencies, QuorumOptions } from './options.ts';
import type { SyncTimes } from './sync-times.ts';

/** The inputs that only a role can make something of. */
export type RoleInput = Exclude<
  PeerInput,
  {
    type:
      | 'start'
      | 'restoreBegin'
      | 'restoreChunk'
      | 'restoreSnapshotEnd'
      | 'restoreTxns'
      | 'restored'
      | 'fenced'
      | 'storageFailed'
      | 'snapshotTaken'
      | 'notification'
      | 'electionLinkUp'
      | 'electionLinkDown'
      | 'clientConnected'
      | 'clientFrames'
      | 'clientDrained'
      | 'clientDisconnected'
      | 'transferLeadership'
      | 'resetStatistics'
      | 'resetConnectionStatistics'
      | 'oracle'
      | 'tick';
  }
>;

export type TransferRequest = Extract<PeerInput, { type: 'transferLeadership' }>;

/** What a role asks of the peer around it. */
export interface RoleContext {
  readonly options: PeerOptions & QuorumOptions;
  readonly dependencies: QuorumDependencies;
  readonly membership: MembershipKeeper;
  readonly clients: ClientService;
  readonly syncTimes: SyncTimes;
  readonly learnerMasters: LearnerMasters;
  nextFlushToken(): FlushToken;
  emit(effect: PeerEffect): void;
  /** A leader, this server or the one it follows, was established by a quorum. */
  established(leader: ServerId, epoch: Epoch, now: Now): void;
  /**
   * The role is over once this step's effects are complete: what was committed in it is still delivered. The successor, if there is one, is tried
   * as the leader before there is an election.
   */
  leave(reason: string, successor?: ServerId): void;
}

export interface Role {
  readonly state: ServerState;
  readonly leaderId: ServerId;
  readonly epoch: Epoch | undefined;
  readonly zabState: ZabState;
  readonly proposalCount: number;
  /** Of a leader. */
  readonly proposalSizes: BufferSizes | undefined;
  readonly pendingSyncCount: number;
  /** The tree holds what was not logged: an observer need not keep a log. */
  readonly treeIsAheadOfLog: boolean;
  learnerViews(): LearnerView[];
  bean(common: CommonBean, electionTimeTakenMs: Millis): ServerBean;
  /** Undefined where this server does not judge sessions. */
  sessionDump(): SessionDump | undefined;
  /** Global sessions that this server found to have expired. */
  readonly expiredSessionCount: number;
  /** `srst`. */
  resetStatistics(): void;
  onInput(input: RoleInput, now: Now): void;
  /** The tree was rebuilt from the disk at this role's wish. */
  onRestored(now: Now): void;
  /** The ensemble is another, or may become it. */
  onMembershipChanged(): void;
  /** An oracle lets this server go on alone, or not (any more). */
  onOracle(now: Now): void;
  /** The election's hint that the voters have turned away (ZOOKEEPER-3109). */
  onSupportLost(now: Now): void;
  /** Let another server lead. Refused with `transferEnded`; otherwise the role ends, with a successor or without. */
  transfer(request: TransferRequest, now: Now): void;
  /** A transfer was not refused, and the role has not ended. */
  readonly handsOver: boolean;
  /** `late`: the process was stalled. */
  onTick(late: boolean, now: Now): void;
  nextWakeup(): Millis | undefined;
  /** Ends it and lets go of its links. Returns what it logged and did not deliver. */
  end(reason: string): readonly TxnBytes[];
}
