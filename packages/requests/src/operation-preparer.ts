// Turns one write into the record of its txn, or says why not: ZooKeeper's checks in ZooKeeper's order
// (PrepRequestProcessor.pRequest2Txn). Nothing is written and nothing changes before the last check has passed.

import { contentCrc } from '@zebu/datatree';
import { encodeAclList, type JuteWriter } from '@zebu/jute';
import {
  type Acl,
  CreateMode,
  ErrorCode,
  InvariantError,
  isEphemeralMode,
  isSequentialMode,
  isValidPath,
  OpCode,
  Permission,
} from '@zebu/protocol';
import type { SessionTracker } from '@zebu/sessions';
import type { AccessControl } from './access-control.ts';
import type { ChangeOverlay } from './change-overlay.ts';
import { ChangeRecord, isEphemeral, type Znode } from './change-record.ts';
import type { PrepContext } from './prep-context.ts';
import { highWord, highWordOfNumber, lowWord, lowWordOfNumber } from './words.ts';
import { isCreateMode, type WriteOperation } from './write-operation.ts';

const ANY_VERSION = -1;
/** DataTree.isSpecialPath: they cannot be deleted. */
const SPECIAL_PATHS: ReadonlySet<string> = new Set(['/', '/zookeeper', '/zookeeper/quota', '/zookeeper/config']);

export class OperationPreparer {
  readonly #overlay: ChangeOverlay;
  readonly #sessions: SessionTracker;
  readonly #access: AccessControl;
  readonly #out: JuteWriter;

  constructor(overlay: ChangeOverlay, sessions: SessionTracker, access: AccessControl, out: JuteWriter) {
    this.#overlay = overlay;
    this.#sessions = sessions;
    this.#access = access;
    this.#out = out;
  }

  /** Appends the record and puts the changes into the overlay when it returns OK, and does nothing otherwise. */
  prepare(operation: WriteOperation, context: PrepContext): ErrorCode {
    switch (operation.type) {
      case OpCode.CREATE:
      case OpCode.CREATE2:
        return this.#create(operation, context);
      case OpCode.CREATE_CONTAINER:
      case OpCode.CREATE_TTL:
        return ErrorCode.UNIMPLEMENTED;
      case OpCode.DELETE:
        return this.#delete(operation, context);
      case OpCode.SET_DATA:
        return this.#setData(operation, context);
      case OpCode.SET_ACL:
        return this.#setAcl(operation, context);
      case OpCode.CHECK:
        return this.#check(operation, context);
      default:
        throw new InvariantError(`no write of type ${operation.type}`);
    }
  }

