// Turns requests into txns, one for each, on the leader or a standalone server (ZooKeeper's PrepRequestProcessor). What is
// refused becomes an error txn with a zxid of its own, so that its client's server answers it in its place.

import type { PrepTree } from './tree-views.ts';
import type { Authentication, Logger } from '@zebu/interfaces';
import { ownerKind, ownerKindOf353 } from '@zebu/datatree';
import { decodeReconfigRequest, JuteError, JuteReader } from '@zebu/jute';
import {
  ErrorCode,
  type ForwardedRequest,
  type Millis,
  NO_SESSION,
  OpCode,
  type ServerId,
  type TxnBytes,
  type WallClockMs,
  type Zxid,
} from '@zebu/protocol';
import type { SessionTracker } from '@zebu/sessions';
import { AccessControl } from './access-control.ts';
import { AclReader } from './acl-reader.ts';
import { ChangeOverlay } from './change-overlay.ts';
import { OperationPreparer } from './operation-preparer.ts';
import type { PrepContext, PrepDependencies } from './prep-context.ts';
import { DEFAULT_PREP_OPTIONS, type PrepOptions } from './prep-options.ts';
import { QuotaGuard } from './quota-guard.ts';
import { type EnsembleView, ReconfigPreparer } from './reconfig-preparer.ts';
import { SessionPreparer } from './session-preparer.ts';
import { TxnBatch } from './txn-batch.ts';
import { highWord, lowWord } from './words.ts';
import { readMulti, WriteOperation } from './write-operation.ts';

export interface PrepProcessorOptions {
  readonly tree: PrepTree;
  readonly sessions: SessionTracker;
  /** Called once per request, in order. */
  readonly nextZxid: () => Zxid;
  readonly authentication: Authentication;
  readonly logger: Logger;
  readonly options?: PrepOptions;
  /** How long a container may stay that never had a child; 0, as untold, is for ever. */
  readonly maxNeverUsedMs?: Millis;
  /** Undefined for a standalone server, which has none to change. */
  readonly ensemble?: EnsembleView | undefined;
}

