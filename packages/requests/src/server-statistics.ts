// What a server counts of its clients' requests (ServerStats), from when it began to serve or `srst` was asked.

import { BufferStatistics } from './buffer-statistics.ts';
import { Latency } from './latency.ts';

export class ServerStatistics {
  readonly latency = new Latency();
  /** Replies and events, without their 4-byte lengths. */
  readonly responseSizes = new BufferStatistics();
  receivedCount = 0;
  sentCount = 0;
  watchBytes = 0;

  reset(): void {
    this.latency.reset();
    this.responseSizes.reset();
    this.receivedCount = this.sentCount = this.watchBytes = 0;
  }
}
