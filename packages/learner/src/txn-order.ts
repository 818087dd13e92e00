// Whether a run of txns continues a log. Zxids of one epoch are consecutive and begin with counter 1, so a hole shows (ZOOKEEPER-2846,
// ZOOKEEPER-4925): what is logged behind a hole could never be repaired by a later DIFF.

import {
  formatZxid,
  MAX_COUNTER,
  TXN_HEADER_BYTES,
  txnAtMost,
  type TxnBytes,
  txnCounter,
  txnEpoch,
  txnZxid,
  type Zxid,
} from '@zebu/protocol';

export type Continuation =
  | { readonly ok: true; readonly fresh: readonly TxnBytes[] }
  | { readonly ok: false; readonly reason: string };

/** What of the run is new to a log that ends at `last`; what the log holds already is dropped (protocol ambiguity 2). */
export function continuationOf(last: Zxid, txns: readonly TxnBytes[]): Continuation {
  const short = txns.find((txn) => txn.length < TXN_HEADER_BYTES);
  if (short !== undefined) return { ok: false, reason: `a txn of ${short.length} bytes has no header` };
  const known = countKnown(last, txns);
  const fresh = known === 0 ? txns : txns.slice(known);
  if (fresh.length === 0) return { ok: true, fresh };
  if (known > 0 && txnZxid(txns[known - 1] as TxnBytes) !== last)
    return { ok: false, reason: `the run passes over ${formatZxid(last)}, which our log holds` };
  const gap = findGap(last, fresh);
  return gap === undefined ? { ok: true, fresh } : { ok: false, reason: gap };
}

/** Undefined when the txns follow `last` and each other without a hole; otherwise where it is. */
export function findGap(last: Zxid, txns: readonly TxnBytes[]): string | undefined {
  let { epoch, counter } = halvesOf(last);
  for (const txn of txns) {
    const nextEpoch = txnEpoch(txn);
    const nextCounter = txnCounter(txn);
    const follows =
      nextEpoch === epoch
        ? counter < MAX_COUNTER && nextCounter === counter + 1
        : nextEpoch > epoch && nextCounter === 1;
    if (!follows) return `txn ${formatZxid(txnZxid(txn))} does not follow ${epoch}:${counter}`;
    epoch = nextEpoch;
    counter = nextCounter;
  }
  return undefined;
}

function countKnown(last: Zxid, txns: readonly TxnBytes[]): number {
  if (last < 0n) return 0;
  const { epoch, counter } = halvesOf(last);
  let count = 0;
  while (count < txns.length && txnAtMost(txns[count] as TxnBytes, epoch, counter)) count++;
  return count;
}

/** No history at all is followed by the first txn of any epoch. */
function halvesOf(zxid: Zxid): { epoch: number; counter: number } {
  return zxid < 0n ? { epoch: 0, counter: 0 } : { epoch: Number(zxid >> 32n), counter: Number(zxid & 0xffff_ffffn) };
}
