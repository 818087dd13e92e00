// The one apply path (DataTree.processTxn): live commits, synchronization and replay all come through here.

import { JuteError, JuteReader } from '@zebu/jute';
import type { ErrorCode as Code } from '@zebu/protocol';
import { ErrorCode, OpCode, STAT_BYTES } from '@zebu/protocol';
import type { DigestCheck } from './digest-check.ts';
import { DIGEST_VERSION } from './digest.ts';
import { CONTAINER_OWNER_HIGH, CONTAINER_OWNER_LOW, ttlOwnerHigh } from './ephemeral-owner.ts';
import { NO_NODE } from './node-store.ts';
import { PathKey } from './path-key.ts';
import type { SessionTable } from './session-table.ts';
import { LazyOutcome, type OperationOutcome, type TxnOutcome } from './txn-outcome.ts';
import { TxnPosition } from './txn-position.ts';
import { TxnRecord } from './txn-record.ts';
import type { WatchEventSink } from './watch-event-sink.ts';
import { isAbove } from './words.ts';
import type { ZnodeChanges } from './znode-changes.ts';
import type { Znodes } from './znodes.ts';

const TXN_DIGEST_BYTES = 12;
const MINIMUM_PART_BYTES = 8;
const MINIMUM_STRING_BYTES = 4;

export interface TxnApplierDependencies {
  readonly znodes: Znodes;
  readonly changes: ZnodeChanges;
  readonly sessions: SessionTable;
  readonly digestCheck: DigestCheck;
}

export class TxnApplier {
  readonly #znodes: Znodes;
  readonly #changes: ZnodeChanges;
  readonly #sessions: SessionTable;
  readonly #digestCheck: DigestCheck;
  readonly #txn = new TxnPosition();
  readonly #reader = new JuteReader();
  readonly #partReader = new JuteReader();
  readonly #record = new TxnRecord();
  readonly #outcome = new LazyOutcome(this.#txn);
  readonly #stat = new Uint8Array(STAT_BYTES);
  readonly #ephemeral = new PathKey();

  constructor(dependencies: TxnApplierDependencies) {
    this.#znodes = dependencies.znodes;
    this.#changes = dependencies.changes;
    this.#sessions = dependencies.sessions;
    this.#digestCheck = dependencies.digestCheck;
  }

  /** Throws JuteError on bytes that are no txn, or one of a type that no ZooKeeper logs; the tree is then of no use. */
  apply(bytes: Uint8Array, events: WatchEventSink): TxnOutcome {
    const reader = this.#reader;
    const outcome = this.#outcome;
    reader.reset(bytes);
    this.#txn.read(reader);
    outcome.reset();
    this.#applyRecord(reader, events);
    outcome.digestMismatch = !this.#digestCheck.afterTxn(this.#txn, reader);
    return outcome;
  }

  /** Of the txn applied last. */
  isAbove(zxidHigh: number, zxidLow: number): boolean {
    return isAbove(this.#txn.zxidHigh, this.#txn.zxidLow, zxidHigh, zxidLow);
  }

  get zxidHigh(): number {
    return this.#txn.zxidHigh;
  }

  get zxidLow(): number {
    return this.#txn.zxidLow;
  }

  #applyRecord(reader: JuteReader, events: WatchEventSink): void {
    const { type, sessionHigh, sessionLow } = this.#txn;
    switch (type) {
      case OpCode.CREATE_SESSION:
        return this.#sessions.put(sessionHigh, sessionLow, reader.readInt());
      case OpCode.CLOSE_SESSION:
        return this.#closeSession(reader, events);
      case OpCode.MULTI:
        return this.#applyMulti(reader, events);
      default:
        return this.#applySimple(reader, type, events);
    }
  }

  #applySimple(reader: JuteReader, type: number, events: WatchEventSink): void {
    const outcome = this.#outcome;
    if (!this.#record.read(reader, type)) throw new JuteError(`txn of the unknown type ${type}`, reader.offset);
    outcome.error = this.#perform(type, events);
    if (type !== OpCode.ERROR) outcome.key = this.#record.key;
    if (outcome.error === ErrorCode.OK && leavesStat(type)) outcome.stat = this.#copyStat(this.#stat);
  }