export class PrepProcessor {
  readonly #nextZxid: () => Zxid;
  readonly #overlay: ChangeOverlay;
  readonly #batch: TxnBatch;
  readonly #operations: OperationPreparer;
  readonly #reconfigs: ReconfigPreparer;
  readonly #sessions: SessionPreparer;
  readonly #acls = new AclReader();
  readonly #reader = new JuteReader();
  /** Reused: requests are prepared one at a time. */
  readonly #operation = new WriteOperation();
  readonly #context: PrepContext = {
    sessionId: NO_SESSION,
    owner: 0 as ServerId,
    identities: [],
    zxidHigh: 0,
    zxidLow: 0,
    time: 0,
  };

  constructor(options: PrepProcessorOptions) {
    this.#nextZxid = options.nextZxid;
    this.#overlay = new ChangeOverlay(options.tree);
    const prepOptions = options.options ?? DEFAULT_PREP_OPTIONS;
    const { skipAcl, emulate353TtlNodes, enforceQuota } = prepOptions;
    this.#batch = new TxnBatch(prepOptions.digestEnabled);
    const access = new AccessControl({ providers: options.authentication.providers, skipAcl });
    const { sessions } = options;
    const dependencies: PrepDependencies = {
      overlay: this.#overlay,
      sessions,
      access,
      quotas: new QuotaGuard(options.tree, enforceQuota, options.logger),
      ownerKind: emulate353TtlNodes ? ownerKindOf353 : ownerKind,
      out: this.#batch.writer,
    };
    this.#operations = new OperationPreparer(dependencies, prepOptions, options.maxNeverUsedMs ?? 0);
    this.#reconfigs = new ReconfigPreparer(dependencies, prepOptions, options.ensemble);
    this.#sessions = new SessionPreparer(this.#overlay, sessions, this.#batch.writer, {
      listsEphemerals: prepOptions.closeSessionTxnEnabled,
    });
  }

  /** Changes that are in no tree yet. */
  get outstandingChangeCount(): number {
    return this.#overlay.size;
  }

  /** Sessions whose end is prepared and not applied yet. */
  get closingCount(): number {
    return this.#sessions.closingCount;
  }

  /**
   * One txn per request, in order; `owner` is the server that forwarded them. CREATE_SESSION starts to be tracked, with that
   * owner; CLOSE_SESSION is closing from now on.
   */
  prepare(requests: readonly ForwardedRequest[], owner: ServerId, now: Millis, wallClock: WallClockMs): TxnBytes[] {
    this.#context.owner = owner;
    this.#context.time = Math.floor(wallClock);
    for (const request of requests) this.#prepareOne(request, now);
    return this.#batch.take();
  }

  /** Everything up to zxid is in the tree: its overlay records are forgotten, and sessions that it closed leave the tracker. */
  onApplied(zxid: Zxid): void {
    this.#overlay.release(zxid);
    this.#sessions.onApplied(zxid);
  }

  #prepareOne(request: ForwardedRequest, now: Millis): void {
    const context = this.#context;
    const zxid = this.#nextZxid();
    context.sessionId = request.sessionId;
    context.identities = request.authInfo;
    context.zxidHigh = highWord(zxid);
    context.zxidLow = lowWord(zxid);
    const { zxidHigh, zxidLow, time } = context;
    this.#overlay.beginTxn();
    this.#batch.begin({
      sessionId: request.sessionId,
      cxid: request.cxid,
      zxidHigh,
      zxidLow,
      time,
      type: request.type,
    });
    const error = this.#prepareRecord(request, zxid, now);
    if (error !== ErrorCode.OK) this.#batch.fail(error);
    this.#batch.end(this.#overlay.digest);
  }

  #prepareRecord(request: ForwardedRequest, zxid: Zxid, now: Millis): ErrorCode {
    const reader = this.#reader;
    reader.reset(request.payload);
    try {
      switch (request.type) {
        case OpCode.CREATE_SESSION:
          return this.#sessions.create(reader, this.#context, now);
        case OpCode.CLOSE_SESSION:
          return this.#sessions.close(this.#context, zxid);
        case OpCode.MULTI:
          return this.#prepareMulti(readMulti(reader, this.#acls));
        case OpCode.CREATE:
        case OpCode.CREATE2:
        case OpCode.CREATE_CONTAINER:
        case OpCode.CREATE_TTL:
        case OpCode.DELETE:
        case OpCode.DELETE_CONTAINER:
        case OpCode.SET_DATA:
        case OpCode.SET_ACL:
          return this.#operations.prepare(this.#operation.read(reader, request.type, this.#acls), this.#context);
        case OpCode.RECONFIG:
          return this.#reconfigs.prepare(decodeReconfigRequest(reader), this.#context);
        default:
          return ErrorCode.UNIMPLEMENTED;
      }
    } catch (error) {
      // Requests are read whole before anything is written, so the batch is as it was.
      if (error instanceof JuteError) return ErrorCode.MARSHALLINGERROR;
      throw error;
    }
  }

  /** All or nothing: after the first refusal every operation is an error, and the overlay is as before. */
  #prepareMulti(operations: readonly WriteOperation[]): ErrorCode {
    const out = this.#batch.writer;
    this.#overlay.mark();
    let failed = false;
    out.writeInt(operations.length);
    for (const operation of operations) {
      const typeAt = out.length;
      // ZooKeeper 3.8 cannot apply a create2 in a multi, and loses the whole txn without a word; the records are the same.
      out.writeInt(operation.type === OpCode.CREATE2 ? OpCode.CREATE : operation.type);
      out.writeInt(0);
      const error = failed ? ErrorCode.RUNTIMEINCONSISTENCY : this.#operations.prepare(operation, this.#context);
      if (error !== ErrorCode.OK) {
        out.patchInt(typeAt, OpCode.ERROR);
        out.writeInt(error);
        if (!failed) this.#overlay.rollback();
        failed = true;
      }
      out.patchInt(typeAt + 4, out.length - typeAt - 8);
    }
    if (!failed) this.#overlay.keep();
    return ErrorCode.OK;
  }
}
