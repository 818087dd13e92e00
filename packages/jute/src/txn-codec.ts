// Txns as they travel and as they are logged: TxnHeader, the record of its type, TxnDigest.

import type { SessionId, TxnBytes, Zxid } from '@zebu/protocol';
import { assert, OpCode } from '@zebu/protocol';
import { decodeStringList, encodeStringList, readVector } from './collections.ts';
import { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';
import { decodeSimpleTxn, encodeSimpleTxn } from './txn-records.ts';
import type { CloseSessionTxn, DecodedTxn, MultiTxnPart, Txn, TxnDigest, TxnHeader } from './txn-types.ts';

/** Which wire types carry which record. */
const TXN_OP_CODES: { readonly [Type in Txn['type']]: readonly number[] } = {
  create: [OpCode.CREATE, OpCode.CREATE2],
  createContainer: [OpCode.CREATE_CONTAINER],
  createTTL: [OpCode.CREATE_TTL],
  delete: [OpCode.DELETE, OpCode.DELETE_CONTAINER],
  setData: [OpCode.SET_DATA, OpCode.RECONFIG],
  setACL: [OpCode.SET_ACL],
  check: [OpCode.CHECK],
  error: [OpCode.ERROR],
  createSession: [OpCode.CREATE_SESSION],
  closeSession: [OpCode.CLOSE_SESSION],
  multi: [OpCode.MULTI],
};
const TXN_DIGEST_BYTES = 12;
const MINIMUM_PART_BYTES = 8;

export function encodeTxnHeader(writer: JuteWriter, header: TxnHeader): void {
  writer.writeLong(header.sessionId);
  writer.writeInt(header.cxid);
  writer.writeLong(header.zxid);
  writer.writeLongNumber(header.time);
  writer.writeInt(header.type);
}

export const decodeTxnHeader = (reader: JuteReader): TxnHeader => ({
  sessionId: reader.readLong() as SessionId,
  cxid: reader.readInt(),
  zxid: reader.readLong() as Zxid,
  time: reader.readLongNumber(),
  type: reader.readInt(),
});

/** Header and record; the digest follows with encodeTxnDigest. */
export function encodeTxn(writer: JuteWriter, header: TxnHeader, txn: Txn): void {
  assert(TXN_OP_CODES[txn.type].includes(header.type), `a txn of type ${header.type} does not carry ${txn.type}`);
  encodeTxnHeader(writer, header);
  encodeTxnRecord(writer, txn);
}

export function encodeTxnDigest(writer: JuteWriter, version: number, treeDigest: bigint): void {
  writer.writeInt(version);
  writer.writeLong(treeDigest);
}

/** Throws JuteError unless the bytes are a whole txn. What follows the digest is ignored, as ZooKeeper does. */
export function decodeTxn(bytes: TxnBytes): DecodedTxn {
  const reader = new JuteReader(bytes);
  const header = decodeTxnHeader(reader);
  const txn = decodeTxnRecord(reader, header.type);
  return reader.remaining === 0 ? { header, txn } : { header, txn, digest: decodeTxnDigest(reader) };
}

export const decodeTxnDigest = (reader: JuteReader): TxnDigest => ({
  version: reader.readInt(),
  treeDigest: BigInt.asUintN(64, reader.readLong()),
});

export function encodeTxnRecord(writer: JuteWriter, txn: Txn): void {
  if (txn.type === 'createSession') writer.writeInt(txn.timeoutMs);
  else if (txn.type === 'closeSession') encodeCloseSessionTxn(writer, txn);
  else if (txn.type === 'multi') encodeParts(writer, txn.parts);
  else encodeSimpleTxn(writer, txn);
}

export function decodeTxnRecord(reader: JuteReader, type: number): Txn {
  switch (type) {
    case OpCode.CREATE_SESSION:
      return { type: 'createSession', timeoutMs: reader.readInt() };
    case OpCode.CLOSE_SESSION:
      return { type: 'closeSession', ...decodeCloseSessionTxn(reader) };
    case OpCode.MULTI:
      return { type: 'multi', parts: readVector(reader, MINIMUM_PART_BYTES, decodePart) };
    default:
      return decodeSimpleTxn(reader, type);
  }
}

function encodeCloseSessionTxn(writer: JuteWriter, txn: CloseSessionTxn): void {
  if (txn.paths !== undefined) encodeStringList(writer, txn.paths);
}

/** ZooKeeper before 3.6, or with closeSessionTxn.enabled=false, writes no record here: then nothing follows, or only a digest. */
function decodeCloseSessionTxn(reader: JuteReader): CloseSessionTxn {
  const bare = reader.remaining === 0 || (reader.remaining === TXN_DIGEST_BYTES && startsWithDigestVersion(reader));
  return { paths: bare ? undefined : decodeStringList(reader) };
}

/** As a vector these twelve bytes would hold two paths in eight bytes, hence two empty ones, and no path is empty. */
function startsWithDigestVersion(reader: JuteReader): boolean {
  const DIGEST_VERSION = 2;
  return new JuteReader(reader.bytes, reader.offset).readInt() === DIGEST_VERSION;
}

function encodeParts(writer: JuteWriter, parts: readonly MultiTxnPart[]): void {
  writer.writeInt(parts.length);
  for (const { opCode, txn } of parts) {
    assert(TXN_OP_CODES[txn.type].includes(opCode), `a part of type ${opCode} does not carry ${txn.type}`);
    writer.writeInt(opCode);
    const lengthAt = writer.reserve(4);
    encodeSimpleTxn(writer, txn);
    writer.patchInt(lengthAt, writer.length - lengthAt - 4);
  }
}

function decodePart(reader: JuteReader): MultiTxnPart {
  const opCode = reader.readInt();
  const record = reader.readBuffer() ?? new Uint8Array(0);
  return { opCode, txn: decodeSimpleTxn(new JuteReader(record), opCode) };
}
