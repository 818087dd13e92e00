// What goes into the learner and what comes out. Effects run in list order; storage effects become durable in list order.

import type { FlushToken, LinkId, QuorumPort } from '@zebu/interfaces';
import type { Epoch, ForwardedRequest, QuorumPacket, ServerId, SessionId, TxnBytes, Zxid } from '@zebu/protocol';

export type LearnerInput =
  | { readonly type: 'start' }
  /** The shell began the `connect` that was asked for. */
  | { readonly type: 'dialled'; readonly link: LinkId }
  | { readonly type: 'linkUp'; readonly link: LinkId }
  | { readonly type: 'linkDown'; readonly link: LinkId }
  | { readonly type: 'packets'; readonly link: LinkId; readonly packets: readonly QuorumPacket[] }
  | { readonly type: 'flushed'; readonly token: FlushToken }
  /** Answer to `truncate`; false: nothing was changed, since no usable snapshot would remain. */
  | { readonly type: 'truncated'; readonly done: boolean }
  /** After `truncate` or `installSnapshot`: the tree is rebuilt up to the end of the log. */
  | { readonly type: 'restored' }
  | { readonly type: 'snapshotProgress'; readonly link: LinkId }
  | { readonly type: 'snapshotReceived'; readonly link: LinkId }
  | { readonly type: 'snapshotFailed'; readonly link: LinkId; readonly reason: string }
  /** From this server's clients; only after `serve`. */
  | {
      readonly type: 'request';
      readonly requests: readonly ForwardedRequest[];
      /** The observer whose clients they are of; undefined: this server's own. */
      readonly owner?: ServerId | undefined;
    }
  | { readonly type: 'sync'; readonly syncId: number }
  | {
      readonly type: 'revalidate';
      readonly sessionId: SessionId;
      readonly timeoutMs: number;
      /** The observer that the session came to; undefined: this server. */
      readonly owner?: ServerId | undefined;
    }
  | { readonly type: 'tick'; readonly late: boolean };

export type LearnerEffect =
  | { readonly type: 'connect'; readonly to: ServerId; readonly port: QuorumPort }
  | { readonly type: 'send'; readonly links: readonly LinkId[]; readonly packets: readonly QuorumPacket[] }
  | { readonly type: 'closeLink'; readonly link: LinkId }
  | { readonly type: 'logTxns'; readonly txns: readonly TxnBytes[] }
  | { readonly type: 'writeAcceptedEpoch'; readonly epoch: Epoch }
  | { readonly type: 'writeCurrentEpoch'; readonly epoch: Epoch }
  | { readonly type: 'flush'; readonly token: FlushToken }
  /** Cut the log back to `zxid`, durably: `truncated` follows, then, when the tree was ahead of it, `restored`. */
  | { readonly type: 'truncate'; readonly zxid: Zxid }
  /** Take the snapshot that the leader streams on the link: `snapshotReceived` or `snapshotFailed` follows. */
  | { readonly type: 'receiveSnapshot'; readonly link: LinkId; readonly zxid: Zxid }
  /** Make the received snapshot the history, durably, and rebuild the tree from it: `restored` follows. */
  | { readonly type: 'installSnapshot'; readonly zxid: Zxid }
  /** All that was lost is here again, durably: this server may count. */
  | { readonly type: 'removeDamageMark' }
  /** Committed: apply in order. */
  | {
      readonly type: 'deliver';
      readonly txns: readonly TxnBytes[];
      /** Who is to lead in the configuration that comes into force with them. */
      readonly designatedLeader?: ServerId | undefined;
    }
  /** In sync with an established leader: clients may be served. */
  | { readonly type: 'serve'; readonly epoch: Epoch }
  /** The leader that is followed, and under which clients are served, goes on in this epoch. */
  | { readonly type: 'rolledOver'; readonly epoch: Epoch }
  /** What the leader says is the configuration in force, as text; before `serve`. */
  | { readonly type: 'configured'; readonly configuration: string }
  /** Leave the leader, for the one that it designated if it did, or else to elect anew. */
  | { readonly type: 'abandon'; readonly reason: string; readonly successor?: ServerId }
  | { readonly type: 'syncConfirmed'; readonly syncId: number }
  | {
      readonly type: 'revalidated';
      readonly sessionId: SessionId;
      readonly timeoutMs: number;
      readonly valid: boolean;
      readonly lastProposedZxid: Zxid;
    }
  /** Answer a PING with the sessions that this server's clients touched. */
  | { readonly type: 'pong'; readonly link: LinkId; readonly round: number };
