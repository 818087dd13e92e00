// The record of a txn, or of a part of a multi, read where it lies: paths stay bytes, data and ACLs stay ranges. One object is
// reused for every txn; `@zebu/jute` has the decoder that gives values of their own.

import type { JuteReader } from '@zebu/jute';
import { JuteError } from '@zebu/jute';
import { OpCode } from '@zebu/protocol';
import { PathKey, textOf } from './path-key.ts';
import { NULL_DATA } from './znodes.ts';

/** parentCVersion of a CreateTxnV0, which does not record it. */
export const NO_PARENT_CVERSION = -1;
/** aclStart of a null ACL. */
export const NULL_ACL = -1;

export class TxnRecord {
  /** Where all ranges below lie. */
  bytes: Uint8Array = new Uint8Array(0);
  readonly key: PathKey = new PathKey();
  dataStart = 0;
  /** NULL_DATA for null. */
  dataLength: number = NULL_DATA;
  /** The jute vector; NULL_ACL for null. */
  aclStart: number = NULL_ACL;
  aclEnd = 0;
  isEphemeral = false;
  parentCVersion: number = NO_PARENT_CVERSION;
  ttlHigh = 0;
  ttlLow = 0;
  /** Of setData and setACL: the version after the txn. */
  version = 0;
  error = 0;

  /** Reads the record that the type has; false for a type with a record that is none of these. */
  read(reader: JuteReader, type: number): boolean {
    this.bytes = reader.bytes;
    switch (type) {
      case OpCode.CREATE:
      case OpCode.CREATE2:
        this.#readCreate(reader);
        return true;
      case OpCode.CREATE_CONTAINER:
        this.#readCreated(reader);
        this.parentCVersion = reader.readInt();
        return true;
      case OpCode.CREATE_TTL:
        this.#readCreateTtl(reader);
        return true;
      case OpCode.DELETE:
      case OpCode.DELETE_CONTAINER:
        this.readPath(reader);
        return true;
      case OpCode.SET_DATA:
      case OpCode.RECONFIG:
        this.readPath(reader);
        this.#readData(reader);
        this.version = reader.readInt();
        return true;
      case OpCode.SET_ACL:
        this.readPath(reader);
        this.#readAcl(reader);
        this.version = reader.readInt();
        return true;
      case OpCode.CHECK:
        this.readPath(reader);
        this.version = reader.readInt();
        return true;
      case OpCode.ERROR:
        this.error = reader.readInt();
        return true;
      default:
        return false;
    }
  }

  readPath(reader: JuteReader): void {
    const length = reader.readInt();
    const start = reader.offset;
    reader.skip(length);
    this.key.setBytes(reader.bytes, start, start + length);
    if (length === 0 || !this.key.isAbsolute) throw new JuteError('a path that is not absolute', start);
    // What names a znode must be text: throws JuteError.
    if (!this.key.isAscii) textOf(reader.bytes, start, start + length);
  }

  #readCreate(reader: JuteReader): void {
    this.#readCreated(reader);
    this.isEphemeral = reader.readBool();
    // CreateTxnV0 ends here, and comes from before digests followed the record (SerializeUtils.deserializeTxn).
    this.parentCVersion = reader.remaining === 0 ? NO_PARENT_CVERSION : reader.readInt();
  }

  #readCreateTtl(reader: JuteReader): void {
    this.#readCreated(reader);
    this.parentCVersion = reader.readInt();
    this.ttlHigh = reader.readInt();
    this.ttlLow = reader.readInt();
  }

  #readCreated(reader: JuteReader): void {
    this.readPath(reader);
    this.#readData(reader);
    this.#readAcl(reader);
  }

  #readData(reader: JuteReader): void {
    const length = reader.readInt();
    this.dataStart = reader.offset;
    this.dataLength = length;
    if (length !== NULL_DATA) reader.skip(length);
  }

  #readAcl(reader: JuteReader): void {
    const start = reader.offset;
    this.aclStart = skipAclList(reader) ? start : NULL_ACL;
    this.aclEnd = reader.offset;
  }
}

/** At least: permissions and the lengths of two strings. */
const MINIMUM_ACL_BYTES = 12;

/** Steps over a vector of ACLs; false for a null one. */
export function skipAclList(reader: JuteReader): boolean {
  const count = reader.readCount(MINIMUM_ACL_BYTES);
  for (let i = 0; i < count; i++) {
    reader.skip(4);
    skipString(reader);
    skipString(reader);
  }
  return count >= 0;
}

function skipString(reader: JuteReader): void {
  const length = reader.readInt();
  if (length !== -1) reader.skip(length);
}
