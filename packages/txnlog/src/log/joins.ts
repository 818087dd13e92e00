// Whether one txn continues another: what the loader and the history decide by.

import { DAMAGE_REMEDY, TxnLogGapError } from '@zebu/interfaces';
import { formatZxid, type Zxid } from '@zebu/protocol';
import { firstOf, lastOf, type Run } from './log-file.ts';
import { certainPredecessor, follows } from './zxid-order.ts';

/** In a file's link: it does not say what came before (see record-format.ts). */
export const UNKNOWN = 0n as Zxid;

export const missing = (previous: Zxid, next: Zxid): TxnLogGapError =>
  new TxnLogGapError(
    `the txns between ${formatZxid(previous)} and ${formatZxid(next)} are missing: a log file was lost; ${DAMAGE_REMEDY}`,
    { next },
  );

/** True when nothing is missing between the last txn of one file (or snapshot) and the first of the next. */
export function joins(join: { previous: Zxid; next: Zxid; link: Zxid; snapshots: readonly Zxid[] }): boolean {
  const { previous, next, link, snapshots } = join;
  if (link !== UNKNOWN) return link === previous;
  // ZooKeeper leaves a learner's old logs in place when it takes a SNAP: that snapshot lies between them and what follows.
  return follows(previous, next) && !snapshots.some((snapshot) => snapshot > previous && snapshot < next);
}

/** Index of the last run that does not continue the one before it; 0 when there is none. */
export function lastBreak(runs: readonly Run[], snapshots: readonly Zxid[]): number {
  for (let index = runs.length - 1; index > 0; index--) {
    const join = {
      previous: lastOf(runs[index - 1] as Run),
      next: firstOf(runs[index] as Run),
      link: UNKNOWN,
      snapshots,
    };
    if (!joins(join)) return index;
  }
  return 0;
}

/** What comes before the oldest txn there is: by the file's link, by its counter, by a snapshot; else the txn itself has to do. */
export function baseOf(first: Zxid, link: Zxid, snapshots: readonly Zxid[]): Zxid {
  if (link !== UNKNOWN) return link;
  return (
    certainPredecessor(first) ?? snapshots.findLast((snapshot) => snapshot < first && follows(snapshot, first)) ?? first
  );
}
