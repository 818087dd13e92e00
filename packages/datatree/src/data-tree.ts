// The tree of znodes (ZooKeeper's DataTree): the door of the package. Reads are here; changes come as txns.

import type { JuteWriter } from '@zebu/jute';
import type {
  Acl,
  AddWatchMode,
  ErrorCode as Code,
  SessionId,
  TxnBytes,
  WallClockMs,
  WatcherType,
  Zxid,
} from '@zebu/protocol';
import { ErrorCode } from '@zebu/protocol';
import { type ContainerScanOptions, type ContainerScanStep, scanContainers } from './containers.ts';
import { DigestLog, type LoggedDigest } from './digest-log.ts';
import { type ListingCursor, ZnodeListCursor } from './listing-cursor.ts';
import { NodeFacts } from './node-facts.ts';
import { Field, NO_NODE, StatOffset } from './node-store.ts';
import { PastZnodes } from './past-znodes.ts';
import { PathFinder } from './path-finder.ts';
import type { Quota } from './quotas.ts';
import { writeChildren, writeStat } from './read-records.ts';
import type { Sessions } from './session-table.ts';
import { setWatches, type WatchedPaths } from './set-watches.ts';
import { type SnapshotCursor, TreeSnapshotCursor } from './snapshot-cursor.ts';
import { writeData } from './snapshot-records.ts';
import { addSystemZnodes, setConfigData } from './system-znodes.ts';
import {
  ephemeralPaths,
  type EphemeralOwner,
  listByPath,
  listByWatcher,
  listEphemerals,
  summarizeWatches,
  type WatchedPath,
  type Watching,
  type WatchSummary,
} from './tree-dumps.ts';
import { type DataTreeOptions, TreeState } from './tree-state.ts';
import { OpenTreeView, type TreeView } from './tree-view.ts';
import { TxnApplier } from './txn-applier.ts';
import type { TxnOutcome } from './txn-outcome.ts';
import type { WatchEventSink, WatcherId } from './watch-event-sink.ts';
import { highWord, isAbove, lowWord, signedLong } from './words.ts';
import { ZnodeChanges } from './znode-changes.ts';
import { childrenOf, ephemeralsOf, hasPrefix } from './znode-lists.ts';

export class DataTree {
  readonly #state: TreeState;
  readonly #applier: TxnApplier;
  readonly #finder: PathFinder;
  readonly #pastZnodes: PastZnodes;
  readonly #digestLog = new DigestLog();

  /** A fresh tree; SnapshotRestorer gives it the state of another. */
  constructor(options: DataTreeOptions = {}, state: TreeState = freshState(options)) {
    this.#state = state;
    const { znodes, sessions, digestCheck } = state;
    const changes = new ZnodeChanges(znodes, state.watches, state.quotas);
    this.#finder = new PathFinder(znodes);
    this.#pastZnodes = new PastZnodes(znodes, () => this.lastProcessedZxid);
    this.#applier = new TxnApplier({ znodes, changes, sessions, digestCheck });
  }

