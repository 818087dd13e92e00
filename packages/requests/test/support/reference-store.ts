// A slow and obvious store: every request is applied at once to a Map. What prep and the tree do together, with any number
// of txns outstanding, must come to the same.

import { type Acl, ErrorCode, isValidPath, type SessionId, type Zxid } from '@zebu/protocol';

export interface ReferenceNode {
  data: Uint8Array | null;
  acl: readonly Acl[];
  czxid: Zxid;
  mzxid: Zxid;
  pzxid: Zxid;
  ctime: number;
  mtime: number;
  version: number;
  /** Creations of children. */
  cversion: number;
  aversion: number;
  kind: 'persistent' | 'ephemeral' | 'container' | 'ttl';
  /** Who created it. */
  session: SessionId;
}

export type CreationType = 'create' | 'create2' | 'createContainer' | 'createTTL';

export type ReferenceOperation =
  | {
      readonly type: CreationType;
      readonly path: string;
      readonly data: Uint8Array | null;
      readonly acl: readonly Acl[];
      readonly flags: number;
      /** Of createTTL. */
      readonly ttlMs: bigint;
    }
  | { readonly type: 'delete'; readonly path: string; readonly version: number }
  | { readonly type: 'setData'; readonly path: string; readonly data: Uint8Array | null; readonly version: number }
  | { readonly type: 'setACL'; readonly path: string; readonly acl: readonly Acl[]; readonly version: number }
  | { readonly type: 'check'; readonly path: string; readonly version: number };

export interface ReferenceResult {
  readonly error: number;
  /** Of a creation. */
  readonly path?: string;
}

interface Moment {
  readonly zxid: Zxid;
  readonly time: number;
  readonly session: SessionId;
  readonly server: number;
}

export class ReferenceStore {
  nodes = new Map<string, ReferenceNode>();
  readonly sessions = new Map<SessionId, { server: number | undefined; closing: boolean }>();
  readonly #extendedTypesEnabled: boolean;

  constructor(extendedTypesEnabled: boolean) {
    this.#extendedTypesEnabled = extendedTypesEnabled;
  }

