// What happened in a run, as checkers, summaries and diagrams see it: facts at the ports, never what a core says of itself but its view.

import type { ZabState } from '@zebu/interfaces';
import type { Epoch, Millis, QuorumPacketType, ServerId, ServerState, SessionId, Vote, Zxid } from '@zebu/protocol';

/** A txn as far as checkers must tell it from another: equal bytes have equal hashes. */
export interface TxnSummary {
  readonly zxid: Zxid;
  readonly hash: number;
  /** Of the record, header and digest included. */
  readonly bytes: number;
  /** The session that it ends because its time was up. */
  readonly expires?: SessionId;
  /** The text of the ensemble that a reconfig makes. */
  readonly configuration?: string;
}

/** A packet without its payload. */
export interface PacketSummary {
  readonly type: QuorumPacketType;
  /** Of ACK, COMMIT, DIFF, TRUNC, SNAP, NEWLEADER, UPTODATE; the last logged one of ACKEPOCH. */
  readonly zxid?: Zxid;
  /** Accepted of FOLLOWERINFO and OBSERVERINFO, new of LEADERINFO, current of ACKEPOCH. */
  readonly epoch?: Epoch;
  /** Of PROPOSAL and INFORM. */
  readonly txns?: readonly TxnSummary[];
  /** Of PING and SYNC. */
  readonly number?: number;
}

export type ServerFact =
  | { readonly type: 'started'; readonly incarnation: number }
  /** `powerLoss` loses what was not flushed, `kill` leaves it to the page cache; `stop` is in order (SIGTERM), `fatal` the server's own decision. */
  | { readonly type: 'ended'; readonly how: 'powerLoss' | 'kill' | 'stop' | 'fatal'; readonly reason?: string }
  /** The server could not open its storage, and says why; it stays down. */
  | { readonly type: 'refusedToStart'; readonly reason: string }
  | { readonly type: 'paused' | 'resumed' }
  /** What the disk holds once everything before was written or dropped: after a restore, and between two roles. */
  | {
      readonly type: 'diskState';
      readonly cause: 'restored' | 'fenced';
      readonly lastLoggedZxid: Zxid;
      readonly acceptedEpoch: Epoch;
      readonly currentEpoch: Epoch;
      /** A damage mark stands: the server is to be in no quorum. */
      readonly damaged?: true;
    }
  /** The damage mark is gone, durably. */
  | { readonly type: 'healed' }
  /** The view changed. */
  | {
      readonly type: 'role';
      readonly state: ServerState;
      readonly zabState: ZabState;
      readonly leader: ServerId | undefined;
      readonly epoch: Epoch;
      readonly serving: boolean;
    }
  | { readonly type: 'epochDurable'; readonly which: 'acceptedEpoch' | 'currentEpoch'; readonly epoch: Epoch }
  /** Handed to the log, in order; durable with the next `flushed` that covers it. */
  | { readonly type: 'appended'; readonly txns: readonly TxnSummary[] }
  | { readonly type: 'flushed'; readonly zxid: Zxid }
  | { readonly type: 'truncated'; readonly zxid: Zxid; readonly done: boolean }
  /** A received snapshot replaced the history: the log is empty behind it. */
  | { readonly type: 'snapshotInstalled'; readonly zxid: Zxid }
  /** Its oracle told a server that it may go on alone, or may not (any more). */
  | { readonly type: 'oracleAnswered'; readonly grants: boolean }
  /** A write failed: the log ends with its last flush. */
  | { readonly type: 'cutBack'; readonly zxid: Zxid }
  | { readonly type: 'snapshotWritten'; readonly zxid: Zxid }
  /** The configuration files of the server say, durably, that this one is in force. */
  | { readonly type: 'configurationWritten'; readonly version: bigint }
  /** The tree has moved to this zxid, in one step or by a restore. */
  | { readonly type: 'applied'; readonly zxid: Zxid; readonly digest: string; readonly by: 'step' | 'restore' }
  /** On a leader: a learner was brought in sync this way. */
  | {
      readonly type: 'synced';
      readonly learner: ServerId;
      readonly path: 'DIFF' | 'DIFF_FROM_DISK' | 'TRUNC' | 'SNAP';
    };

export type MessageFact =
  | {
      readonly type: 'packetSent' | 'packetReceived';
      readonly from: ServerId;
      readonly to: ServerId;
      readonly packet: PacketSummary;
    }
  | {
      readonly type: 'notificationSent' | 'notificationReceived';
      readonly from: ServerId;
      readonly to: ServerId;
      readonly state: ServerState;
      readonly vote: Vote;
    };

