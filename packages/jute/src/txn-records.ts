// The records of module org.apache.zookeeper.txn that may also be part of a multi.

import { OpCode, unreachable } from '@zebu/protocol';
import { decodeAclList, encodeAclList } from './acl.ts';
import { readText } from './collections.ts';
import { JuteError } from './jute-error.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';
import type { CreateContainerTxn, CreateTxn, SimpleTxn } from './txn-types.ts';

/** parentCVersion of CreateTxnV0, which does not have it; replay then counts the parent's creations itself. */
const NO_PARENT_CVERSION = -1;

export function encodeSimpleTxn(writer: JuteWriter, txn: SimpleTxn): void {
  switch (txn.type) {
    case 'create':
      encodeCreated(writer, txn);
      writer.writeBool(txn.ephemeral);
      return writer.writeInt(txn.parentCVersion);
    case 'createContainer':
      encodeCreated(writer, txn);
      return writer.writeInt(txn.parentCVersion);
    case 'createTTL':
      encodeCreated(writer, txn);
      writer.writeInt(txn.parentCVersion);
      return writer.writeLongNumber(txn.ttlMs);
    case 'delete':
      return writer.writeString(txn.path);
    case 'setData':
      writer.writeString(txn.path);
      writer.writeBuffer(txn.data);
      return writer.writeInt(txn.version);
    case 'setACL':
      writer.writeString(txn.path);
      encodeAclList(writer, txn.acl);
      return writer.writeInt(txn.version);
    case 'check':
      writer.writeString(txn.path);
      return writer.writeInt(txn.version);
    case 'error':
      return writer.writeInt(txn.error);
    default:
      return unreachable(txn);
  }
}

export function decodeSimpleTxn(reader: JuteReader, opCode: number): SimpleTxn {
  switch (opCode) {
    case OpCode.CREATE:
    case OpCode.CREATE2:
      return { type: 'create', ...decodeCreateTxn(reader) };
    case OpCode.CREATE_CONTAINER:
      return { type: 'createContainer', ...decodeCreated(reader), parentCVersion: reader.readInt() };
    case OpCode.CREATE_TTL:
      return {
        type: 'createTTL',
        ...decodeCreated(reader),
        parentCVersion: reader.readInt(),
        ttlMs: reader.readLongNumber(),
      };
    case OpCode.DELETE:
    case OpCode.DELETE_CONTAINER:
      return { type: 'delete', path: readText(reader) };
    case OpCode.SET_DATA:
    case OpCode.RECONFIG:
      return { type: 'setData', path: readText(reader), data: reader.readBuffer(), version: reader.readInt() };
    case OpCode.SET_ACL:
      return { type: 'setACL', path: readText(reader), acl: decodeAclList(reader), version: reader.readInt() };
    case OpCode.CHECK:
      return { type: 'check', path: readText(reader), version: reader.readInt() };
    case OpCode.ERROR:
      return { type: 'error', error: reader.readInt() };
    default:
      throw new JuteError(`txn of the unknown type ${opCode}`, reader.offset);
  }
}

type Created = Omit<CreateContainerTxn, 'parentCVersion'>;

function encodeCreated(writer: JuteWriter, created: Created): void {
  writer.writeString(created.path);
  writer.writeBuffer(created.data);
  encodeAclList(writer, created.acl);
}

const decodeCreated = (reader: JuteReader): Created => ({
  path: readText(reader),
  data: reader.readBuffer(),
  acl: decodeAclList(reader),
});

const decodeCreateTxn = (reader: JuteReader): CreateTxn => ({
  ...decodeCreated(reader),
  ephemeral: reader.readBool(),
  // CreateTxnV0 ends here, and comes from before digests followed the record (SerializeUtils.deserializeTxn).
  parentCVersion: reader.remaining === 0 ? NO_PARENT_CVERSION : reader.readInt(),
});