  children(path: string): string[] {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...this.nodes.keys()]
      .filter((each) => each !== '/' && each.startsWith(prefix) && !each.slice(prefix.length).includes('/'))
      .map((each) => each.slice(prefix.length));
  }

  createSession(session: SessionId, server: number): void {
    this.sessions.set(session, { server, closing: false });
  }

  /** Returns the paths that went with it. */
  closeSession(session: SessionId, zxid: Zxid): string[] {
    const known = this.sessions.get(session);
    if (known !== undefined) known.closing = true;
    const owned = [...this.nodes]
      .filter(([, node]) => node.kind === 'ephemeral' && node.session === session)
      .map(([path]) => path);
    for (const path of owned) this.#remove(path, zxid);
    return owned;
  }

  /** Undefined when all went well; else the results that a client gets. */
  multi(operations: readonly ReferenceOperation[], moment: Moment): ReferenceResult[] {
    const before = new Map([...this.nodes].map(([path, node]) => [path, { ...node }]));
    const results: ReferenceResult[] = [];
    for (const [index, operation] of operations.entries()) {
      const result = this.apply(asInMulti(operation), moment);
      results.push(result);
      if (result.error !== ErrorCode.OK) {
        this.nodes = before;
        return operations.map((_, at) => ({
          error: at < index ? 0 : at === index ? result.error : ErrorCode.RUNTIMEINCONSISTENCY,
        }));
      }
    }
    return results;
  }

  apply(operation: ReferenceOperation, moment: Moment): ReferenceResult {
    switch (operation.type) {
      case 'create':
      case 'create2':
      case 'createContainer':
      case 'createTTL':
        return this.#create(operation, moment);
      case 'delete':
        return { error: this.#delete(operation, moment) };
      case 'setData':
        return { error: this.#setData(operation, moment) };
      case 'setACL':
        return { error: this.#setAcl(operation, moment) };
      case 'check': {
        const node = this.#nodeFor(operation.path, moment, 1);
        if (typeof node === 'number') return { error: node };
        return { error: matches(operation.version, node.version) ? 0 : ErrorCode.BADVERSION };
      }
    }
  }

  #checkSession(moment: Moment): number {
    const known = this.sessions.get(moment.session);
    if (known === undefined || known.closing) return ErrorCode.SESSIONEXPIRED;
    known.server ??= moment.server;
    return known.server === moment.server ? 0 : ErrorCode.SESSIONMOVED;
  }

  #create(operation: ReferenceOperation & { type: CreationType }, moment: Moment): ReferenceResult {
    const { flags } = operation;
    if (flags < 0 || flags > 6) return { error: ErrorCode.BADARGUMENTS };
    const hasTtl = flags > 4;
    if (hasTtl && !this.#extendedTypesEnabled) return { error: ErrorCode.UNIMPLEMENTED };
    const ttlMs = operation.type === 'createTTL' ? operation.ttlMs : -1n;
    if (hasTtl && (ttlMs < 1n || ttlMs > 0xff_ffff_ffffn)) return { error: ErrorCode.BADARGUMENTS };
    if (!hasTtl && operation.type === 'createTTL') return { error: ErrorCode.BADARGUMENTS };
    const refused = this.#checkSession(moment);
    if (refused !== 0) return { error: refused };
    if (!operation.path.includes('/') || operation.path.includes('\0')) return { error: ErrorCode.BADARGUMENTS };
    if (!isAcceptableAcl(operation.acl)) return { error: ErrorCode.INVALIDACL };
    const parentName = parentOf(operation.path);
    const parent = this.nodes.get(parentName);
    if (parent === undefined) return { error: ErrorCode.NONODE };
    if (!allows(parent.acl, 4)) return { error: ErrorCode.NOAUTH };
    const sequential = flags === 2 || flags === 3 || flags === 6;
    const path = operation.path + (sequential ? String(parent.cversion).padStart(10, '0') : '');
    if (!isValidPath(path)) return { error: ErrorCode.BADARGUMENTS };
    if (this.nodes.has(path)) return { error: ErrorCode.NODEEXISTS };
    if (parent.kind === 'ephemeral') return { error: ErrorCode.NOCHILDRENFOREPHEMERALS };
    parent.cversion++;
    parent.pzxid = moment.zxid;
    this.nodes.set(path, {
      data: operation.data,
      acl: operation.acl,
      czxid: moment.zxid,
      mzxid: moment.zxid,
      pzxid: moment.zxid,
      ctime: moment.time,
      mtime: moment.time,
      version: 0,
      cversion: 0,
      aversion: 0,
      kind: kindOf(operation),
      session: moment.session,
    });
    return { error: 0, path };
  }

  #delete(operation: ReferenceOperation & { type: 'delete' }, moment: Moment): number {
    const refused = this.#checkSession(moment);
    if (refused !== 0) return refused;
    const { path } = operation;
    if (!path.includes('/') || path.includes('\0')) return ErrorCode.BADARGUMENTS;
    if (['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config'].includes(path)) return ErrorCode.BADARGUMENTS;
    const parent = this.nodes.get(parentOf(path));
    if (parent === undefined) return ErrorCode.NONODE;
    if (!allows(parent.acl, 8)) return ErrorCode.NOAUTH;
    const node = this.nodes.get(path);
    if (node === undefined) return ErrorCode.NONODE;
    if (!matches(operation.version, node.version)) return ErrorCode.BADVERSION;
    if (this.children(path).length > 0) return ErrorCode.NOTEMPTY;
    this.#remove(path, moment.zxid);
    return 0;
  }

  #setData(operation: ReferenceOperation & { type: 'setData' }, moment: Moment): number {
    const node = this.#nodeFor(operation.path, moment, 2);
    if (typeof node === 'number') return node;
    if (!matches(operation.version, node.version)) return ErrorCode.BADVERSION;
    node.data = operation.data;
    node.version++;
    node.mzxid = moment.zxid;
    node.mtime = moment.time;
    return 0;
  }

  #setAcl(operation: ReferenceOperation & { type: 'setACL' }, moment: Moment): number {
    const refused = this.#checkSession(moment);
    if (refused !== 0) return refused;
    if (!isValidPath(operation.path)) return ErrorCode.BADARGUMENTS;
    if (!isAcceptableAcl(operation.acl)) return ErrorCode.INVALIDACL;
    const node = this.nodes.get(operation.path);
    if (node === undefined) return ErrorCode.NONODE;
    if (!allows(node.acl, 16)) return ErrorCode.NOAUTH;
    if (!matches(operation.version, node.aversion)) return ErrorCode.BADVERSION;
    node.acl = operation.acl;
    node.aversion++;
    return 0;
  }

  #nodeFor(path: string, moment: Moment, permission: number): ReferenceNode | number {
    const refused = this.#checkSession(moment);
    if (refused !== 0) return refused;
    if (!isValidPath(path)) return ErrorCode.BADARGUMENTS;
    const node = this.nodes.get(path);
    if (node === undefined) return ErrorCode.NONODE;
    return allows(node.acl, permission) ? node : ErrorCode.NOAUTH;
  }

  #remove(path: string, zxid: Zxid): void {
    this.nodes.delete(path);
    (this.nodes.get(parentOf(path)) as ReferenceNode).pzxid = zxid;
  }
}

/** In a multi, the flags decide where the type does not (Op.create). */
function asInMulti(operation: ReferenceOperation): ReferenceOperation {
  if (!('flags' in operation)) return operation;
  if (operation.flags === 4) return { ...operation, type: 'createContainer' };
  return operation.type === 'createTTL' && operation.flags < 5 ? { ...operation, type: 'create' } : operation;
}

function kindOf(operation: ReferenceOperation & { type: CreationType }): ReferenceNode['kind'] {
  if (operation.type === 'createContainer') return 'container';
  if (operation.type === 'createTTL') return 'ttl';
  return operation.flags === 1 || operation.flags === 3 ? 'ephemeral' : 'persistent';
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';
const matches = (expected: number, current: number): boolean => expected === -1 || expected === current;
/** The model's clients are nobody in particular. */
const allows = (acl: readonly Acl[], permission: number): boolean =>
  acl.some((each) => each.scheme === 'world' && (each.permissions & permission) !== 0);
const isAcceptableAcl = (acl: readonly Acl[]): boolean =>
  acl.length > 0 && acl.every((each) => each.scheme === 'world' && each.id === 'anyone');
