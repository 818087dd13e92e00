// Prepares what makes znodes: create, create2, createContainer and createTTL (PrepRequestProcessor.pRequest2TxnCreate). The
// type says which kind of znode it is; the flags say whether it is ephemeral, numbered, or may have a TTL.

import { CONTAINER_OWNER_HIGH, CONTAINER_OWNER_LOW, contentCrc, type OwnerKindOf, ttlOwnerHigh } from '@zebu/datatree';
import { encodeAclList, type JuteWriter } from '@zebu/jute';
import {
  type Acl,
  ErrorCode,
  isCreateMode,
  isEphemeralMode,
  isSequentialMode,
  isTtlMode,
  isValidPath,
  OpCode,
  Permission,
} from '@zebu/protocol';
import type { SessionTracker } from '@zebu/sessions';
import type { AccessControl } from './access-control.ts';
import type { ChangeOverlay } from './change-overlay.ts';
import type { ChangeRecord, Znode } from './change-record.ts';
import type { PrepContext, PrepDependencies } from './prep-context.ts';
import type { QuotaGuard } from './quota-guard.ts';
import { highWord, highWordOfNumber, lowWord, lowWordOfNumber } from './words.ts';
import type { WriteOperation } from './write-operation.ts';
import { changeOf, countChild, parentOf } from './znode-change.ts';

export class CreationPreparer {
  readonly #overlay: ChangeOverlay;
  readonly #sessions: SessionTracker;
  readonly #access: AccessControl;
  readonly #quotas: QuotaGuard;
  readonly #ownerKind: OwnerKindOf;
  readonly #out: JuteWriter;
  readonly #extendedTypesEnabled: boolean;

  constructor(dependencies: PrepDependencies, extendedTypesEnabled: boolean) {
    const { overlay, sessions, access, quotas, ownerKind, out } = dependencies;
    this.#overlay = overlay;
    this.#sessions = sessions;
    this.#access = access;
    this.#quotas = quotas;
    this.#ownerKind = ownerKind;
    this.#out = out;
    this.#extendedTypesEnabled = extendedTypesEnabled;
  }

