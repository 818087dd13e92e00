// Turns one write into the record of its txn, or says why not: ZooKeeper's checks in ZooKeeper's order
// (PrepRequestProcessor.pRequest2Txn). Nothing is written and nothing changes before the last check has passed.

import { contentCrc, type OwnerKindOf, ttlMsOf } from '@zebu/datatree';
import { encodeAclList, type JuteWriter } from '@zebu/jute';
import { ErrorCode, InvariantError, isValidPath, type Millis, OpCode, Permission } from '@zebu/protocol';
import type { SessionTracker } from '@zebu/sessions';
import type { AccessControl } from './access-control.ts';
import type { ChangeOverlay } from './change-overlay.ts';
import type { Znode } from './change-record.ts';
import { CreationPreparer } from './creation-preparer.ts';
import type { PrepContext, PrepDependencies } from './prep-context.ts';
import type { PrepOptions } from './prep-options.ts';
import type { QuotaGuard } from './quota-guard.ts';
import { highWordOfNumber, lowWordOfNumber, numberOf } from './words.ts';
import type { WriteOperation } from './write-operation.ts';
import { changeOf, countChild, deletableParentOf } from './znode-change.ts';

const ANY_VERSION = -1;

export class OperationPreparer {
  readonly #overlay: ChangeOverlay;
  readonly #sessions: SessionTracker;
  readonly #access: AccessControl;
  readonly #quotas: QuotaGuard;
  readonly #ownerKind: OwnerKindOf;
  readonly #out: JuteWriter;
  readonly #creations: CreationPreparer;
  readonly #maxNeverUsedMs: Millis;

  constructor(dependencies: PrepDependencies, options: PrepOptions, maxNeverUsedMs: Millis) {
    this.#maxNeverUsedMs = maxNeverUsedMs;
    this.#overlay = dependencies.overlay;
    this.#sessions = dependencies.sessions;
    this.#access = dependencies.access;
    this.#quotas = dependencies.quotas;
    this.#ownerKind = dependencies.ownerKind;
    this.#out = dependencies.out;
    this.#creations = new CreationPreparer(dependencies, options.extendedTypesEnabled);
  }

  /** Appends the record and puts the changes into the overlay when it returns OK, and does nothing otherwise. */
  prepare(operation: WriteOperation, context: PrepContext): ErrorCode {
    switch (operation.type) {
      case OpCode.CREATE:
      case OpCode.CREATE2:
      case OpCode.CREATE_CONTAINER:
      case OpCode.CREATE_TTL:
        return this.#creations.prepare(operation, context);
      case OpCode.DELETE:
        return this.#delete(operation, context);
      case OpCode.DELETE_CONTAINER:
        return this.#deleteContainer(operation, context);
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

  #delete(operation: WriteOperation, context: PrepContext): ErrorCode {
    const refused = this.#sessions.check(context.sessionId, context.owner);
    if (refused !== ErrorCode.OK) return refused;
    const { path } = operation;
    const parentPath = deletableParentOf(path);
    if (parentPath === undefined) return ErrorCode.BADARGUMENTS;
    const parent = this.#overlay.find(parentPath);
    if (parent === undefined) return ErrorCode.NONODE;
    if (!this.#access.isPermitted(parent.acl, Permission.DELETE, context.identities)) return ErrorCode.NOAUTH;
    const znode = this.#overlay.find(path);
    if (znode === undefined) return ErrorCode.NONODE;
    if (!isExpected(operation.flagsOrVersion, znode.version)) return ErrorCode.BADVERSION;
    if (znode.childCount > 0) return ErrorCode.NOTEMPTY;
    this.#remove(operation, { parentPath, parent, znode }, context);
    return ErrorCode.OK;
  }

  /** A container or TTL znode that ContainerManager took for unused. It may have changed under txns that are not applied yet. */
  #deleteContainer(operation: WriteOperation, context: PrepContext): ErrorCode {
    const { path } = operation;
    const parentPath = deletableParentOf(path);
    if (parentPath === undefined) return ErrorCode.BADARGUMENTS;
    const znode = this.#overlay.find(path);
    if (znode === undefined) return ErrorCode.NONODE;
    if (znode.childCount > 0) return ErrorCode.NOTEMPTY;
    if (!this.#isCollectable(znode, context)) return ErrorCode.BADVERSION;
    const parent = this.#overlay.find(parentPath);
    if (parent === undefined) return ErrorCode.NONODE;
    this.#remove(operation, { parentPath, parent, znode }, context);
    return ErrorCode.OK;
  }

  /**
   * A znode whose TTL has passed since its data was written, or a container that has been used; children are looked at elsewhere. A
   * container may have taken the place of the one that was found, and its first child may be about to come.
   */
  #isCollectable(znode: Znode, context: PrepContext): boolean {
    const { ephemeralOwnerHigh: high, ephemeralOwnerLow: low } = znode;
    const kind = this.#ownerKind(high, low);
    const elapsedMs = context.time - numberOf(znode.mtimeHigh, znode.mtimeLow);
    if (kind === 'ttl') return elapsedMs > ttlMsOf(high, low);
    return (
      kind === 'container' && (znode.cversion > 0 || (this.#maxNeverUsedMs !== 0 && elapsedMs > this.#maxNeverUsedMs))
    );
  }

  #remove(
    operation: WriteOperation,
    { parentPath, parent, znode }: { parentPath: string; parent: Znode; znode: Znode },
    context: PrepContext,
  ): void {
    operation.copyFields(this.#out);
    countChild(this.#overlay, parentPath, { parent, children: -1 }, context);
    this.#overlay.remove(changeOf(operation.path, context), znode);
  }

  #setData(operation: WriteOperation, context: PrepContext): ErrorCode {
    const found = this.#find(operation, context, Permission.WRITE);
    if (typeof found === 'number') return found;
    const length = operation.data?.length ?? 0;
    const growth = { count: 0, bytes: length - found.dataLength };
    if (this.#quotas.refuses(operation.path, growth, context.time)) return ErrorCode.QUOTAEXCEEDED;
    if (!isExpected(operation.flagsOrVersion, found.version)) return ErrorCode.BADVERSION;
    const change = changeOf(operation.path, context).copy(found);
    change.version = nextVersion(found.version);
    change.mtimeHigh = highWordOfNumber(context.time);
    change.mtimeLow = lowWordOfNumber(context.time);
    change.mzxidHigh = context.zxidHigh;
    change.mzxidLow = context.zxidLow;
    change.dataLength = length;
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
}

const isExpected = (expected: number, current: number): boolean => expected === ANY_VERSION || expected === current;

/** Java's int, but never -1, which would mean any version (ZOOKEEPER-4743). */
function nextVersion(current: number): number {
  const next = (current + 1) | 0;
  return next === ANY_VERSION ? 0 : next;
}
