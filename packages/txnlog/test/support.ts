// Txns, bodies and directories for the tests of this package.

import type { Logger, TxnLog } from '@zebu/interfaces';
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
