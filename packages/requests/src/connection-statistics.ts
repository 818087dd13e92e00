// What `cons` shows of a connection's requests (ServerCnxn.updateStatsForResponse). Noted for every reply, so it stores and computes
// no more than numbers; the rest is for the view.

import type { ConnectionActivity } from '@zebu/interfaces';
import { type Millis, OpCode, type WallClockMs, type Zxid } from '@zebu/protocol';
import { Latency } from './latency.ts';
import { operationName } from './operation-name.ts';

export class ConnectionStatistics {
  readonly establishedAt: WallClockMs;
  readonly latency = new Latency();
  receivedCount = 0;
  sentCount = 0;
  #lastType: number = OpCode.ERROR;
  #lastCxid = -1;
  /** -1 until the first reply. */
  #lastZxidHigh = -1;
  #lastZxidLow = -1;
  #lastResponseAt: Millis = 0;
  #lastLatencyMs: Millis = 0;

  constructor(establishedAt: WallClockMs) {
    this.establishedAt = establishedAt;
  }

  answered(xid: number, type: number, zxidHigh: number, zxidLow: number, receivedAt: Millis, now: Millis): void {
    // Pings and the like have negative xids: what is shown is the last that the client meant.
    if (xid >= 0) this.#lastCxid = xid;
    this.#lastType = type;
    this.#lastZxidHigh = zxidHigh;
    this.#lastZxidLow = zxidLow;
    this.#lastResponseAt = now;
    this.#lastLatencyMs = now - receivedAt;
    this.latency.add(this.#lastLatencyMs);
  }

  reset(): void {
    this.latency.reset();
    this.receivedCount = this.sentCount = 0;
    this.#lastType = OpCode.ERROR;
    this.#lastCxid = this.#lastZxidHigh = this.#lastZxidLow = -1;
    this.#lastResponseAt = this.#lastLatencyMs = 0;
  }

  view(): ConnectionActivity {
    return {
      establishedAt: this.establishedAt,
      lastOperation: operationName(this.#lastType),
      lastCxid: this.#lastCxid,
      lastZxid: ((BigInt(this.#lastZxidHigh) << 32n) | BigInt(this.#lastZxidLow >>> 0)) as Zxid,
      lastResponseAt: this.#lastResponseAt,
      lastLatencyMs: this.#lastLatencyMs,
      latencyMs: this.latency.view(),
    };
  }
}
