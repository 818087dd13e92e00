// What lies behind the last whole record of the newest log file: a write that a crash tore, which was never acknowledged and is cut off, or
// damage to records that may have been acknowledged, which must be refused.
//
// A process that dies leaves a prefix of its last write. A power failure may leave any of its 512-byte sectors, the rest being the zeros of
// the preallocation (as etcd's wal decoder reads them, isTornEntry). One write holds at most MAX_ROUND_BYTES, and nothing is written behind
// it before it is durable: a whole record farther away, or damage without a single missing sector, is no torn write.

import type { FileHandle } from '@zebu/interfaces';
import { TXN_HEADER_BYTES, txnZxid, ZERO_ZXID, type Zxid } from '@zebu/protocol';
import { adler32 } from '../adler32.ts';
import {
  END_OF_RECORD,
  FILE_HEADER_BYTES,
  MAX_ROUND_BYTES,
  MAX_TXN_BYTES,
  readUint32,
  RECORD_PREFIX_BYTES,
} from './record-format.ts';

const SECTOR_BYTES = 512;
const SLICE_BYTES = 1024 * 1024;
/** The search for whole records looks at every byte: a smaller slice keeps it under 5 ms. */
const SEARCH_SLICE_BYTES = 64 * 1024;
const ZEROS = new Uint8Array(SLICE_BYTES);

export interface Tail {
  readonly handle: FileHandle;
  readonly fileSize: number;
  /** Where the last whole record ends. */
  readonly position: number;
  /** Its zxid. What looks like a record of an older one is a client's data: somebody keeps a copy of a log in a znode. */
  readonly last: Zxid;
}

/** The first byte at or behind `from` that is not zero; undefined when only zeros follow. */
export async function firstNonZero(handle: FileHandle, from: number, fileSize: number): Promise<number | undefined> {
  for (let at = from; at < fileSize; at += SLICE_BYTES) {
    const slice = await handle.read(at, Math.min(SLICE_BYTES, fileSize - at));
    if (isZero(slice)) continue;
    return at + slice.findIndex((byte) => byte !== 0);
  }
  return undefined;
}

/** The same for a file whose header is missing: its first write, which carries the header, was torn, and nothing in it was acknowledged. */
export async function isTornCreation(handle: FileHandle, fileSize: number): Promise<boolean> {
  const end = await endOfData(handle, 0, fileSize);
  if (end < FILE_HEADER_BYTES) return true;
  const header = await handle.read(0, FILE_HEADER_BYTES);
  const farthest = { handle, fileSize, position: MAX_ROUND_BYTES, last: ZERO_ZXID };
  return isZero(header) && (await findWholeRecord(farthest, farthest.position)) === undefined;
}

/** True when a crash in the middle of the last write explains what lies behind `position`. */
export async function isTornWrite(tail: Tail): Promise<boolean> {
  const whole = await findWholeRecord(tail, tail.position + 1);
  if (whole === undefined) return isTornLastRecord(tail);
  const near = whole < tail.position + MAX_ROUND_BYTES;
  return (
    near &&
    (await lacksSector(tail, whole)) &&
    (await findWholeRecord(tail, tail.position + MAX_ROUND_BYTES)) === undefined
  );
}

/** No whole record follows: torn if the record's end is missing or a sector of it, unless it is whole but for its length. */
async function isTornLastRecord(tail: Tail): Promise<boolean> {
  const { handle, position, fileSize } = tail;
  const end = await endOfData(handle, position, fileSize);
  if (end === position) return true;
  const prefix = await handle.read(position, RECORD_PREFIX_BYTES);
  if (prefix.length < RECORD_PREFIX_BYTES || end < position + RECORD_PREFIX_BYTES) return true;
  if (await isWholeUpTo(tail, end, prefix)) return false;
  const length = readUint32(prefix, 8);
  const recordEnd = position + RECORD_PREFIX_BYTES + length + 1;
  const plausible = length >= TXN_HEADER_BYTES && length <= MAX_TXN_BYTES;
  if (plausible && end < recordEnd) return true;
  return lacksSector(tail, plausible ? recordEnd : nextSector(position + RECORD_PREFIX_BYTES));
}

