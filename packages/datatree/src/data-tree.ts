// The tree of znodes (ZooKeeper's DataTree): the door of the package. Reads are here; changes come as txns.

import type { JuteWriter } from '@zebu/jute';
import type { Acl, ErrorCode as Code, SessionId, TxnBytes, WallClockMs, WatcherType, Zxid } from '@zebu/protocol';
import { AddWatchMode, ErrorCode, NO_ZXID, STAT_BYTES, WatchEventType } from '@zebu/protocol';
import { type ContainerScanOptions, type ContainerScanStep, scanContainers } from './containers.ts';
import { DigestLog, type LoggedDigest } from './digest-log.ts';
import { type ListingCursor, ZnodeListCursor } from './listing-cursor.ts';
import { NodeFacts } from './node-facts.ts';
import { Field, NO_NODE, StatOffset } from './node-store.ts';
import { PathKey } from './path-key.ts';
import type { Quota } from './quotas.ts';
import type { Sessions } from './session-table.ts';
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
import { TxnApplier } from './txn-applier.ts';
import type { TxnOutcome } from './txn-outcome.ts';
import type { WatchEventSink, WatcherId } from './watch-event-sink.ts';
import { highWord, isAbove, lowWord, signedLong } from './words.ts';
import { ZnodeChanges } from './znode-changes.ts';
import { childrenOf, ephemeralsOf, hasPrefix } from './znode-lists.ts';

export interface WatchedPaths {
  readonly data: readonly string[];
  readonly exist: readonly string[];
  readonly child: readonly string[];
  /** Both are absent from clients older than 3.6. */
  readonly persistent?: readonly string[];
  readonly persistentRecursive?: readonly string[];
}

export class DataTree {
  readonly #state: TreeState;
  readonly #applier: TxnApplier;
  readonly #key = new PathKey();
  /** The path in #key, and the znode that it named when changeCount was #foundAt. */
  #foundPath: string | undefined;
  #foundAt = 0;
  #found = NO_NODE;
  readonly #digestLog = new DigestLog();

  /** A fresh tree; SnapshotRestorer gives it the state of another. */
  constructor(options: DataTreeOptions = {}, state: TreeState = freshState(options)) {
    this.#state = state;
    const { znodes, sessions, digestCheck } = state;
    const changes = new ZnodeChanges(znodes, state.watches, state.quotas);
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
    const node = this.#find(path);
    if (watcher !== undefined) this.#state.watches.addData(this.#key, watcher);
    if (node === NO_NODE) return ErrorCode.NONODE;
    this.#writeStat(node, out);
    return ErrorCode.OK;
  }

