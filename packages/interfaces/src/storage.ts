// What is durable: the txn log, snapshots and the epoch files. One writer: the shell calls the mutating methods one at a time, in the core's order.

import type { Epoch, TxnBytes, Zxid } from '@zebu/protocol';

/** Numbers the flushes that a core asks for. They grow; that one is done speaks of every lower one. */
export type FlushToken = number & { readonly brand: 'FlushToken' };

export interface TxnLogRead {
  readonly txns: readonly TxnBytes[];
  /** True when the newest appended txn is included (or nothing is left to read). */
  readonly reachedEnd: boolean;
}

/** Where a zxid lies in the history that the log files still hold. */
export type HistoryPosition =
  /** `zxid` is on the history: the log can be read from behind it. */
  | { readonly type: 'found' }
  /** Not on it; `floor` is the greatest zxid of the history below it. */
  | { readonly type: 'between'; readonly floor: Zxid }
  /** The log files no longer reach back that far. */
  | { readonly type: 'tooOld' };

export interface LogPin {
  release(): void;
}

export interface TxnLog {
  /** Zxid of the newest appended txn, or of the newest snapshot when the log is empty behind it; -1 when there is no history that may be voted for. */
  readonly lastLoggedZxid: Zxid;
  /** Zxid up to which everything is flushed. */
  readonly lastFlushedZxid: Zxid;
  /** Queues txns in zxid order behind everything appended before. The bytes must not change afterwards. */
  append(txns: readonly TxnBytes[]): void;
  /** Everything appended before the call is durable when it resolves. Calls made while one flush is in flight share the next (group commit). Rejects with TxnLogWriteError. */
  flush(): Promise<void>;
  /** The next append begins a new file; before that the old one is flushed. */
  roll(): void;
  /**
   * After a failed append or flush: cuts the log to its last successful flush and fsyncs. Where the newest snapshot is ahead of that, the log goes
   * on behind it, as after a restart. Rejects when that fails too: the process must end.
   */
  cutBack(): Promise<void>;
  /** Txns with zxid above `after`, oldest first, at most `maxBytes` of them (at least one if there is any). Includes appended, unflushed txns. Rejects with TxnLogCorruptError or TxnLogGapError. */
  read(after: Zxid, maxBytes: number): Promise<TxnLogRead>;
  locate(zxid: Zxid): Promise<HistoryPosition>;
  /** Bytes of log records above `after` (an estimate by file sizes is enough). */
  sizeAfter(after: Zxid): Promise<number>;
  /**
   * TRUNC: removes every txn above `zxid`, durably, and sets aside snapshots above it. Resolves false, with nothing changed, when no usable
   * snapshot at or below `zxid` with its log would remain: the learner then needs SNAP.
   */
  truncate(zxid: Zxid): Promise<boolean>;
  /** Files that hold txns above `after` are not purged until released. */
  pin(after: Zxid): LogPin;
}

export interface StoredSnapshot {
  readonly zxid: Zxid;
  /** Body as ZooKeeper's SerializeUtils writes it: sessions, ACL cache, znodes, digest; without file header and checksum trailer. Throws SnapshotCorruptError at its end when the checksum is wrong. */
  readonly body: AsyncIterable<Uint8Array>;
}

export interface SnapshotStore {
  /** The newest whole snapshot first; undefined when there is none. Call again with `below` to fall back when a body proves corrupt. */
  open(below?: Zxid): Promise<StoredSnapshot | undefined>;
  /** Writes the body to a temporary file, fsyncs, renames, fsyncs the directory. */
  write(zxid: Zxid, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** SNAP, first half: the body goes to a temporary file and is fsynced; a wrong body is rejected by its digest and length at restore, not here. */
  receive(zxid: Zxid, body: AsyncIterable<Uint8Array>): Promise<void>;
  /**
   * SNAP, second half: a durable intent record names the received snapshot and the files to set aside; then rename, set aside, fsync directories,
   * drop the intent. Afterwards the log is empty behind `zxid`. A start that finds an intent redoes it.
   */
  install(zxid: Zxid): Promise<void>;
  /** Deletes all but the newest `retainCount` snapshots and the log files that only older ones need; never a pinned file. */
  purge(retainCount: number): Promise<void>;
}

export interface EpochStore {
  /** 0 when there is no file yet. */
  readonly acceptedEpoch: Epoch;
  readonly currentEpoch: Epoch;
  /** Durable when it resolves: temporary file, fsync, rename, fsync of the directory. */
  writeAcceptedEpoch(epoch: Epoch): Promise<void>;
  writeCurrentEpoch(epoch: Epoch): Promise<void>;
}

/** Whether this server lost a part of its history (docs/decisions/0008). While the mark stands it is in no quorum: it may have forgotten what it said. */
export interface DamageMark {
  readonly stands: boolean;
  /**
   * The history proved damaged while it was read back. Marks the directory, durably, then sets the whole history aside: the last zxid is -1
   * afterwards. Rejects with the error itself where there is no leader who could make it good, as on a standalone server.
   */
  found(damage: Error): Promise<void>;
  /**
   * A leader that was established without this server has given it all: what is logged is flushed, then the mark goes, durably. If acceptedEpoch was
   * lost, a server that votes promises itself anew first, beyond all that it can have promised.
   */
  remove(server: { readonly votes: boolean }): Promise<void>;
}

export interface Storage {
  readonly log: TxnLog;
  readonly snapshots: SnapshotStore;
  readonly epochs: EpochStore;
  readonly damage: DamageMark;
  /** Flushes what was appended, releases the directory lock. */
  close(): Promise<void>;
}
