// A txn is encoded once: header, record and digest in jute. The same bytes go to the leader's log, to every learner and to their logs.
// This file reads the fixed header in place; `@zebu/jute` encodes and decodes the records.

import type { Zxid } from './identifiers.ts';

/**
 * jute bytes: TxnHeader (clientId long, cxid int, zxid long, time long, type int), the record of that type, and TxnDigest
 * (version int, treeDigest long) unless an old server wrote it.
 */
export type TxnBytes = Uint8Array & { readonly brand?: 'TxnBytes' };

export const TXN_HEADER_BYTES = 32;
const ZXID_OFFSET = 12;
const TYPE_OFFSET = 28;

const uint32 = (bytes: Uint8Array, offset: number): number =>
  (((bytes[offset] as number) << 24) |
    ((bytes[offset + 1] as number) << 16) |
    ((bytes[offset + 2] as number) << 8) |
    (bytes[offset + 3] as number)) >>>
  0;

/** Epoch half of a txn's zxid, for hot loops. */
export const txnEpoch = (txn: TxnBytes): number => uint32(txn, ZXID_OFFSET);
/** Counter half of a txn's zxid, for hot loops. */
export const txnCounter = (txn: TxnBytes): number => uint32(txn, ZXID_OFFSET + 4);
export const txnZxid = (txn: TxnBytes): Zxid => ((BigInt(txnEpoch(txn)) << 32n) | BigInt(txnCounter(txn))) as Zxid;

/** An OpCode, for hot loops. */
export const txnType = (txn: TxnBytes): number => uint32(txn, TYPE_OFFSET) | 0;

/** True when the txn's zxid is at most `zxid`; allocates nothing. */
export function txnAtMost(txn: TxnBytes, epoch: number, counter: number): boolean {
  const own = txnEpoch(txn);
  return own < epoch || (own === epoch && txnCounter(txn) <= counter);
}

/** Index of the first txn whose zxid is above `zxid`, in a run sorted by zxid. */
export function firstTxnAfter(txns: readonly TxnBytes[], zxid: Zxid): number {
  if (zxid < 0n) return 0;
  const epoch = Number(zxid >> 32n);
  const counter = Number(zxid & 0xffff_ffffn);
  let low = 0;
  let high = txns.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (txnAtMost(txns[middle] as TxnBytes, epoch, counter)) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function totalBytes(txns: readonly TxnBytes[]): number {
  let bytes = 0;
  for (const txn of txns) bytes += txn.length;
  return bytes;
}