  getData(path: string, out: JuteWriter, watcher?: WatcherId): Code {
    const node = this.#find(path);
    if (node === NO_NODE) return ErrorCode.NONODE;
    if (watcher !== undefined) this.#state.watches.addData(this.#key, watcher);
    writeData(out, this.#state.znodes, node);
    this.#writeStat(node, out);
    return ErrorCode.OK;
  }

  getChildren(path: string, out: JuteWriter, watcher?: WatcherId): Code {
    const node = this.#find(path);
    if (node === NO_NODE) return ErrorCode.NONODE;
    if (watcher !== undefined) this.#state.watches.addChild(this.#key, watcher);
    this.#writeChildren(node, out);
    return ErrorCode.OK;
  }

  getChildren2(path: string, out: JuteWriter, watcher?: WatcherId): Code {
    const node = this.#find(path);
    if (node === NO_NODE) return ErrorCode.NONODE;
    if (watcher !== undefined) this.#state.watches.addChild(this.#key, watcher);
    this.#writeChildren(node, out);
    this.#writeStat(node, out);
    return ErrorCode.OK;
  }

  getAcl(path: string, out: JuteWriter): Code {
    const node = this.#find(path);
    if (node === NO_NODE) return ErrorCode.NONODE;
    const { znodes } = this.#state;
    out.writeRaw(znodes.acls.bytesOf(znodes.nodes.get(node, Field.ACL)));
    this.#writeStat(node, out);
    return ErrorCode.OK;
  }

  aclOf(path: string): readonly Acl[] | undefined {
    const node = this.#find(path);
    const { znodes } = this.#state;
    return node === NO_NODE ? undefined : znodes.acls.aclOf(znodes.nodes.get(node, Field.ACL));
  }

  lookup(path: string): NodeFacts | undefined {
    const node = this.#find(path);
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
    const node = this.#find(path);
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
    const node = this.#find(path);
    if (node === NO_NODE) return undefined;
    if (watcher !== undefined) this.#state.watches.addChild(this.#key, watcher);
    const { znodes } = this.#state;
    return new ZnodeListCursor(znodes, childrenOf(znodes, node), this.lastProcessedZxid);
  }

  /** What getEphemerals lists. */
  openEphemerals(prefix: string, sessionId: SessionId): ListingCursor {
    const { znodes } = this.#state;
    return new ZnodeListCursor(znodes, ephemeralsOf(znodes, sessionId, prefix), this.lastProcessedZxid);
  }

  /** How many znodes are below the path, exactly, in constant time. */
  getAllChildrenNumber(path: string, out: JuteWriter): Code {
    const node = this.#find(path);
    if (node === NO_NODE) return ErrorCode.NONODE;
    out.writeInt(this.#state.znodes.descendantCount(node));
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
    const { watches } = this.#state;
    const tell = (type: WatchEventType, path: string): void =>
      events.onWatchEvent(watcher, type, path, NO_ZXID, undefined);
    for (const path of paths.data) {
      const node = this.#find(path);
      if (node === NO_NODE) tell(WatchEventType.NODE_DELETED, path);
      else if (this.#isLater(node, StatOffset.MZXID, relativeZxid)) tell(WatchEventType.NODE_DATA_CHANGED, path);
      else watches.addData(this.#key, watcher);
    }
    for (const path of paths.exist) {
      if (this.#find(path) === NO_NODE) watches.addData(this.#key, watcher);
      else tell(WatchEventType.NODE_CREATED, path);
    }
    for (const path of paths.child) {
      const node = this.#find(path);
      if (node === NO_NODE) tell(WatchEventType.NODE_DELETED, path);
      else if (this.#isLater(node, StatOffset.PZXID, relativeZxid)) tell(WatchEventType.NODE_CHILDREN_CHANGED, path);
      else watches.addChild(this.#key, watcher);
    }
    for (const path of paths.persistent ?? []) this.addWatch(path, AddWatchMode.PERSISTENT, watcher);
    for (const path of paths.persistentRecursive ?? []) {
      this.addWatch(path, AddWatchMode.PERSISTENT_RECURSIVE, watcher);
    }
  }

  /** A watch that stays, on a znode that need not be there. */
  addWatch(path: string, mode: AddWatchMode, watcher: WatcherId): void {
    this.#setKey(path);
    this.#state.watches.add(this.#key, mode, watcher);
  }

  hasWatch(path: string, type: WatcherType, watcher: WatcherId): boolean {
    this.#setKey(path);
    return this.#state.watches.has(this.#key, type, watcher);
  }

  /** False when there was no such watch. */
  removeWatch(path: string, type: WatcherType, watcher: WatcherId): boolean {
    this.#setKey(path);
    return this.#state.watches.remove(this.#key, type, watcher);
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

  /** Exact at lastProcessedZxid, whatever is applied meanwhile. Several may be open. */
  openSnapshot(): SnapshotCursor {
    return new TreeSnapshotCursor(this.#state.znodes, this.#state.sessions, this.lastProcessedZxid);
  }

  /** Leaves the path in #key. A read asks several times for one path, once for each thing that it has to know. */
  #find(path: string): number {
    const { znodes } = this.#state;
    if (path === this.#foundPath && znodes.changeCount === this.#foundAt) return this.#found;
    this.#foundPath = undefined;
    this.#key.setString(path);
    this.#found = znodes.names.find(this.#key);
    this.#foundPath = path;
    this.#foundAt = znodes.changeCount;
    return this.#found;
  }

  /** For what needs no znode. */
  #setKey(path: string): void {
    if (path === this.#foundPath) return;
    this.#key.setString(path);
    this.#foundPath = undefined;
  }

  #isLater(node: number, offset: number, zxid: Zxid): boolean {
    const { nodes } = this.#state.znodes;
    return isAbove(nodes.statInt(node, offset), nodes.statInt(node, offset + 4), highWord(zxid), lowWord(zxid));
  }

  #writeStat(node: number, out: JuteWriter): void {
    const { nodes } = this.#state.znodes;
    const start = nodes.statOffset(node);
    out.writeRaw(nodes.statBytes(node), start, start + STAT_BYTES);
  }

  #writeChildren(node: number, out: JuteWriter): void {
    const { nodes, names } = this.#state.znodes;
    out.writeInt(nodes.statInt(node, StatOffset.NUM_CHILDREN));
    for (let at = nodes.get(node, Field.FIRST_CHILD); at !== NO_NODE; at = nodes.get(at, Field.NEXT_SIBLING)) {
      const length = names.nameLength(at);
      const start = names.nameOffset(at);
      out.writeInt(length);
      out.writeRaw(names.nameBytes(at), start, start + length);
    }
  }
}

function freshState(options: DataTreeOptions): TreeState {
  const state = new TreeState(options);
  addSystemZnodes(state.znodes);
  return state;
}
