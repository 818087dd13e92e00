// What goes into the leader and what comes out. Effects run in list order; storage effects become durable in list order.

import type { FlushToken, HistoryPosition, LinkId } from '@zebu/interfaces';
import type {
  Ensemble,
  Epoch,
  ForwardedRequest,
  QuorumPacket,
  ServerId,
  SessionId,
  TouchedSession,
  TxnBytes,
  Zxid,
} from '@zebu/protocol';

export type LeaderInput =
  /** `designated`: without an election, by the leader before, whose learners are on their way to this one. */
  | { readonly type: 'start'; readonly designated?: boolean }
  /** Of two voters the one that an oracle lets go on alone: this server, or none. */
  | { readonly type: 'oracle'; readonly alone: ServerId | undefined }
  | { readonly type: 'linkUp'; readonly link: LinkId; readonly peer: ServerId }
  | { readonly type: 'linkDown'; readonly link: LinkId }
  | { readonly type: 'packets'; readonly link: LinkId; readonly packets: readonly QuorumPacket[] }
  | { readonly type: 'flushed'; readonly token: FlushToken }
  /** Answer to `locate`; `bytesAfter` estimates the log behind the position, `snapshotBytes` the tree. */
  | {
      readonly type: 'located';
      readonly link: LinkId;
      readonly position: HistoryPosition;
      readonly bytesAfter: number;
      readonly snapshotBytes: number;
    }
  /** Answer to `readLog`. */
  | { readonly type: 'logRead'; readonly link: LinkId; readonly txns: readonly TxnBytes[] }
  /** The log could not be located in or read for this learner. */
  | { readonly type: 'logReadFailed'; readonly link: LinkId }
  | { readonly type: 'snapshotProgress'; readonly link: LinkId }
  | { readonly type: 'snapshotSent'; readonly link: LinkId }
  /** Bytes queued on the link are above the shell's threshold. */
  | { readonly type: 'congested'; readonly link: LinkId; readonly queuedBytes: number }
  /** Consecutive txns made by prep, from `nextZxid` on. Only after `established`. */
  | {
      readonly type: 'propose';
      readonly txns: readonly TxnBytes[];
      /** What the reconfig among them makes of the ensemble; one at a time. */
      readonly reconfiguration?: Ensemble | undefined;
    }
  /** A sync of a client of this very server. */
  | { readonly type: 'sync'; readonly syncId: number }
  | {
      readonly type: 'revalidated';
      readonly link: LinkId;
      readonly sessionId: SessionId;
      readonly timeoutMs: number;
      readonly valid: boolean;
    }
  /** The election's hint that the voters have turned away (ZOOKEEPER-3109): wait for them no longer, unless a quorum is here all the same. */
  | { readonly type: 'supportLost' }
  /** The zxids of the epoch are used up, or not enough: go on in a new one. `established` follows. */
  | { readonly type: 'rollOver' }
  /** Let another server lead: that one, or the one that holds the most. `leaves`: this server will not be there to make up a quorum. */
  | { readonly type: 'transfer'; readonly to: ServerId | undefined; readonly leaves: boolean }
  /** `late`: the process was stalled, so silence says nothing about the peers. */
  | { readonly type: 'tick'; readonly late: boolean };

/** What whoever serves learners asks for. */
export type LearnerMasterEffect =
  | { readonly type: 'send'; readonly links: readonly LinkId[]; readonly packets: readonly QuorumPacket[] }
  | { readonly type: 'closeLink'; readonly link: LinkId }
  /** Find the zxid in the log files: `located` follows. */
  | { readonly type: 'locate'; readonly link: LinkId; readonly zxid: Zxid }
  /** Keep log files with txns above `after` until `unpinLog`; a second pin of a link replaces its first. */
  | { readonly type: 'pinLog'; readonly link: LinkId; readonly after: Zxid }
  | { readonly type: 'unpinLog'; readonly link: LinkId }
  /** Once the link's queue has drained, read txns above `after`: `logRead` follows. */
  | { readonly type: 'readLog'; readonly link: LinkId; readonly after: Zxid; readonly maxBytes: number }
  /** Stream the tree, exact at its last delivered txn, which is `zxid`. */
  | { readonly type: 'sendSnapshot'; readonly link: LinkId; readonly zxid: Zxid }
  /** `from`: the server whose clients they are of. */
  | { readonly type: 'requests'; readonly from: ServerId; readonly requests: readonly ForwardedRequest[] }
  | {
      readonly type: 'revalidate';
      readonly link: LinkId;
      /** The server that the session came to. */
      readonly from: ServerId;
      readonly sessionId: SessionId;
      readonly timeoutMs: number;
    }
  | { readonly type: 'touch'; readonly sessions: readonly TouchedSession[] };

export type LeaderEffect =
  | LearnerMasterEffect
  | { readonly type: 'logTxns'; readonly txns: readonly TxnBytes[] }
  | { readonly type: 'writeAcceptedEpoch'; readonly epoch: Epoch }
  | { readonly type: 'writeCurrentEpoch'; readonly epoch: Epoch }
  | { readonly type: 'flush'; readonly token: FlushToken }
  /** Committed: apply in order. */
  | { readonly type: 'deliver'; readonly txns: readonly TxnBytes[] }
  /** By a quorum; again when the epoch has rolled over. */
  | { readonly type: 'established'; readonly epoch: Epoch }
  /** `successor` was designated to lead from now on. */
  | { readonly type: 'stepDown'; readonly reason: string; readonly successor?: ServerId }
  /** The leader goes on leading. A transfer that is not refused ends with `stepDown`. */
  | { readonly type: 'transferRefused'; readonly reason: string }
  | { readonly type: 'syncConfirmed'; readonly syncId: number };

/** What learners and the disk say to whoever serves learners. */
export type LearnerMasterInput = Extract<
  LeaderInput,
  {
    type:
      | 'linkUp'
      | 'linkDown'
      | 'packets'
      | 'located'
      | 'logRead'
      | 'logReadFailed'
      | 'snapshotProgress'
      | 'snapshotSent'
      | 'congested'
      | 'tick';
  }
>;

export type ObserverMasterInput =
  | LearnerMasterInput
  /** Delivered here, which the leader called committed. */
  | {
      readonly type: 'committed';
      readonly txns: readonly TxnBytes[];
      /** Who is to lead in the configuration that comes into force with them. */
      readonly designatedLeader?: ServerId | undefined;
    }
  /** The leader goes on in this epoch, and so does this server; what it committed before is delivered here. */
  | { readonly type: 'rolledOver'; readonly epoch: Epoch }
  /** The leader's answer to `sync`. */
  | { readonly type: 'syncConfirmed'; readonly link: LinkId; readonly syncId: number }
  /** The leader's answer to `revalidate`. */
  | ({ readonly type: 'revalidated'; readonly link: LinkId } & Revalidation);

export type ObserverMasterEffect =
  | LearnerMasterEffect
  /** Ask the leader; `syncConfirmed` follows behind what is committed by then. */
  | { readonly type: 'sync'; readonly link: LinkId; readonly syncId: number };

/** What the leader said of a session that came back. */
export interface Revalidation {
  readonly sessionId: SessionId;
  readonly timeoutMs: number;
  readonly valid: boolean;
  readonly lastProposedZxid: Zxid;
}