/** What a client asked for. `data` is text: workloads write unique payloads. */
export type ClientRequest =
  | {
      readonly type: 'create';
      readonly path: string;
      readonly data: string;
      readonly ephemeral: boolean;
      readonly sequential: boolean;
      readonly container?: true;
      readonly ttlMs?: Millis;
    }
  | { readonly type: 'setData'; readonly path: string; readonly data: string; readonly version: number }
  | { readonly type: 'delete'; readonly path: string; readonly version: number }
  | { readonly type: 'check'; readonly path: string; readonly version: number }
  | { readonly type: 'multi'; readonly operations: readonly ClientRequest[] }
  /** With a watch of this number. */
  | { readonly type: 'getData' | 'exists' | 'getChildren'; readonly path: string; readonly watch?: number }
  | { readonly type: 'addWatch'; readonly path: string; readonly recursive: boolean; readonly watch: number }
  | { readonly type: 'sync'; readonly path: string }
  /** `change` says it in words; undefined `fromVersion`: whichever is in force. */
  | { readonly type: 'reconfig'; readonly change: string; readonly fromVersion?: bigint }
  /** Which configuration is in force where one asks. */
  | { readonly type: 'getConfiguration' }
  /** Of the session itself, whose paths begin with this. The names are in `children`, as paths. */
  | { readonly type: 'getEphemerals'; readonly path: string }
  | { readonly type: 'closeSession' };

export interface StatSummary {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly pzxid: Zxid;
  readonly version: number;
  readonly ephemeralOwner: SessionId;
}

/** Of one operation of a multi that was done. */
export interface PartSummary {
  readonly path?: string;
  readonly stat?: StatSummary;
}

/** What a client was answered. `zxid` is that of the reply's header. */
export type ClientOutcome =
  | {
      readonly ok: true;
      readonly zxid: Zxid;
      /** Of a creation: with its sequence number. */
      readonly path?: string;
      /** Of a read; null for a znode without data, undefined for none. */
      readonly data?: string | null;
      readonly children?: readonly string[];
      readonly stat?: StatSummary;
      /** The version of a configuration: what a reconfig made, or what was read. */
      readonly configuration?: bigint;
      /** Of a multi, in the order of its operations. */
      readonly parts?: readonly PartSummary[];
    }
  /** `CONNECTIONLOSS`, `SESSIONEXPIRED` and `CLIENT_CLOSED` leave open whether it was done. The zxid is known when the server answered. */
  | { readonly ok: false; readonly error: string; readonly zxid?: Zxid };

export type ClientFact =
  | {
      readonly type: 'sessionConnected';
      readonly server: ServerId;
      readonly sessionId: SessionId;
      readonly timeoutMs: number;
      readonly reattached: boolean;
    }
  | { readonly type: 'sessionDisconnected' | 'sessionExpired' | 'sessionClosed'; readonly sessionId: SessionId }
  /** The client goes away without a word: the session is left to expire. `sessionClosed` may follow, and is the client's end alone. */
  | { readonly type: 'sessionAbandoned'; readonly sessionId: SessionId }
  /** What a server in read-only mode answered; such a client's sessions are not in the history. Undefined data: there is no such znode. */
  | {
      readonly type: 'answeredWithoutQuorum';
      readonly server: ServerId;
      readonly path: string;
      readonly answer:
        | { readonly to: 'read'; readonly data: string | null | undefined }
        | { readonly to: 'write'; readonly error: string | undefined };
    }
  /** Operations of one client are numbered from 1 in the order in which they were sent: the xids that `replied` shows. */
  | { readonly type: 'invoked'; readonly operation: number; readonly request: ClientRequest }
  | { readonly type: 'returned'; readonly operation: number; readonly outcome: ClientOutcome }
  | {
      readonly type: 'watchFired';
      readonly watch: number;
      readonly event: 'created' | 'deleted' | 'dataChanged' | 'childrenChanged' | 'sessionLost';
      readonly path: string;
    }
  /** Seen on the wire, whoever asked: the header of a reply, or of a watch event (xid -1). */
  | {
      readonly type: 'replied';
      readonly server: ServerId;
      readonly xid: number;
      readonly zxid: Zxid;
      readonly error: number;
    };

export type WorldFact =
  /** `faults` until no new ones come, `calm` when progress is demanded, `reading` when all is read back, `over` at the end. */
  | { readonly type: 'phase'; readonly phase: 'faults' | 'calm' | 'reading' | 'over' }
  | {
      readonly type: 'fault';
      readonly kind: string;
      readonly description: string;
      readonly servers: readonly ServerId[];
    };

export type HistoryEvent = { readonly at: Millis } & (
  | ({ readonly server: ServerId } & ServerFact)
  | MessageFact
  /** `client` names one session of the workload, such as `writer-2`. */
  | ({ readonly client: string } & ClientFact)
  | WorldFact
);

/** An event that its recorder puts the time to. */
export type HistoryFact = HistoryEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, 'at'>
    : never
  : never;
