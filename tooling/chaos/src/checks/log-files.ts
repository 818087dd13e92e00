// Reads every txn that a stopped server's log files hold, on its own: what the server's own code makes of its files is not asked. Of each txn it
// keeps the zxid, a hash of all its bytes, and what it wrote where.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Zxid } from '@zebu/protocol';

export interface LoggedTxn {
  readonly zxid: Zxid;
  readonly hash: string;
  readonly write: LoggedWrite | undefined;
}

export interface LoggedWrite {
  readonly type: 'create' | 'setData';
  readonly path: string;
  readonly data: string;
}

const FILE_HEADER_BYTES = 16;
/** Checksum and length. */
const RECORD_HEADER_BYTES = 12;
/** A byte behind each record. */
const END_OF_RECORD_BYTES = 1;
/** Session, xid, zxid, time and type. */
const TXN_HEADER_BYTES = 32;
const ZXID_OFFSET = 12;
const TYPE_OFFSET = 28;
const CREATIONS = new Set([1, 15, 19, 21]);
const SET_DATA = 5;

/** In the order of zxids. */
export function readLogFiles(dataDirectory: string): LoggedTxn[] {
  const directory = join(dataDirectory, 'version-2');
  const files = readdirSync(directory).filter((name) => name.startsWith('log.'));
  return files
    .flatMap((name) => readLogFile(readFileSync(join(directory, name))))
    .sort((left, right) => (left.zxid < right.zxid ? -1 : left.zxid > right.zxid ? 1 : 0));
}

/** Up to where the records end: room that was made ahead is zeros, and a torn record is none. */
export function readLogFile(file: Buffer): LoggedTxn[] {
  const txns: LoggedTxn[] = [];
  let position = FILE_HEADER_BYTES;
  while (position + RECORD_HEADER_BYTES <= file.length) {
    const length = file.readInt32BE(position + RECORD_HEADER_BYTES - 4);
    const begin = position + RECORD_HEADER_BYTES;
    if (length < TXN_HEADER_BYTES || begin + length + END_OF_RECORD_BYTES > file.length) break;
    txns.push(txnOf(file.subarray(begin, begin + length)));
    position = begin + length + END_OF_RECORD_BYTES;
  }
  return txns;
}

const txnOf = (bytes: Buffer): LoggedTxn => ({
  zxid: bytes.readBigInt64BE(ZXID_OFFSET) as Zxid,
  hash: createHash('sha1').update(bytes).digest('hex'),
  write: writeOf(bytes),
});

/** Of a creation or setData of its own; what is in a multi is left out. */
function writeOf(bytes: Buffer): LoggedWrite | undefined {
  const type = bytes.readInt32BE(TYPE_OFFSET);
  if (!CREATIONS.has(type) && type !== SET_DATA) return undefined;
  const path = textAt(bytes, TXN_HEADER_BYTES);
  const data = textAt(bytes, path.end);
  return { type: type === SET_DATA ? 'setData' : 'create', path: path.text, data: data.text };
}

function textAt(bytes: Buffer, offset: number): { readonly text: string; readonly end: number } {
  const length = Math.max(0, bytes.readInt32BE(offset));
  const begin = offset + 4;
  return { text: bytes.toString('utf8', begin, begin + length), end: begin + length };
}
