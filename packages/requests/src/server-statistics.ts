// What a server counts of its clients' requests (ServerStats and ServerMetrics), from when it began to serve or `srst` was asked.

import { BufferStatistics } from './buffer-statistics.ts';
import { Latency } from './latency.ts';

export class ServerStatistics {
  readonly latency = new Latency();
  /** Replies and events, without their 4-byte lengths. */
  readonly responseSizes = new BufferStatistics();
  receivedCount = 0;
  sentCount = 0;
  /** Of responseSizes, all of them. */
  responseBytes = 0;
  /** The share of events in responseBytes. */
  watchBytes = 0;
  digestMismatchCount = 0;

  /** Under ZooKeeper's names. */
  metrics(): (readonly [name: string, value: number])[] {
    return [
      ['response_bytes', this.responseBytes - this.watchBytes],
      ['watch_bytes', this.watchBytes],
      ['digest_mismatches_count', this.digestMismatchCount],
    ];
  }

  reset(): void {
    this.latency.reset();
    this.responseSizes.reset();
    this.receivedCount = this.sentCount = 0;
    this.responseBytes = this.watchBytes = this.digestMismatchCount = 0;
  }
}
