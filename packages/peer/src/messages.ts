// The peer's inputs and effects: everything that the world does to a server, and everything that a server asks of the world.
// Effects run in list order; storage effects become durable in list order.

import type { SnapshotCursor } from '@zebu/datatree';
import type { ConnectionId, HistoryPosition, Identity, LinkId, QuorumPort, TransferOutcome } from '@zebu/interfaces';
import type { FlushToken } from '@zebu/interfaces';
import type {
  Ensemble,
  Epoch,
  Notification,
  QuorumPacket,
  ServerAddress,
  ServerId,
  TxnBytes,
  Zxid,
} from '@zebu/protocol';

export type { FlushToken };

/** What the disk says after everything queued before was written or dropped. */
export interface DurableState {
  readonly lastLoggedZxid: Zxid;
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
  /** A mark says that a part of the history was lost: this server is in no quorum. */
  readonly damaged: boolean;
}

export type PeerInput =
  /** The storage is open: begin by restoring the tree. */
  | { readonly type: 'start' }
  // Restoring the tree: begin, chunks, end, txns behind the snapshot, restored.
  | { readonly type: 'restoreBegin' }
  | { readonly type: 'restoreChunk'; readonly chunk: Uint8Array }
  | { readonly type: 'restoreSnapshotEnd'; readonly zxid: Zxid }
  | { readonly type: 'restoreTxns'; readonly txns: readonly TxnBytes[] }
  | ({ readonly type: 'restored' } & DurableState)
  // Storage
  | { readonly type: 'flushed'; readonly token: FlushToken }
  | { readonly type: 'truncated'; readonly done: boolean }
  | ({ readonly type: 'fenced' } & DurableState)
  /** A write or flush failed and the log was cut back to its last flush; nothing queued behind it was written. */
  | { readonly type: 'storageFailed'; readonly reason: string }
  | { readonly type: 'snapshotTaken'; readonly zxid: Zxid; readonly done: boolean }
  | { readonly type: 'located'; readonly link: LinkId; readonly position: HistoryPosition; readonly bytesAfter: number }
  | { readonly type: 'logRead'; readonly link: LinkId; readonly txns: readonly TxnBytes[] }
  | { readonly type: 'logReadFailed'; readonly link: LinkId }
  // Election
  | { readonly type: 'notification'; readonly from: ServerId; readonly notification: Notification }
  | { readonly type: 'electionLinkUp'; readonly peer: ServerId }
  | { readonly type: 'electionLinkDown'; readonly peer: ServerId }
  // Quorum
  | { readonly type: 'dialled'; readonly link: LinkId; readonly to: ServerId }
  | {
      readonly type: 'linkUp';
      readonly link: LinkId;
      readonly peer: ServerId;
      readonly direction: 'outgoing' | 'incoming';
      readonly port: QuorumPort;
    }
  | { readonly type: 'linkDown'; readonly link: LinkId }
  | { readonly type: 'packets'; readonly link: LinkId; readonly packets: readonly QuorumPacket[] }
  | { readonly type: 'congested'; readonly link: LinkId; readonly queuedBytes: number }
  | { readonly type: 'snapshotProgress'; readonly link: LinkId }
  | { readonly type: 'snapshotSent'; readonly link: LinkId }
  | { readonly type: 'snapshotReceived'; readonly link: LinkId }
  | { readonly type: 'snapshotFailed'; readonly link: LinkId; readonly reason: string }
  // Clients
  | {
      readonly type: 'clientConnected';
      readonly connection: ConnectionId;
      readonly remoteAddress: string;
      /** Proven by the transport. */
      readonly identities: readonly Identity[];
    }
  | { readonly type: 'clientFrames'; readonly connection: ConnectionId; readonly frames: Uint8Array }
  /** `clientAwaitDrain` is done. */
  | { readonly type: 'clientDrained'; readonly connection: ConnectionId }
  | { readonly type: 'clientDisconnected'; readonly connection: ConnectionId }
  // Management: to another server, or the one that holds the most; this one leaves for good or follows. Then `srst` and `crst`
  | { readonly type: 'transferLeadership'; readonly to: ServerId | undefined; readonly leaves: boolean }
  | { readonly type: 'resetStatistics' | 'resetConnectionStatistics' }
  /** An oracle lets this server go on alone where it is one of two voters, or not (any more). */
  | { readonly type: 'oracle'; readonly grants: boolean }
  /** `nextWakeup` has come. */
  | { readonly type: 'tick' };

export type PeerEffect =
  // Storage, performed one after the other
  | { readonly type: 'logTxns'; readonly txns: readonly TxnBytes[] }
  | { readonly type: 'writeAcceptedEpoch'; readonly epoch: Epoch }
  | { readonly type: 'writeCurrentEpoch'; readonly epoch: Epoch }
  | { readonly type: 'flush'; readonly token: FlushToken }
  | { readonly type: 'truncate'; readonly zxid: Zxid }
  | { readonly type: 'installSnapshot'; readonly zxid: Zxid }
  | { readonly type: 'removeDamageMark'; readonly votes: boolean }
  /** Write out what is queued, then say what the disk holds: `fenced`. */
  | { readonly type: 'fence' }
  /** Feed the newest usable snapshot and the log behind it: `restoreBegin` .. `restored`. */
  | { readonly type: 'restore' }
  /** The chunk just fed is no snapshot body: fall back to an older one. */
  | { readonly type: 'snapshotUnusable'; readonly reason: string }
  | { readonly type: 'rollLog' }
  /** A committed configuration is kept for the next start. When that fails it is reported, and the server goes on. */
  | { readonly type: 'writeConfiguration'; readonly ensemble: Ensemble }
  /** Behind what was written before: whom to dial from now on, and where to listen; the client address is this server's, if it has changed. */
  | { readonly type: 'reconfigure'; readonly ensemble: Ensemble; readonly clientAddress: ServerAddress | undefined }
  // Storage, beside the queue
  | { readonly type: 'takeSnapshot'; readonly cursor: SnapshotCursor }
  | { readonly type: 'locate'; readonly link: LinkId; readonly zxid: Zxid }
  | { readonly type: 'readLog'; readonly link: LinkId; readonly after: Zxid; readonly maxBytes: number }
  | { readonly type: 'pinLog'; readonly link: LinkId; readonly after: Zxid }
  | { readonly type: 'unpinLog'; readonly link: LinkId }
  // Peers
  | { readonly type: 'sendNotification'; readonly to: ServerId; readonly notification: Notification }
  | { readonly type: 'connect'; readonly to: ServerId; readonly port: QuorumPort }
  | { readonly type: 'send'; readonly links: readonly LinkId[]; readonly packets: readonly QuorumPacket[] }
  | { readonly type: 'closeLink'; readonly link: LinkId }
  | { readonly type: 'sendSnapshot'; readonly link: LinkId; readonly cursor: SnapshotCursor }
  | { readonly type: 'receiveSnapshot'; readonly link: LinkId; readonly zxid: Zxid }
  /** Once for each `transferLeadership`. */
  | { readonly type: 'transferEnded'; readonly outcome: TransferOutcome }
  // Clients
  | { readonly type: 'clientSend'; readonly connection: ConnectionId; readonly bytes: Uint8Array }
  | { readonly type: 'clientClose' | 'clientPause' | 'clientResume'; readonly connection: ConnectionId }
  /** `clientDrained` is wanted when most of what was sent has left. */
  | { readonly type: 'clientAwaitDrain'; readonly connection: ConnectionId };
