// A write as its client sent it: one operation, alone or in a multi. Where the txn's record repeats the request's bytes they
// are copied as they stand, so offsets are kept beside the values.

import { JuteError, type JuteReader, type JuteWriter } from '@zebu/jute';
import { type Acl, CreateMode, isCreateMode, isTtlMode, OpCode } from '@zebu/protocol';
import type { AclReader } from './acl-reader.ts';

const NO_ACL: readonly Acl[] = [];
const NO_BYTES = new Uint8Array(0);
/** DeleteContainerRequest has none. */
const ANY_VERSION = -1;

export class WriteOperation {
  type: number = OpCode.ERROR;
  path = '';
  /** No path at all. Whoever prepares the operation refuses it: with BADARGUMENTS, if the path is what is looked at first. */
  isPathless = false;
  data: Uint8Array | null = null;
  acl: readonly Acl[] = NO_ACL;
  /** The flags of a creation, else the version that is expected. */
  flagsOrVersion = 0;
  /** Of a CREATE_TTL, in milliseconds. */
  ttlHigh = 0;
  ttlLow = 0;
  #bytes: Uint8Array = NO_BYTES;
  /** Of the record: path, then data, then ACL, then the integer; some of them absent. */
  #start = 0;
  #pathEnd = 0;
  #dataEnd = 0;
  #aclEnd = 0;

  /** Throws JuteError when the record is not whole, or the type is none that is known here. */
  read(reader: JuteReader, type: number, acls: AclReader): this {
    this.type = type;
    this.#bytes = reader.bytes;
    this.#start = reader.offset;
    const path = reader.readString();
    this.isPathless = path === null;
    if (this.isPathless && !isRefusedLater(type)) throw new JuteError('path is null', this.#start);
    this.path = path ?? '';
    this.#pathEnd = reader.offset;
    this.data = hasData(type) ? reader.readBuffer() : null;
    this.#dataEnd = reader.offset;
    this.acl = hasAcl(type) ? acls.read(reader) : NO_ACL;
    this.#aclEnd = reader.offset;
    this.flagsOrVersion = type === OpCode.DELETE_CONTAINER ? ANY_VERSION : reader.readInt();
    if (type === OpCode.CREATE_TTL) {
      this.ttlHigh = reader.readInt();
      this.ttlLow = reader.readInt();
    }
    return this;
  }

  /** The type that the operation of a multi has in the end: there, the flags of a creation say more (Op.create). */
  takeTypeOfMode(): void {
    const mode = this.flagsOrVersion;
    if (mode === CreateMode.CONTAINER) this.type = OpCode.CREATE_CONTAINER;
    else if (this.type === OpCode.CREATE_TTL && !isTtlMode(mode)) this.type = OpCode.CREATE;
  }

  /** As Java tells a null list from an empty one. */
  get hasNullAcl(): boolean {
    // Its count would be -1.
    return hasAcl(this.type) && this.#bytes.subarray(this.#dataEnd, this.#dataEnd + 4).every((byte) => byte === 0xff);
  }

  get isCreation(): boolean {
    return hasData(this.type) && hasAcl(this.type);
  }

  /** Everything before the integer, as it came. */
  copyFields(out: JuteWriter): void {
    out.writeRaw(this.#bytes, this.#start, this.#aclEnd);
  }

  /** The data (with its length) as it came. */
  copyData(out: JuteWriter): void {
    out.writeRaw(this.#bytes, this.#pathEnd, this.#dataEnd);
  }
}

/** The operations of a multi: all of them are read before the first is looked at, as MultiOperationRecord does. */
export function readMulti(reader: JuteReader, acls: AclReader): WriteOperation[] {
  const operations: WriteOperation[] = [];
  for (;;) {
    const type = reader.readInt();
    const done = reader.readBool();
    reader.readInt();
    if (done) return operations;
    if (!mayBeInMulti(type)) throw new JuteError(`type ${type} in a multi`, reader.offset);
    const operation = new WriteOperation().read(reader, type, acls);
    if (operation.isPathless) throw new JuteError('path is null', reader.offset);
    if (operation.isCreation) checkCreation(operation, reader.offset);
    operations.push(operation);
  }
}

/** What CreateOptions refuses; the request for a TTL znode, which has none, is looked at later. */
function checkCreation(operation: WriteOperation, offset: number): void {
  if (operation.type !== OpCode.CREATE_TTL) {
    const mode = operation.flagsOrVersion;
    if (!isCreateMode(mode) || isTtlMode(mode)) throw new JuteError(`create mode ${mode}`, offset);
    if (operation.hasNullAcl) throw new JuteError('ACL is null', offset);
  }
  operation.takeTypeOfMode();
}

const isCreationType = (type: number): boolean =>
  type === OpCode.CREATE || type === OpCode.CREATE2 || type === OpCode.CREATE_CONTAINER || type === OpCode.CREATE_TTL;

const hasData = (type: number): boolean => type === OpCode.SET_DATA || isCreationType(type);
const hasAcl = (type: number): boolean => type === OpCode.SET_ACL || isCreationType(type);

/** Where ZooKeeper hands the path to PathUtils before it does anything else with it, or looks at something else before. */
const isRefusedLater = (type: number): boolean =>
  type === OpCode.SET_DATA || type === OpCode.SET_ACL || type === OpCode.CHECK || isCreationType(type);

const mayBeInMulti = (type: number): boolean =>
  isCreationType(type) || type === OpCode.DELETE || type === OpCode.SET_DATA || type === OpCode.CHECK;
