// A log file as ZooKeeper's FileTxnLog writes it: FileHeader, records, zeros. A record is its Adler-32 (long), its length (int), the txn's
// bytes and 'B'; the checksum covers the txn's bytes alone.
//
// ZooKeeper leaves `dbid` 0 in logs and reads it only to print it. Zebu keeps there the zxid before the file's first txn, so that a missing
// file is noticed even when it held whole epochs. 0 says nothing, as in ZooKeeper's own files.

import {
  decodeFileHeader,
  encodeFileHeader,
  FILE_HEADER_BYTES,
  JuteReader,
  JuteWriter,
  TXN_LOG_MAGIC,
} from '@zebu/jute';
import type { TxnBytes, Zxid } from '@zebu/protocol';
import { adler32 } from '../adler32.ts';

export { FILE_HEADER_BYTES } from '@zebu/jute';
const FORMAT_VERSION = 2;
/** Of dbid in the file header. */
export const LINK_OFFSET = 8;
/** Checksum and length. */
export const RECORD_PREFIX_BYTES = 12;
export const END_OF_RECORD = 0x42;
/** No txn is larger, whatever jute.maxbuffer was when it was written; a greater length is damage. */
export const MAX_TXN_BYTES = 128 * 1024 * 1024;
/** The most that one write holds (a larger txn goes alone): layout and checksums take under a millisecond, and a crash tears no more than that. */
export const MAX_ROUND_BYTES = 1024 * 1024;

export const recordBytes = (txn: TxnBytes): number => RECORD_PREFIX_BYTES + txn.length + 1;

/** Lays a record out at `at`; returns where the next begins. */
export function putRecord(target: Uint8Array, at: number, txn: TxnBytes): number {
  putUint32(target, at, 0);
  putUint32(target, at + 4, adler32(txn, 0, txn.length));
  putUint32(target, at + 8, txn.length);
  target.set(txn, at + RECORD_PREFIX_BYTES);
  const end = at + RECORD_PREFIX_BYTES + txn.length;
  target[end] = END_OF_RECORD;
  return end + 1;
}

export function logFileHeader(previous: Zxid): Uint8Array {
  const writer = new JuteWriter(FILE_HEADER_BYTES);
  encodeFileHeader(writer, { magic: TXN_LOG_MAGIC, version: FORMAT_VERSION, dbid: previous });
  return writer.take();
}

/** The link of a whole header; undefined when these bytes are none. */
export function readLogFileHeader(bytes: Uint8Array): { readonly previous: Zxid } | undefined {
  if (bytes.length < FILE_HEADER_BYTES) return undefined;
  const header = decodeFileHeader(new JuteReader(bytes, 0, FILE_HEADER_BYTES));
  return header.magic === TXN_LOG_MAGIC ? { previous: header.dbid as Zxid } : undefined;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

function putUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >>> 24;
  target[at + 1] = value >>> 16;
  target[at + 2] = value >>> 8;
  target[at + 3] = value;
}
