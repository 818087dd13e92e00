// Txns, bodies and directories for the tests of this package.

import type { Logger, StoredSnapshot, TxnLog } from '@zebu/interfaces';
import { type Epoch, makeZxid, TXN_HEADER_BYTES, type TxnBytes, txnZxid, type Zxid } from '@zebu/protocol';

const quiet = (): void => undefined;
export const SILENT: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

export const zxid = (epoch: number, counter: number): Zxid => makeZxid(epoch as Epoch, counter);

/** A txn whose payload can be told from that of every other zxid. */
export function txnOf(of: Zxid, payloadBytes = 20): TxnBytes {
  const txn = new Uint8Array(TXN_HEADER_BYTES + payloadBytes);
  for (let index = TXN_HEADER_BYTES; index < txn.length; index++)
    txn[index] = 1 + ((Number(of & 0xffffn) * 7 + index) % 255);
  const data = new DataView(txn.buffer);
  data.setBigInt64(12, of);
  // ZooKeeper's error txn (type -1, one int) is the shortest that its tools read.
  data.setInt32(28, -1);
  return txn;
}

/** The txns of one epoch with counters first..last. */
export const txnsOf = (epoch: number, first: number, last: number, payloadBytes = 20): TxnBytes[] =>
  Array.from({ length: last - first + 1 }, (_, index) => txnOf(zxid(epoch, first + index), payloadBytes));

export const zxidsOf = (txns: readonly TxnBytes[]): bigint[] => txns.map(txnZxid);

export async function readAll(log: TxnLog, after: Zxid, maxBytes = 1000): Promise<TxnBytes[]> {
  const all: TxnBytes[] = [];
  for (let position = after; ; ) {
    const { txns, reachedEnd } = await log.read(position, maxBytes);
    all.push(...txns);
    if (reachedEnd) return all;
    position = txnZxid(txns.at(-1) as TxnBytes);
  }
}

/** A body that ends as every snapshot does: with "/" and the 20 bytes of a digest. */
export function bodyOf(at: Zxid, treeBytes = 100): Uint8Array {
  const body = new Uint8Array(treeBytes + 25);
  for (let index = 0; index < treeBytes; index++) body[index] = (Number(at & 0xffn) * 11 + index) % 251;
  body.set([0, 0, 0, 1, 0x2f], treeBytes);
  const digest = new DataView(body.buffer, treeBytes + 5);
  digest.setBigInt64(0, at);
  digest.setInt32(8, 2);
  return body;
}

export async function* chunksOf(body: Uint8Array, chunkBytes = 1 << 16): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < body.length; at += chunkBytes) yield body.subarray(at, at + chunkBytes);
}

export async function content(snapshot: StoredSnapshot | undefined): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of snapshot?.body ?? []) chunks.push(chunk);
  return Uint8Array.from(Buffer.concat(chunks));
}