/** A flipped bit in the length of the last record looks like a torn one; its checksum still tells. */
async function isWholeUpTo(tail: Tail, end: number, prefix: Uint8Array): Promise<boolean> {
  const start = tail.position + RECORD_PREFIX_BYTES;
  const length = end - 1 - start;
  if (length < TXN_HEADER_BYTES || length > MAX_TXN_BYTES) return false;
  const bytes = await tail.handle.read(start, length + 1);
  return bytes[length] === END_OF_RECORD && adler32(bytes, 0, length) === readUint32(prefix, 4);
}

/** True when the part of some sector that lies in [position, end) is all zeros; four bytes are not enough, a checksum begins with them. */
async function lacksSector(tail: Tail, end: number): Promise<boolean> {
  const limit = Math.min(end, tail.fileSize);
  for (let at = tail.position; at < limit; at += SLICE_BYTES - (at % SECTOR_BYTES)) {
    const slice = await tail.handle.read(at, Math.min(SLICE_BYTES - (at % SECTOR_BYTES), limit - at));
    for (let from = 0; from < slice.length; ) {
      const to = Math.min(slice.length, nextSector(at + from) - at);
      if (to - from > 4 && isZero(slice.subarray(from, to))) return true;
      from = to;
    }
  }
  return false;
}

/** Where the first whole record at or behind `from` begins, at whatever byte. */
async function findWholeRecord(tail: Tail, from: number): Promise<number | undefined> {
  const end = await endOfData(tail.handle, from, tail.fileSize);
  const shortest = RECORD_PREFIX_BYTES + TXN_HEADER_BYTES + 1;
  for (let at = from; at + shortest <= end; at += SEARCH_SLICE_BYTES) {
    const slice = await tail.handle.read(at, Math.min(SEARCH_SLICE_BYTES + RECORD_PREFIX_BYTES - 1, end - at));
    for (let offset = 0; offset < SEARCH_SLICE_BYTES && offset + RECORD_PREFIX_BYTES <= slice.length; offset++) {
      if (!couldBegin(slice, offset, end - at - offset)) continue;
      if (await isWholeRecord(tail, at + offset)) return at + offset;
    }
  }
  return undefined;
}

function couldBegin(bytes: Uint8Array, at: number, left: number): boolean {
  // The upper half of a checksum is zero, so three of four positions are dismissed by the first look.
  if (bytes[at] !== 0 || readUint32(bytes, at) !== 0) return false;
  const length = readUint32(bytes, at + 8);
  return length >= TXN_HEADER_BYTES && length <= MAX_TXN_BYTES && RECORD_PREFIX_BYTES + length + 1 <= left;
}

async function isWholeRecord(tail: Tail, position: number): Promise<boolean> {
  const prefix = await tail.handle.read(position, RECORD_PREFIX_BYTES);
  const length = readUint32(prefix, 8);
  const mark = await tail.handle.read(position + RECORD_PREFIX_BYTES + length, 1);
  if (mark[0] !== END_OF_RECORD) return false;
  const bytes = await tail.handle.read(position + RECORD_PREFIX_BYTES, length);
  return adler32(bytes, 0, length) === readUint32(prefix, 4) && txnZxid(bytes) > tail.last;
}

/** Behind the last byte that is not zero, or `from` when there is none. */
async function endOfData(handle: FileHandle, from: number, fileSize: number): Promise<number> {
  for (let end = fileSize; end > from; ) {
    const start = Math.max(from, end - SLICE_BYTES);
    const slice = await handle.read(start, end - start);
    if (!isZero(slice)) return start + slice.findLastIndex((byte) => byte !== 0) + 1;
    end = start;
  }
  return from;
}

const nextSector = (at: number): number => (Math.floor(at / SECTOR_BYTES) + 1) * SECTOR_BYTES;

/** Buffer.compare is memcmp: 64 MiB of preallocated zeros take milliseconds. */
const isZero = (bytes: Uint8Array): boolean => Buffer.compare(bytes, ZEROS.subarray(0, bytes.length)) === 0;
