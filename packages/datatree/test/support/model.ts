// A slow, obvious tree with the semantics of ZooKeeper's DataTree: one object a znode, everything derived anew when asked for.

import { crc32 } from 'node:zlib';
import type { SimpleTxn, Txn, TxnHeader } from '@zebu/jute';
import { type Acl, ErrorCode, OPEN_ACL_UNSAFE, Permission, parentPath, WatchEventType } from '@zebu/protocol';
import type { DumpedNode, DumpedTree } from './dump.ts';
import { hex } from './dump.ts';

export interface ModelNode {
  data: Uint8Array | null;
  acl: readonly Acl[];
  czxid: bigint;
  mzxid: bigint;
  pzxid: bigint;
  ctime: number;
  mtime: number;
  version: number;
  cversion: number;
  aversion: number;
  owner: bigint;
}

export interface ModelEvent {
  readonly watcher: number;
  readonly type: WatchEventType;
  readonly path: string;
  readonly zxid: bigint;
}

export interface ModelPart {
  readonly error: number;
  readonly path: string | undefined;
}

export type WatchKind = 'data' | 'exist' | 'child' | 'persistent' | 'recursive';
type WatchMode = 'standard' | 'persistent' | 'recursive';
/** By path and watcher. */
type Watches = Map<string, Map<number, Set<WatchMode>>>;

const ALL_MODES: readonly WatchMode[] = ['standard', 'persistent', 'recursive'];
/** By WatcherType: modes of data watches and of child watches. */
const REMOVED_MODES: { readonly [type: number]: readonly [readonly WatchMode[], readonly WatchMode[]] } = {
  1: [[], ['standard']],
  2: [['standard'], []],
  3: [ALL_MODES, ALL_MODES],
  4: [['persistent'], ['persistent']],
  5: [['recursive'], []],
};

const CONTAINER_OWNER = -(2n ** 63n);
const TTL_OWNER = -(2n ** 56n);

const emptyNode = (): ModelNode => ({
  data: new Uint8Array(0),
  acl: OPEN_ACL_UNSAFE,
  czxid: 0n,
  mzxid: 0n,
  pzxid: 0n,
  ctime: 0,
  mtime: 0,
  version: 0,
  cversion: 0,
  aversion: 0,
  owner: 0n,
});

export class ModelTree {
  readonly nodes = new Map<string, ModelNode>();
  readonly sessions = new Map<bigint, number>();
  lastZxid = 0n;
  readonly #dataWatches: Watches = new Map();
  readonly #childWatches: Watches = new Map();
  #events: ModelEvent[] = [];

  constructor() {
    for (const path of ['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']) this.nodes.set(path, emptyNode());
    const config = this.nodes.get('/zookeeper/config') as ModelNode;
    config.acl = [{ permissions: Permission.READ, scheme: 'world', id: 'anyone' }];
    config.aversion = -1;
  }

  childrenOf(path: string): string[] {
    return [...this.nodes.keys()].filter((each) => each !== '/' && parentPath(each) === path);
  }

  ephemeralsOf(session: bigint): string[] {
    return [...this.nodes].filter(([, node]) => node.owner === session && isSession(session)).map(([path]) => path);
  }

