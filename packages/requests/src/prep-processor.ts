// Turns requests into txns (ZooKeeper's PrepRequestProcessor).

import type { DataTree } from '@zebu/datatree';
import type { ForwardedRequest, Millis, ServerId, TxnBytes, WallClockMs, Zxid } from '@zebu/protocol';
import type { SessionTracker } from '@zebu/sessions';

export interface PrepProcessorOptions {
  readonly tree: DataTree;
  readonly sessions: SessionTracker;
  /** Called once per request, in order. */
  readonly nextZxid: () => Zxid;
}

export declare class PrepProcessor {
  constructor(options: PrepProcessorOptions);
  /** One txn per request, in order; `owner` is the server that forwarded them. CREATE_SESSION starts tracking, CLOSE_SESSION marks closing. */
  prepare(requests: readonly ForwardedRequest[], owner: ServerId, now: Millis, wallClock: WallClockMs): TxnBytes[];
  /** Everything up to zxid is in the tree: overlay records at or below are forgotten, closed sessions leave the tracker. */
  onApplied(zxid: Zxid): void;
}
