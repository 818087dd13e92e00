// What prep may know of a znode: values as of the lookup, with 64-bit fields in halves so that hot paths need no bigint.

import type { Acl, SessionId, WallClockMs, Zxid } from '@zebu/protocol';
import type { StatWords } from './digest.ts';

export declare class NodeFacts implements StatWords {
  readonly czxidHigh: number;
  readonly czxidLow: number;
  readonly mzxidHigh: number;
  readonly mzxidLow: number;
  readonly pzxidHigh: number;
  readonly pzxidLow: number;
  readonly ctimeHigh: number;
  readonly ctimeLow: number;
  readonly mtimeHigh: number;
  readonly mtimeLow: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwnerHigh: number;
  readonly ephemeralOwnerLow: number;
  readonly childCount: number;
  readonly dataLength: number;
  readonly digest: number;
  readonly contentCrc: number;
  readonly acl: readonly Acl[];
  get czxid(): Zxid;
  get mzxid(): Zxid;
  get pzxid(): Zxid;
  get ctime(): WallClockMs;
  get mtime(): WallClockMs;
  get ephemeralOwner(): SessionId;
  get data(): Uint8Array | null;
}
