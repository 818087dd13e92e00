// Every property, each its own checker: those of Zab over one model of the run, those that clients see over one record of what they did.

import type { QuorumHierarchy, ServerId } from '@zebu/protocol';
import type { Checker } from './checker.ts';
import { type ClientLimits, clientCheckers } from './clients/index.ts';
import { Configuration } from './model/configuration.ts';
import { ZabModel } from './model/zab-model.ts';
import type { ZabChecker } from './zab-checker.ts';
import { AcceptedEpochBeforeAckEpoch } from './zab/accepted-epoch-before-ackepoch.ts';
import { AcceptedEpochBeforeLeaderInfo } from './zab/accepted-epoch-before-leaderinfo.ts';
import { AckEpochIsTrue } from './zab/ackepoch-is-true.ts';
import { AcksInOrder } from './zab/acks-in-order.ts';
import { Agreement } from './zab/agreement.ts';
import { ApplyAfterCommit } from './zab/apply-after-commit.ts';
import { ApplyInOrder } from './zab/apply-in-order.ts';
import { CommitNeedsQuorum } from './zab/commit-needs-quorum.ts';
import { CommittedSurvives } from './zab/committed-survives.ts';
import { CommitsInOrder } from './zab/commits-in-order.ts';
import { CurrentEpochBeforeAck } from './zab/current-epoch-before-ack.ts';
import { CurrentEpochBeforeNewLeader } from './zab/current-epoch-before-newleader.ts';
import { DamagedInNoQuorum } from './zab/damaged-in-no-quorum.ts';
import { EpochsNeverGoBack } from './zab/epochs-never-go-back.ts';
import { EqualDigests } from './zab/equal-digests.ts';
import { FlushBeforeAck } from './zab/flush-before-ack.ts';
import { FlushedSurvives } from './zab/flushed-survives.ts';
import { GlobalPrimaryOrder } from './zab/global-primary-order.ts';
import { HealedByALeader } from './zab/healed-by-a-leader.ts';
import { HistoryBeforeCurrentEpoch } from './zab/history-before-current-epoch.ts';
import { HistoryOfMembers } from './zab/history-of-members.ts';
import { InitialHistoryDelivered } from './zab/initial-history-delivered.ts';
import { InitialHistoryPrefix } from './zab/initial-history-prefix.ts';
import { Integrity } from './zab/integrity.ts';
import { LeaderHasAVote } from './zab/leader-has-a-vote.ts';
import { LeftOutLeaderStops } from './zab/left-out-leader-stops.ts';
import { LocalPrimaryOrder } from './zab/local-primary-order.ts';
import { NoUnexpectedEnd } from './zab/no-unexpected-end.ts';
import { ObserversLearnWhatIsCommitted } from './zab/observers-learn-what-is-committed.ts';
import { OneLeaderPerEpoch } from './zab/one-leader-per-epoch.ts';
import { OneReconfigAtATime } from './zab/one-reconfig-at-a-time.ts';
import { PrimaryIntegrity } from './zab/primary-integrity.ts';
import { ProposalsInOrder } from './zab/proposals-in-order.ts';
import { ProposeNeedsQuorum } from './zab/propose-needs-quorum.ts';
import { RolloverAfterCommit } from './zab/rollover-after-commit.ts';
import { SessionsExpireOnce } from './zab/sessions-expire-once.ts';
import { SyncedHistory } from './zab/synced-history.ts';
import { TotalOrder } from './zab/total-order.ts';
import { WrittenConfigurationIsCommitted } from './zab/written-configuration-is-committed.ts';
import { ZxidsUsedOnce } from './zab/zxids-used-once.ts';

export interface CheckerOptions {
  /** Participants of the ensemble that the run begins with. */
  readonly voters: ReadonlySet<ServerId>;
  /** Its groups and weights, if it has any. */
  readonly hierarchy?: QuorumHierarchy | undefined;
  /** False: observers write no txns to their disks. True untold. */
  readonly observersKeepLog?: boolean | undefined;
  /** What the settings and faults of the run allow, where that is not the usual. */
  readonly clientLimits?: ClientLimits;
}

const ZAB_CHECKERS: readonly (new (model: ZabModel) => ZabChecker)[] = [
  OneLeaderPerEpoch,
  Integrity,
  Agreement,
  TotalOrder,
  LocalPrimaryOrder,
  GlobalPrimaryOrder,
  PrimaryIntegrity,
  InitialHistoryPrefix,
  InitialHistoryDelivered,
  HistoryOfMembers,
  NoUnexpectedEnd,
  AcksInOrder,
  ProposalsInOrder,
  CommitsInOrder,
  AcceptedEpochBeforeLeaderInfo,
  AcceptedEpochBeforeAckEpoch,
  AckEpochIsTrue,
  CurrentEpochBeforeNewLeader,
  HistoryBeforeCurrentEpoch,
  CurrentEpochBeforeAck,
  FlushBeforeAck,
  EpochsNeverGoBack,
  FlushedSurvives,
  CommittedSurvives,
  SyncedHistory,
  LeaderHasAVote,
  ObserversLearnWhatIsCommitted,
  ProposeNeedsQuorum,
  RolloverAfterCommit,
  CommitNeedsQuorum,
  OneReconfigAtATime,
  LeftOutLeaderStops,
  WrittenConfigurationIsCommitted,
  DamagedInNoQuorum,
  HealedByALeader,
  ZxidsUsedOnce,
  ApplyAfterCommit,
  ApplyInOrder,
  EqualDigests,
  SessionsExpireOnce,
];

/** Of the servers among themselves. They share one model, so all of them are to be given the same events. */
export function zabCheckers({ voters, hierarchy, observersKeepLog }: CheckerOptions): Checker[] {
  const model = new ZabModel(new Configuration(voters, hierarchy), observersKeepLog);
  return ZAB_CHECKERS.map((CheckerOfModel) => new CheckerOfModel(model));
}

export function allCheckers(options: CheckerOptions): Checker[] {
  return [...zabCheckers(options), ...clientCheckers(options.clientLimits)];
}