  get lastProcessedZxid(): Zxid {
    return signedLong(this.#state.lastZxidHigh, this.#state.lastZxidLow) as Zxid;
  }

  /** As ZooKeeper reports it, which counts the root twice. */
  get nodeCount(): number {
    return this.#state.znodes.nodes.count + 1;
  }

  get ephemeralsCount(): number {
    return this.#state.znodes.ephemerals.count;
  }

  get watchCount(): number {
    return this.#state.watches.count;
  }

  /** Lengths of paths and data, as ZooKeeper counts them. */
  get approximateDataBytes(): number {
    return this.#state.znodes.approximateBytes;
  }

  /** Sum of the digests of all znodes, unsigned 64 bits (AdHash). */
  get treeDigest(): bigint {
    return this.#state.znodes.digest.value;
  }

  /** The digest at every 128th zxid of late, oldest first. */
  digestLog(): LoggedDigest[] {
    return this.#digestLog.entries();
  }

  get sessions(): Sessions {
    return this.#state.sessions;
  }

  /** The one apply path. Watches have fired into `events` when it returns. Idempotent for replay on ZooKeeper's fuzzy snapshots. */
  apply(txn: TxnBytes, events: WatchEventSink): TxnOutcome {
    const outcome = this.#applier.apply(txn, events);
    const { zxidHigh, zxidLow } = this.#applier;
    if (isAbove(zxidHigh, zxidLow, this.#state.lastZxidHigh, this.#state.lastZxidLow)) {
      this.#state.lastZxidHigh = zxidHigh;
      this.#state.lastZxidLow = zxidLow;
      if (DigestLog.isDue(zxidLow)) this.#digestLog.add(zxidHigh, zxidLow, this.treeDigest);
    }
    return outcome;
  }

  /**
   * Each read appends the body of its response to `out` when it returns OK, and nothing otherwise. `watcher` leaves a one-shot
   * watch, here on a missing znode too.
   */
  exists(path: string, out: JuteWriter, watcher?: WatcherId): Code {
    const node = this.#finder.find(path);
    if (watcher !== undefined) this.#state.watches.addData(this.#finder.watchKey, watcher);
    if (node === NO_NODE) return ErrorCode.NONODE;
    writeStat(out, this.#state.znodes.nodes, node);
    return ErrorCode.OK;
  }

  getData(path: string, out: JuteWriter, watcher?: WatcherId): Code {
    const node = this.#finder.find(path);
    if (node === NO_NODE) return ErrorCode.NONODE;
    if (watcher !== undefined) this.#state.watches.addData(this.#finder.watchKey, watcher);
    writeData(out, this.#state.znodes, node);
    writeStat(out, this.#state.znodes.nodes, node);
    return ErrorCode.OK;
  }

  getChildren(path: string, out: JuteWriter, watcher?: WatcherId): Code {
    const node = this.#finder.find(path);
    if (node === NO_NODE) return ErrorCode.NONODE;
    if (watcher !== undefined) this.#state.watches.addChild(this.#finder.watchKey, watcher);
    writeChildren(out, this.#state.znodes, node);
    return ErrorCode.OK;
  }

  getChildren2(path: string, out: JuteWriter, watcher?: WatcherId): Code {
    const node = this.#finder.find(path);
    if (node === NO_NODE) return ErrorCode.NONODE;
    if (watcher !== undefined) this.#state.watches.addChild(this.#finder.watchKey, watcher);
    writeChildren(out, this.#state.znodes, node);
    writeStat(out, this.#state.znodes.nodes, node);
    return ErrorCode.OK;
  }

  getAcl(path: string, out: JuteWriter): Code {
    const node = this.#finder.find(path);
    if (node === NO_NODE) return ErrorCode.NONODE;
    const { znodes } = this.#state;
    out.writeRaw(znodes.acls.bytesOf(znodes.nodes.get(node, Field.ACL)));
    writeStat(out, this.#state.znodes.nodes, node);
    return ErrorCode.OK;
  }

  aclOf(path: string): readonly Acl[] | undefined {
    const node = this.#finder.find(path);
    const { znodes } = this.#state;
    return node === NO_NODE ? undefined : znodes.acls.aclOf(znodes.nodes.get(node, Field.ACL));
  }

  lookup(path: string): NodeFacts | undefined {
    const node = this.#finder.find(path);
    return node === NO_NODE ? undefined : new NodeFacts(this.#state.znodes, node);
  }

  ephemeralsOf(sessionId: SessionId): string[] {
    return [...ephemeralPaths(this.#state.znodes, sessionId)];
  }

  /** How many znodes go with the session; looks at no more than `limit` of them. */
  ephemeralCountOf(sessionId: SessionId, limit: number): number {
    const { ephemerals } = this.#state.znodes;
    let count = 0;
    let node = ephemerals.first(highWord(sessionId), lowWord(sessionId));
    for (; node !== NO_NODE && count < limit; node = ephemerals.next(node)) count++;
    return count;
  }

  /** The session's ephemeral znodes whose path begins with the prefix, which need not end at a slash. */
  getEphemerals(prefix: string, sessionId: SessionId, out: JuteWriter): Code {
    const countAt = out.reserve(4);
    let count = 0;
    for (const path of ephemeralPaths(this.#state.znodes, sessionId)) {
      if (!hasPrefix(path, prefix)) continue;
      out.writeString(path);
      count++;
    }
    out.patchInt(countAt, count);
    return ErrorCode.OK;
  }

  /** 0 for a path without a znode. */
  childCountOf(path: string): number {
    const node = this.#finder.find(path);
    return node === NO_NODE ? 0 : this.#state.znodes.nodes.statInt(node, StatOffset.NUM_CHILDREN);
  }

  /** Costs no more than `count`. */
  ownsMoreThan(sessionId: SessionId, count: number): boolean {
    const { ephemerals } = this.#state.znodes;
    let node = ephemerals.first(highWord(sessionId), lowWord(sessionId));
    for (let owned = 0; owned < count && node !== NO_NODE; owned++) node = ephemerals.next(node);
    return node !== NO_NODE;
  }

  /** What getChildren lists, for a list too long to be written at once. Undefined without a znode. */
  openChildren(path: string, watcher?: WatcherId): ListingCursor | undefined {
    const node = this.#finder.find(path);
    if (node === NO_NODE) return undefined;
    if (watcher !== undefined) this.#state.watches.addChild(this.#finder.watchKey, watcher);
    const { znodes } = this.#state;
    return new ZnodeListCursor(znodes.observers, childrenOf(znodes, node), this.lastProcessedZxid);
  }

  /** What getEphemerals lists. */
  openEphemerals(prefix: string, sessionId: SessionId): ListingCursor {
    const { znodes } = this.#state;
    return new ZnodeListCursor(znodes.observers, ephemeralsOf(znodes, sessionId, prefix), this.lastProcessedZxid);
  }

  /** How many znodes are below the path, exactly, in constant time. */
  getAllChildrenNumber(path: string, out: JuteWriter): Code {
    const node = this.#finder.find(path);
    if (node === NO_NODE) return ErrorCode.NONODE;
    // ZooKeeper's root has the names "" and "/", and the second is below the first.
    out.writeInt(this.#state.znodes.descendantCount(node) + (path === '' ? 1 : 0));
    return ErrorCode.OK;
  }

  /** The innermost quota over the path, with its limits and its use. */
  quotaOf(path: string): Quota | undefined {
    return this.#state.quotas.quotaOf(path);
  }

  /** A step of a walk over container and TTL znodes: see ContainerScanStep. `from` is 0 at first. */
  containerScan(from: number, count: number, options: ContainerScanOptions): ContainerScanStep {
    return scanContainers(this.#state.znodes, from, count, options);
  }

  /** What a client that reconnects asks for: what changed after `relativeZxid` is told at once, the rest is watched. */
  setWatches(relativeZxid: Zxid, paths: WatchedPaths, watcher: WatcherId, events: WatchEventSink): void {
    const { znodes, watches } = this.#state;
    setWatches({ znodes, watches, finder: this.#finder, relativeZxid, watcher, events }, paths);
  }

  /** A watch that stays, on a znode that need not be there. */
  addWatch(path: string, mode: AddWatchMode, watcher: WatcherId): void {
    this.#state.watches.add(this.#finder.watchKeyOf(path), mode, watcher);
  }

  hasWatch(path: string, type: WatcherType, watcher: WatcherId): boolean {
    return this.#state.watches.has(this.#finder.watchKeyOf(path), type, watcher);
  }

  /** False when there was no such watch. */
  removeWatch(path: string, type: WatcherType, watcher: WatcherId): boolean {
    return this.#state.watches.remove(this.#finder.watchKeyOf(path), type, watcher);
  }

  /** All watches of a connection that is gone. */
  removeWatcher(watcher: WatcherId): void {
    this.#state.watches.removeWatcher(watcher);
  }

  watchSummary(): WatchSummary {
    return summarizeWatches(this.#state.watches.data);
  }

  /** Data watches, as ZooKeeper's wchp lists them. */
  watchesByPath(): Iterable<WatchedPath> {
    return listByPath(this.#state.watches.data);
  }

  /** Data watches, as ZooKeeper's wchc lists them. */
  watchesByWatcher(): Iterable<Watching> {
    return listByWatcher(this.#state.watches.data);
  }

  /** Sessions that own ephemeral znodes, or owned some since they began. */
  get ephemeralOwnerCount(): number {
    return this.#state.znodes.ephemerals.ownerCount;
  }

  ephemeralsBySession(): Iterable<EphemeralOwner> {
    return listEphemerals(this.#state.znodes);
  }

  /** ZKDatabase.initConfigInZKDatabase: /zookeeper/config shows the configuration of this server, without a txn. */
  setConfig(data: Uint8Array, version: bigint, now: WallClockMs): void {
    setConfigData(this.#state.znodes, data, { high: highWord(version), low: lowWord(version) }, now);
  }

  /** For a read that takes several steps: the tree of now, whatever is applied meanwhile. Several may be open. */
  openView(): TreeView {
    return new OpenTreeView(this, this.#pastZnodes, this.lastProcessedZxid);
  }

  /** Exact at lastProcessedZxid, whatever is applied meanwhile. Several may be open. */
  openSnapshot(): SnapshotCursor {
    return new TreeSnapshotCursor(this.#state.znodes, this.#state.sessions, this.lastProcessedZxid);
  }
}

function freshState(options: DataTreeOptions): TreeState {
  const state = new TreeState(options);
  addSystemZnodes(state.znodes);
  return state;
}