  watch(kind: WatchKind, path: string, watcher: number): void {
    if ((kind === 'data' || kind === 'child') && !this.nodes.has(path)) return;
    const mode = kind === 'persistent' || kind === 'recursive' ? kind : 'standard';
    if (kind !== 'child') addMode(this.#dataWatches, path, watcher, mode);
    if (kind === 'child' || kind === 'persistent') addMode(this.#childWatches, path, watcher, mode);
  }

  /** By WatcherType: whether there was such a watch, which is gone now. */
  unwatch(type: number, path: string, watcher: number): boolean {
    const [data, child] = REMOVED_MODES[type] as readonly [readonly WatchMode[], readonly WatchMode[]];
    const removed = [
      ...data.map((mode) => removeMode(this.#dataWatches, path, watcher, mode)),
      ...child.map((mode) => removeMode(this.#childWatches, path, watcher, mode)),
    ];
    return removed.includes(true);
  }

  removeWatcher(watcher: number): void {
    for (const table of [this.#dataWatches, this.#childWatches]) {
      for (const watchers of table.values()) watchers.delete(watcher);
    }
  }

  get watchCount(): number {
    const tables = [...this.#dataWatches.values(), ...this.#childWatches.values()];
    return tables.reduce((sum, watchers) => sum + watchers.size, 0);
  }

  watchedPaths(): Record<string, number[]> {
    const watched = [...this.#dataWatches].filter(([, watchers]) => watchers.size > 0);
    return Object.fromEntries(
      watched.map(([path, watchers]) => [path, [...watchers.keys()].toSorted((a, b) => a - b)]),
    );
  }

  takeEvents(): ModelEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  apply(header: TxnHeader, txn: Txn): { error: number; parts: ModelPart[] | undefined } {
    if (header.zxid > this.lastZxid) this.lastZxid = header.zxid;
    switch (txn.type) {
      case 'createSession':
        this.sessions.set(header.sessionId, txn.timeoutMs);
        return { error: 0, parts: undefined };
      case 'closeSession':
        this.sessions.delete(header.sessionId);
        for (const path of txn.paths ?? []) this.#delete(header, path);
        // The order in which a tree finds the others is its own affair.
        for (const path of this.ephemeralsOf(header.sessionId)) this.#delete(header, path);
        return { error: 0, parts: undefined };
      case 'multi':
        return this.#applyMulti(
          header,
          txn.parts.map((part) => part.txn),
        );
      case 'check':
      case 'create':
      case 'createContainer':
      case 'createTTL':
      case 'delete':
      case 'error':
      case 'setACL':
      case 'setData':
        return { error: this.#applySimple(header, txn), parts: undefined };
    }
  }

  #applyMulti(header: TxnHeader, parts: SimpleTxn[]): { error: number; parts: ModelPart[] } {
    const firstError = parts.findIndex((part) => part.type === 'error');
    const outcomes = parts.map((part, i): ModelPart => {
      if (part.type === 'error') return { error: part.error, path: undefined };
      if (firstError < 0) return { error: this.#applySimple(header, part), path: part.path };
      return { error: i > firstError ? ErrorCode.RUNTIMEINCONSISTENCY : 0, path: undefined };
    });
    return { error: outcomes.find((part) => part.error !== 0)?.error ?? 0, parts: outcomes };
  }

  #applySimple(header: TxnHeader, txn: SimpleTxn): number {
    switch (txn.type) {
      case 'create':
        return this.#create(header, txn, txn.ephemeral ? header.sessionId : 0n);
      case 'createContainer':
        return this.#create(header, txn, CONTAINER_OWNER);
      case 'createTTL':
        return this.#create(header, txn, TTL_OWNER + BigInt(txn.ttlMs));
      case 'delete':
        return this.#delete(header, txn.path);
      case 'setData':
        return this.#setData(header, txn.path, txn.data, txn.version);
      case 'setACL': {
        const node = this.nodes.get(txn.path);
        if (node === undefined) return ErrorCode.NONODE;
        Object.assign(node, { acl: txn.acl, aversion: txn.version });
        return 0;
      }
      case 'check':
        return 0;
      case 'error':
        return txn.error;
    }
  }

  #create(
    header: TxnHeader,
    txn: { path: string; data: Uint8Array | null; acl: readonly Acl[]; parentCVersion: number },
    owner: bigint,
  ): number {
    const existing = this.nodes.get(txn.path);
    const parent = txn.path === '/' ? undefined : this.nodes.get(parentPath(txn.path));
    if (parent === undefined) return existing === undefined ? ErrorCode.NONODE : ErrorCode.NODEEXISTS;
    const cversion = txn.parentCVersion === -1 ? parent.cversion + 1 : txn.parentCVersion;
    if (cversion > parent.cversion) Object.assign(parent, { cversion, pzxid: header.zxid });
    if (existing !== undefined) {
      existing.acl = txn.acl;
      return ErrorCode.NODEEXISTS;
    }
    const { zxid, time } = header;
    const { data, acl } = txn;
    this.nodes.set(txn.path, {
      ...emptyNode(),
      data,
      acl,
      owner,
      czxid: zxid,
      mzxid: zxid,
      pzxid: zxid,
      ctime: time,
      mtime: time,
    });
    this.#fire([this.#dataWatches], txn.path, WatchEventType.NODE_CREATED, zxid);
    this.#fire([this.#childWatches], parentPath(txn.path), WatchEventType.NODE_CHILDREN_CHANGED, zxid);
    return 0;
  }

  #delete(header: TxnHeader, path: string): number {
    const parent = path === '/' ? undefined : this.nodes.get(parentPath(path));
    if (parent === undefined) return ErrorCode.NONODE;
    if (header.zxid > parent.pzxid) parent.pzxid = header.zxid;
    if (!this.nodes.has(path)) return ErrorCode.NONODE;
    for (const each of this.nodes.keys()) {
      if (each === path || each.startsWith(`${path}/`)) this.nodes.delete(each);
    }
    this.#fire([this.#dataWatches, this.#childWatches], path, WatchEventType.NODE_DELETED, header.zxid);
    this.#fire([this.#childWatches], parentPath(path), WatchEventType.NODE_CHILDREN_CHANGED, header.zxid);
    return 0;
  }

  #setData(header: TxnHeader, path: string, data: Uint8Array | null, version: number): number {
    const node = this.nodes.get(path);
    if (node === undefined) return ErrorCode.NONODE;
    Object.assign(node, { data, version, mzxid: header.zxid, mtime: header.time });
    this.#fire([this.#dataWatches], path, WatchEventType.NODE_DATA_CHANGED, header.zxid);
    return 0;
  }

  #fire(tables: Watches[], path: string, type: WatchEventType, zxid: bigint): void {
    const watchers = new Set(tables.flatMap((table) => fired(table, path)));
    for (const watcher of watchers) this.#events.push({ watcher, type, path, zxid });
  }

  get treeDigest(): bigint {
    let sum = 0n;
    for (const [path, node] of this.nodes) sum += BigInt(digestOf(path, node));
    return BigInt.asUintN(64, sum);
  }

  dump(): DumpedTree {
    return Object.fromEntries([...this.nodes.keys()].map((path) => [path, this.#dumpNode(path)]));
  }

  #dumpNode(path: string): DumpedNode {
    const node = this.nodes.get(path) as ModelNode;
    const children = this.childrenOf(path).map((child) => child.slice(child.lastIndexOf('/') + 1));
    const { czxid, mzxid, pzxid, ctime, mtime, version, aversion } = node;
    const stat = {
      czxid,
      mzxid,
      ctime,
      mtime,
      version,
      cversion: node.cversion * 2 - children.length,
      aversion,
      ephemeralOwner: isSession(node.owner) ? node.owner : 0n,
      dataLength: node.data?.length ?? 0,
      numChildren: children.length,
      pzxid,
    };
    return {
      data: hex(node.data),
      stat: stat as DumpedNode['stat'],
      acl: node.acl.map((acl) => `${acl.permissions}:${acl.scheme}:${acl.id}`),
      children: children.toSorted(),
    };
  }

  #descendantsOf(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...this.nodes.keys()].filter((each) => each !== '/' && each.startsWith(prefix));
  }

  /** When every TTL is over, and no container may stay unused. */
  #isCollectable(path: string): boolean {
    const { owner } = this.nodes.get(path) as ModelNode;
    if (owner === 0n || isSession(owner) || this.childrenOf(path).length > 0) return false;
    return owner === CONTAINER_OWNER || owner !== TTL_OWNER;
  }

  dumpState(): unknown {
    const paths = [...this.nodes.keys()];
    const bytes = [...this.nodes].map(([path, node]) => (path === '/' ? 0 : path.length) + (node.data?.length ?? 0));
    const rootAgain = 1;
    return {
      nodes: this.dump(),
      descendants: Object.fromEntries(paths.map((path) => [path, this.#descendantsOf(path).length])),
      collectable: paths.filter((path) => this.#isCollectable(path)).toSorted(),
      sessions: [...this.sessions].toSorted((a, b) => (a[0] < b[0] ? -1 : 1)),
      treeDigest: this.treeDigest,
      nodeCount: paths.length + 1,
      ephemeralsCount: [...this.nodes.values()].filter((node) => node.owner !== 0n && isSession(node.owner)).length,
      approximateDataBytes: bytes.reduce((sum, length) => sum + length, rootAgain),
      lastProcessedZxid: this.lastZxid,
    };
  }
}

function addMode(table: Watches, path: string, watcher: number, mode: WatchMode): void {
  const watchers = table.get(path) ?? new Map<number, Set<WatchMode>>();
  table.set(path, watchers.set(watcher, (watchers.get(watcher) ?? new Set()).add(mode)));
}

function removeMode(table: Watches, path: string, watcher: number, mode: WatchMode): boolean {
  const watchers = table.get(path);
  const modes = watchers?.get(watcher);
  const removed = modes?.delete(mode) ?? false;
  if (modes?.size === 0) watchers?.delete(watcher);
  return removed;
}

/** WatchManager.triggerWatch: all at the path, of which the one-shot ones end, and the recursive ones above. */
function fired(table: Watches, path: string): number[] {
  const watchers = [...(table.get(path)?.keys() ?? [])];
  for (const watcher of watchers) removeMode(table, path, watcher, 'standard');
  for (let above = path; above !== '/'; ) {
    above = parentPath(above);
    for (const [watcher, modes] of table.get(above) ?? []) if (modes.has('recursive')) watchers.push(watcher);
  }
  return watchers;
}

const isSession = (owner: bigint): boolean =>
  owner !== CONTAINER_OWNER && BigInt.asUintN(64, owner) >> 40n !== 0xff0000n;

/** DigestCalculator, with the checksum of another implementation. */
export function digestOf(path: string, node: ModelNode): number {
  if (path.startsWith('/zookeeper/')) return 0;
  const stat = Buffer.alloc(60);
  stat.writeBigInt64BE(node.czxid, 0);
  stat.writeBigInt64BE(node.mzxid, 8);
  stat.writeBigInt64BE(node.pzxid, 16);
  stat.writeBigInt64BE(BigInt(node.ctime), 24);
  stat.writeBigInt64BE(BigInt(node.mtime), 32);
  stat.writeInt32BE(node.version, 40);
  stat.writeInt32BE(node.cversion, 44);
  stat.writeInt32BE(node.aversion, 48);
  stat.writeBigInt64BE(node.owner, 52);
  return crc32(stat, crc32(node.data ?? Buffer.alloc(0), crc32(path === '/' ? '' : path)));
}