  #create(operation: WriteOperation, context: PrepContext): ErrorCode {
    const mode = operation.flagsOrVersion;
    if (!isCreateMode(mode)) return ErrorCode.BADARGUMENTS;
    if (mode >= CreateMode.CONTAINER) return ErrorCode.UNIMPLEMENTED;
    const refused = this.#sessions.check(context.sessionId, context.owner);
    if (refused !== ErrorCode.OK) return refused;
    const parentPath = parentOf(operation.path);
    if (parentPath === undefined) return ErrorCode.BADARGUMENTS;
    const acl = this.#access.effectiveAcl(operation.acl, context.identities);
    if (acl === undefined) return ErrorCode.INVALIDACL;
    const parent = this.#overlay.find(parentPath);
    if (parent === undefined) return ErrorCode.NONODE;
    if (!this.#access.isPermitted(parent.acl, Permission.CREATE, context.identities)) return ErrorCode.NOAUTH;
    const path = isSequentialMode(mode) ? operation.path + sequenceSuffix(parent.cversion) : operation.path;
    if (!isValidPath(path)) return ErrorCode.BADARGUMENTS;
    if (this.#overlay.find(path) !== undefined) return ErrorCode.NODEEXISTS;
    if (isEphemeral(parent)) return ErrorCode.NOCHILDRENFOREPHEMERALS;
    const parentChange = this.#changeParent(parentPath, parent, context, 1);
    this.#writeCreateTxn(operation, path, acl, parentChange.cversion);
    this.#putCreated(operation, path, acl, context);
    return ErrorCode.OK;
  }

  #delete(operation: WriteOperation, context: PrepContext): ErrorCode {
    const refused = this.#sessions.check(context.sessionId, context.owner);
    if (refused !== ErrorCode.OK) return refused;
    const { path } = operation;
    const parentPath = parentOf(path);
    if (parentPath === undefined || SPECIAL_PATHS.has(path)) return ErrorCode.BADARGUMENTS;
    const parent = this.#overlay.find(parentPath);
    if (parent === undefined) return ErrorCode.NONODE;
    if (!this.#access.isPermitted(parent.acl, Permission.DELETE, context.identities)) return ErrorCode.NOAUTH;
    const znode = this.#overlay.find(path);
    if (znode === undefined) return ErrorCode.NONODE;
    if (!isExpected(operation.flagsOrVersion, znode.version)) return ErrorCode.BADVERSION;
    if (znode.childCount > 0) return ErrorCode.NOTEMPTY;
    operation.copyFields(this.#out);
    this.#changeParent(parentPath, parent, context, -1);
    this.#overlay.remove(changeOf(path, context), znode);
    return ErrorCode.OK;
  }

  #setData(operation: WriteOperation, context: PrepContext): ErrorCode {
    const found = this.#find(operation, context, Permission.WRITE);
    if (typeof found === 'number') return found;
    if (!isExpected(operation.flagsOrVersion, found.version)) return ErrorCode.BADVERSION;
    const change = changeOf(operation.path, context).copy(found);
    change.version = nextVersion(found.version);
    change.mtimeHigh = highWordOfNumber(context.time);
    change.mtimeLow = lowWordOfNumber(context.time);
    change.mzxidHigh = context.zxidHigh;
    change.mzxidLow = context.zxidLow;
    change.contentCrc = contentCrc(operation.path, operation.data);
    // SetDataTxn is the request with the new version in place of the expected one.
    operation.copyFields(this.#out);
    this.#out.writeInt(change.version);
    this.#overlay.put(change, found);
    return ErrorCode.OK;
  }

  #setAcl(operation: WriteOperation, context: PrepContext): ErrorCode {
    const refused = this.#sessions.check(context.sessionId, context.owner);
    if (refused !== ErrorCode.OK) return refused;
    if (!isValidPath(operation.path)) return ErrorCode.BADARGUMENTS;
    const acl = this.#access.effectiveAcl(operation.acl, context.identities);
    if (acl === undefined) return ErrorCode.INVALIDACL;
    const znode = this.#overlay.find(operation.path);
    if (znode === undefined) return ErrorCode.NONODE;
    if (!this.#access.isPermitted(znode.acl, Permission.ADMIN, context.identities)) return ErrorCode.NOAUTH;
    if (!isExpected(operation.flagsOrVersion, znode.aversion)) return ErrorCode.BADVERSION;
    const change = changeOf(operation.path, context).copy(znode);
    change.aversion = nextVersion(znode.aversion);
    change.acl = acl;
    this.#out.writeString(operation.path);
    encodeAclList(this.#out, acl);
    this.#out.writeInt(change.aversion);
    this.#overlay.put(change, znode);
    return ErrorCode.OK;
  }

  #check(operation: WriteOperation, context: PrepContext): ErrorCode {
    const found = this.#find(operation, context, Permission.READ);
    if (typeof found === 'number') return found;
    if (!isExpected(operation.flagsOrVersion, found.version)) return ErrorCode.BADVERSION;
    operation.copyFields(this.#out);
    this.#out.writeInt(nextVersion(found.version));
    return ErrorCode.OK;
  }

  /** The znode that setData and check speak of, or why they may not. */
  #find(operation: WriteOperation, context: PrepContext, permission: number): Znode | ErrorCode {
    const refused = this.#sessions.check(context.sessionId, context.owner);
    if (refused !== ErrorCode.OK) return refused;
    if (!isValidPath(operation.path)) return ErrorCode.BADARGUMENTS;
    const znode = this.#overlay.find(operation.path);
    if (znode === undefined) return ErrorCode.NONODE;
    return this.#access.isPermitted(znode.acl, permission, context.identities) ? znode : ErrorCode.NOAUTH;
  }

  /** A child came or went: cversion counts creations alone. */
  #changeParent(path: string, parent: Znode, context: PrepContext, children: 1 | -1): ChangeRecord {
    const change = changeOf(path, context).copy(parent);
    change.childCount += children;
    if (children === 1) change.cversion = (parent.cversion + 1) | 0;
    change.setPzxid();
    this.#overlay.put(change, parent);
    return change;
  }

  #writeCreateTxn(operation: WriteOperation, path: string, acl: readonly Acl[], parentCversion: number): void {
    const out = this.#out;
    if (path === operation.path && acl === operation.acl) {
      operation.copyFields(out);
    } else {
      out.writeString(path);
      operation.copyData(out);
      encodeAclList(out, acl);
    }
    out.writeBool(isEphemeralMode(operation.flagsOrVersion));
    out.writeInt(parentCversion);
  }

  #putCreated(operation: WriteOperation, path: string, acl: readonly Acl[], context: PrepContext): void {
    const change = changeOf(path, context);
    change.czxidHigh = change.mzxidHigh = context.zxidHigh;
    change.czxidLow = change.mzxidLow = context.zxidLow;
    change.setPzxid();
    change.ctimeHigh = change.mtimeHigh = highWordOfNumber(context.time);
    change.ctimeLow = change.mtimeLow = lowWordOfNumber(context.time);
    change.contentCrc = contentCrc(path, operation.data);
    change.acl = acl;
    if (isEphemeralMode(operation.flagsOrVersion)) {
      change.ephemeralOwnerHigh = highWord(context.sessionId);
      change.ephemeralOwnerLow = lowWord(context.sessionId);
      change.createdFor = context.sessionId;
    }
    this.#overlay.put(change, undefined);
  }
}

const changeOf = (path: string, context: PrepContext): ChangeRecord =>
  new ChangeRecord(path, context.zxidHigh, context.zxidLow);

/** As it stands, before the path is validated (validatePathForCreate); undefined when there is none. */
function parentOf(path: string): string | undefined {
  const lastSlash = path.lastIndexOf('/');
  if (lastSlash < 0 || path.includes('\0')) return undefined;
  return lastSlash === 0 ? '/' : path.slice(0, lastSlash);
}

const isExpected = (expected: number, current: number): boolean => expected === ANY_VERSION || expected === current;

/** Java's int, but never -1, which would mean any version (ZOOKEEPER-4743). */
function nextVersion(current: number): number {
  const next = (current + 1) | 0;
  return next === ANY_VERSION ? 0 : next;
}

/** Java's "%010d". */
const sequenceSuffix = (cversion: number): string =>
  cversion < 0 ? `-${String(-cversion).padStart(9, '0')}` : String(cversion).padStart(10, '0');
