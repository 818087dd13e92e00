// Txns and snapshot bodies for the suite of the Storage ports.

import type { StoredSnapshot, TxnLog } from '@zebu/interfaces';
import { type Epoch, makeZxid, TXN_HEADER_BYTES, type TxnBytes, txnZxid, type Zxid } from '@zebu/protocol';

const ZXID_OFFSET = 12;
const TYPE_OFFSET = 28;
/** ZooKeeper's error txn: a header and one int. */
const ERROR_TYPE = -1;

export const epoch = (value: number): Epoch => value as Epoch;
export const zxid = (ofEpoch: number, counter: number): Zxid => makeZxid(epoch(ofEpoch), counter);
export const zxids = (of: readonly TxnBytes[]): bigint[] => of.map(txnZxid);

/** The txns of one epoch with counters first..last; their payloads tell them apart. */
export const txns = (ofEpoch: number, first: number, last: number, payloadBytes = 20): TxnBytes[] =>
  Array.from({ length: last - first + 1 }, (_, index) => txn(zxid(ofEpoch, first + index), payloadBytes));

function txn(at: Zxid, payloadBytes: number): TxnBytes {
  const bytes = new Uint8Array(TXN_HEADER_BYTES + payloadBytes);
  const seed = Number(at & 0xffffn) * 7 + Number(at >> 32n) * 13;
  for (let index = TXN_HEADER_BYTES; index < bytes.length; index++) bytes[index] = 1 + ((seed + index) % 255);
  const data = new DataView(bytes.buffer);
  data.setBigInt64(ZXID_OFFSET, at);
  data.setInt32(TYPE_OFFSET, ERROR_TYPE);
  return bytes;
}

/** A body that ends as every snapshot does: with "/" and the 20 bytes of a digest. */
export function snapshotBody(at: Zxid, treeBytes: number): Uint8Array {
  const body = new Uint8Array(treeBytes + 25);
  const seed = Number(at & 0xffffn);
  for (let index = 0; index < treeBytes; index++) body[index] = (seed * 11 + index) % 251;
  body.set([0, 0, 0, 1, 0x2f], treeBytes);
  const digest = new DataView(body.buffer, treeBytes + 5);
  digest.setBigInt64(0, at);
  digest.setInt32(8, 2);
  digest.setBigUint64(12, BigInt(seed) * 0x1234567n);
  return body;
}

export async function* chunked(body: Uint8Array, chunkBytes = 64 * 1024): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < body.length; at += chunkBytes) yield body.subarray(at, at + chunkBytes);
}

export async function content(snapshot: StoredSnapshot | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of snapshot?.body ?? []) chunks.push(chunk);
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

export async function readAll(log: TxnLog, after: Zxid, maxBytes = 1000): Promise<TxnBytes[]> {
  const all: TxnBytes[] = [];
  for (let position = after; ; ) {
    const read = await log.read(position, maxBytes);
    all.push(...read.txns);
    const last = read.txns.at(-1);
    if (read.reachedEnd || last === undefined) return all;
    position = txnZxid(last);
  }
}
