// What prep knows while it turns one request into a txn.

import type { ServerId, SessionId, WallClockMs } from '@zebu/protocol';

export interface PrepContext {
  sessionId: SessionId;
  /** The server that forwarded the request. */
  owner: ServerId;
  /** `scheme:id` of who the client is. */
  identities: readonly string[];
  zxidHigh: number;
  zxidLow: number;
  time: WallClockMs;
}