  prepare(operation: WriteOperation, context: PrepContext): ErrorCode {
    const refused = this.#refusal(operation, context);
    if (refused !== ErrorCode.OK) return refused;
    if (operation.isPathless) return ErrorCode.MARSHALLINGERROR;
    const parentPath = parentOf(operation.path);
    if (parentPath === undefined) return ErrorCode.BADARGUMENTS;
    const acl = this.#access.effectiveAcl(operation.acl, context.identities);
    if (acl === undefined) return ErrorCode.INVALIDACL;
    const parent = this.#overlay.find(parentPath);
    if (parent === undefined) return ErrorCode.NONODE;
    if (!this.#access.isPermitted(parent.acl, Permission.CREATE, context.identities)) return ErrorCode.NOAUTH;
    const isSequential = isSequentialMode(operation.flagsOrVersion);
    const path = isSequential ? operation.path + sequenceSuffix(parent.cversion) : operation.path;
    if (!isValidPath(path)) return ErrorCode.BADARGUMENTS;
    if (this.#overlay.find(path) !== undefined) return ErrorCode.NODEEXISTS;
    if (this.#isEphemeral(parent)) return ErrorCode.NOCHILDRENFOREPHEMERALS;
    if (this.#quotas.refuses(path, { count: 1, bytes: lengthOf(operation) }, context.time))
      return ErrorCode.QUOTAEXCEEDED;
    const { cversion } = countChild(this.#overlay, parentPath, { parent, children: 1 }, context);
    this.#writeTxn(operation, path, acl, cversion);
    this.#putCreated(operation, path, acl, context);
    return ErrorCode.OK;
  }

  /** What the flags, the TTL and the session alone refuse (validateCreateRequest). */
  #refusal({ type, flagsOrVersion: mode, ttlHigh, ttlLow }: WriteOperation, context: PrepContext): ErrorCode {
    if (!isCreateMode(mode)) return ErrorCode.BADARGUMENTS;
    if (isTtlMode(mode)) {
      if (!this.#extendedTypesEnabled) return ErrorCode.UNIMPLEMENTED;
      if (type !== OpCode.CREATE_TTL || !isTtl(ttlHigh, ttlLow)) return ErrorCode.BADARGUMENTS;
    } else if (type === OpCode.CREATE_TTL) {
      // With a negative TTL ZooKeeper makes a txn of it, which ends every server that applies it.
      return ErrorCode.BADARGUMENTS;
    }
    return this.#refusalOfCreator(type, mode, context);
  }

  /** Only a global session may own an ephemeral. What asks for one out of turn, a container, hears no more than that (checkUpgradeSession). */
  #refusalOfCreator(type: number, mode: number, { sessionId, owner }: PrepContext): ErrorCode {
    if (!isEphemeralMode(mode)) return this.#sessions.check(sessionId, owner);
    const refused = this.#sessions.checkGlobal(sessionId, owner);
    const mayUpgrade = type === OpCode.CREATE || type === OpCode.CREATE2;
    return refused === ErrorCode.EPHEMERALONLOCALSESSION && !mayUpgrade ? ErrorCode.SESSIONEXPIRED : refused;
  }

  /** Owned by a session, which neither a container nor a znode with a TTL is. */
  #isEphemeral({ ephemeralOwnerHigh, ephemeralOwnerLow }: Znode): boolean {
    return this.#ownerKind(ephemeralOwnerHigh, ephemeralOwnerLow) === 'session';
  }

  #writeTxn(operation: WriteOperation, path: string, acl: readonly Acl[], parentCversion: number): void {
    const out = this.#out;
    if (path === operation.path && acl === operation.acl) {
      operation.copyFields(out);
    } else {
      out.writeString(path);
      operation.copyData(out);
      encodeAclList(out, acl);
    }
    const { type, flagsOrVersion, ttlHigh, ttlLow } = operation;
    if (type === OpCode.CREATE || type === OpCode.CREATE2) out.writeBool(isEphemeralMode(flagsOrVersion));
    out.writeInt(parentCversion);
    if (type === OpCode.CREATE_TTL) out.writeLongHalves(ttlHigh, ttlLow);
  }

  #putCreated(operation: WriteOperation, path: string, acl: readonly Acl[], context: PrepContext): void {
    const change = changeOf(path, context);
    change.czxidHigh = change.mzxidHigh = context.zxidHigh;
    change.czxidLow = change.mzxidLow = context.zxidLow;
    change.setPzxid();
    change.ctimeHigh = change.mtimeHigh = highWordOfNumber(context.time);
    change.ctimeLow = change.mtimeLow = lowWordOfNumber(context.time);
    change.dataLength = lengthOf(operation);
    change.contentCrc = contentCrc(path, operation.data);
    change.acl = acl;
    setOwner(change, operation, context);
    this.#overlay.put(change, undefined);
  }
}

const lengthOf = ({ data }: WriteOperation): number => data?.length ?? 0;

/** As the txn will be applied. ZooKeeper's prep goes by the flags here, and its digest is then wrong where they contradict the type. */
function setOwner(change: ChangeRecord, operation: WriteOperation, context: PrepContext): void {
  const { type, flagsOrVersion, ttlHigh, ttlLow } = operation;
  if (type === OpCode.CREATE_CONTAINER) {
    change.ephemeralOwnerHigh = CONTAINER_OWNER_HIGH;
    change.ephemeralOwnerLow = CONTAINER_OWNER_LOW;
  } else if (type === OpCode.CREATE_TTL) {
    change.ephemeralOwnerHigh = ttlOwnerHigh(ttlHigh);
    change.ephemeralOwnerLow = ttlLow;
  } else if (isEphemeralMode(flagsOrVersion)) {
    change.ephemeralOwnerHigh = highWord(context.sessionId);
    change.ephemeralOwnerLow = lowWord(context.sessionId);
    change.createdFor = context.sessionId;
  }
}

/** From 1 to 2^40 - 1 (EphemeralType.TTL). */
const isTtl = (high: number, low: number): boolean => high >>> 8 === 0 && (high | low) !== 0;

/** Java's "%010d". */
const sequenceSuffix = (cversion: number): string =>
  cversion < 0 ? `-${String(-cversion).padStart(9, '0')}` : String(cversion).padStart(10, '0');
