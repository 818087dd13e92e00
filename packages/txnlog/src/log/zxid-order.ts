// What may come after what. A leader counts its epoch's txns from 1 without holes (error txns have zxids of their own), so a hole in the
// counters is a missing file; between epochs only the link in the file header can tell (see record-format.ts).

import { counterOf, epochOf, makeZxid, type Zxid } from '@zebu/protocol';

/** True when nothing need lie between the two. */
export function follows(previous: Zxid, next: Zxid): boolean {
  const epochs = epochOf(next) - epochOf(previous);
  return epochs === 0 ? counterOf(next) === counterOf(previous) + 1 : epochs > 0 && counterOf(next) === 1;
}

/** The zxid before `zxid`, if that is certain. */
export const certainPredecessor = (zxid: Zxid): Zxid | undefined =>
  counterOf(zxid) > 1 || zxid === 1n ? makeZxid(epochOf(zxid), counterOf(zxid) - 1) : undefined;

export const maxZxid = (left: Zxid, right: Zxid): Zxid => (left > right ? left : right);
export const minZxid = (left: Zxid, right: Zxid): Zxid => (left < right ? left : right);
