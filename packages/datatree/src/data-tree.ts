// The tree of znodes (ZooKeeper's DataTree).

import type { JuteWriter } from '@zebu/jute';
import type { Acl, ErrorCode, SessionId, TxnBytes, WallClockMs, Zxid } from '@zebu/protocol';
import type { NodeFacts } from './node-facts.ts';
import type { Sessions } from './session-table.ts';
import type { SnapshotCursor } from './snapshot-cursor.ts';
import type { TxnOutcome } from './txn-outcome.ts';
import type { WatchEventSink, WatcherId } from './watch-event-sink.ts';

export interface WatchedPaths {
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
}

export declare class DataTree {
  constructor();
  get lastProcessedZxid(): Zxid;
  /** A new leader or learner moves to (epoch, 0) without a txn. */
  set lastProcessedZxid(zxid: Zxid);
  readonly nodeCount: number;
  readonly ephemeralsCount: number;
  readonly watchCount: number;
  /** Lengths of paths and data, as ZooKeeper counts them. */
  readonly approximateDataBytes: number;
  /** Sum of the digests of all znodes, unsigned 64 bits (AdHash). */
  readonly treeDigest: bigint;
  readonly sessions: Sessions;

  /** The one apply path. Watches have fired into `events` when it returns. Idempotent for replay on ZooKeeper's fuzzy snapshots. */
  apply(txn: TxnBytes, events: WatchEventSink): TxnOutcome;

  /** Each read appends the body of its response to `out` when it returns OK, and nothing otherwise. `watcher` leaves a one-shot watch, `exists` on a missing znode too. */
  exists(path: string, out: JuteWriter, watcher?: WatcherId): ErrorCode;
  getData(path: string, out: JuteWriter, watcher?: WatcherId): ErrorCode;
  getChildren(path: string, out: JuteWriter, watcher?: WatcherId): ErrorCode;
  getChildren2(path: string, out: JuteWriter, watcher?: WatcherId): ErrorCode;
  getAcl(path: string, out: JuteWriter): ErrorCode;
  aclOf(path: string): readonly Acl[] | undefined;

  /** What a client that reconnects asks for: what changed after `relativeZxid` is told at once, the rest is watched. */
  setWatches(relativeZxid: Zxid, paths: WatchedPaths, watcher: WatcherId, events: WatchEventSink): void;
  /** All watches of a connection that is gone. */
  removeWatcher(watcher: WatcherId): void;

  lookup(path: string): NodeFacts | undefined;
  ephemeralsOf(sessionId: SessionId): Iterable<string>;

  /** ZKDatabase.initConfigInZKDatabase: /zookeeper/config shows the configuration of this server, without a txn. */
  setConfig(data: Uint8Array, version: bigint, now: WallClockMs): void;

  /** Exact at lastProcessedZxid, whatever is applied meanwhile. Several may be open. */
  openSnapshot(): SnapshotCursor;
}