  /** Applies the record just read. */
  #perform(type: number, events: WatchEventSink): Code {
    const record = this.#record;
    const txn = this.#txn;
    switch (type) {
      case OpCode.CREATE:
      case OpCode.CREATE2:
        return record.isEphemeral
          ? this.#changes.create(record, txn, txn.sessionHigh, txn.sessionLow, events)
          : this.#changes.create(record, txn, 0, 0, events);
      case OpCode.CREATE_CONTAINER:
        return this.#changes.create(record, txn, CONTAINER_OWNER_HIGH, CONTAINER_OWNER_LOW, events);
      case OpCode.CREATE_TTL:
        return this.#changes.create(record, txn, ttlOwnerHigh(record.ttlHigh), record.ttlLow, events);
      case OpCode.DELETE:
      case OpCode.DELETE_CONTAINER:
        return this.#changes.delete(record.key, txn, events);
      case OpCode.SET_DATA:
      case OpCode.RECONFIG:
        return this.#changes.setData(record, txn, events);
      case OpCode.SET_ACL:
        return this.#changes.setAcl(record);
      case OpCode.ERROR:
        return record.error as Code;
      default:
        // OpCode.CHECK: prep has checked the version (ZOOKEEPER-2623: a lone one may be in a log).
        return ErrorCode.OK;
    }
  }

  /** A multi with an error in any part changes nothing: each part is an error, the rest of a mixed one as ZooKeeper makes it. */
  #applyMulti(reader: JuteReader, events: WatchEventSink): void {
    const outcome = this.#outcome;
    const operations: OperationOutcome[] = [];
    const failed = this.#hasErrorPart(reader.bytes, reader.offset);
    let errorSeen = false;
    const count = reader.readCount(MINIMUM_PART_BYTES);
    for (let i = 0; i < count; i++) {
      const type = this.#openPart(reader);
      errorSeen ||= type === OpCode.ERROR;
      operations.push(failed ? this.#failPart(type, errorSeen) : this.#applyPart(type, events));
      if (outcome.error === ErrorCode.OK) outcome.error = (operations[i] as OperationOutcome).error;
    }
    outcome.operations = operations;
  }

  #applyPart(type: number, events: WatchEventSink): OperationOutcome {
    const record = this.#record;
    if (!record.read(this.#partReader, type)) {
      throw new JuteError(`part of a multi of the unknown type ${type}`, this.#partReader.offset);
    }
    const error = this.#perform(type, events);
    const hasStat = error === ErrorCode.OK && leavesStat(type);
    return {
      type,
      error,
      path: record.key.text(),
      stat: hasStat ? this.#copyStat(new Uint8Array(STAT_BYTES)) : undefined,
    };
  }

  #failPart(type: number, errorSeen: boolean): OperationOutcome {
    let error: Code = errorSeen ? ErrorCode.RUNTIMEINCONSISTENCY : ErrorCode.OK;
    if (type === OpCode.ERROR) error = this.#partReader.readInt() as Code;
    return { type: OpCode.ERROR, error, path: undefined, stat: undefined };
  }

  /** Sets the part reader to the record of the next part and returns its type. */
  #openPart(reader: JuteReader): number {
    const type = reader.readInt();
    const length = reader.readInt();
    const start = reader.offset;
    reader.skip(length);
    this.#partReader.reset(reader.bytes, start, reader.offset);
    return type;
  }

  #hasErrorPart(bytes: Uint8Array, start: number): boolean {
    const reader = this.#partReader;
    reader.reset(bytes, start, bytes.length);
    const count = reader.readCount(MINIMUM_PART_BYTES);
    for (let i = 0; i < count; i++) {
      if (reader.readInt() === OpCode.ERROR) return true;
      reader.skip(reader.readInt());
    }
    return false;
  }

  /** First the znodes that the txn lists, as prep saw them; then any that this tree alone knows (DataTree.killSession). */
  #closeSession(reader: JuteReader, events: WatchEventSink): void {
    const { sessionHigh, sessionLow } = this.#txn;
    this.#sessions.remove(sessionHigh, sessionLow);
    if (!isBareCloseSession(reader)) {
      const count = reader.readCount(MINIMUM_STRING_BYTES);
      for (let i = 0; i < count; i++) {
        this.#record.readPath(reader);
        this.#changes.delete(this.#record.key, this.#txn, events);
      }
    }
    const { ephemerals, names } = this.#znodes;
    for (;;) {
      const node = ephemerals.first(sessionHigh, sessionLow);
      if (node === NO_NODE) break;
      names.writePath(node, this.#ephemeral);
      this.#changes.delete(this.#ephemeral, this.#txn, events);
    }
    ephemerals.forget(sessionHigh, sessionLow);
  }

  #copyStat(target: Uint8Array): Uint8Array {
    const { nodes } = this.#znodes;
    const bytes = nodes.statBytes(this.#changes.changed);
    const offset = nodes.statOffset(this.#changes.changed);
    for (let i = 0; i < STAT_BYTES; i++) target[i] = bytes[offset + i] as number;
    return target;
  }
}

function leavesStat(type: number): boolean {
  return type !== OpCode.DELETE && type !== OpCode.DELETE_CONTAINER && type !== OpCode.CHECK && type !== OpCode.ERROR;
}

/**
 * ZooKeeper before 3.6, or with closeSessionTxn.enabled=false, writes no record: then nothing follows, or a digest alone. As a
 * vector that would be two paths in eight bytes, and no path is empty.
 */
function isBareCloseSession(reader: JuteReader): boolean {
  if (reader.remaining === 0) return true;
  return reader.remaining === TXN_DIGEST_BYTES && startsWithDigestVersion(reader);
}

function startsWithDigestVersion(reader: JuteReader): boolean {
  return new JuteReader(reader.bytes, reader.offset).readInt() === DIGEST_VERSION;
}
