// ZooKeeper's Stat: what a client learns of a znode beside its data.

import type { SessionId, WallClockMs, Zxid } from './identifiers.ts';

/** Bytes of a Stat on the wire: 5 longs, 3 ints, 1 long, 2 ints, 1 long (68). */
export const STAT_BYTES = 68;

export interface Stat {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly ctime: WallClockMs;
  readonly mtime: WallClockMs;
  readonly version: number;
  /** Creations and deletions of children: 2 x stored counter - numChildren (DataNode.copyStat). */
  readonly cversion: number;
  readonly aversion: number;
  /** Owning session, 0 for a persistent znode. */
  readonly ephemeralOwner: SessionId;
  readonly dataLength: number;
  readonly numChildren: number;
  readonly pzxid: Zxid;
}
