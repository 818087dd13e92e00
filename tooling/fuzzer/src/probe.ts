// Loaded into the server process beside the server (node --import): collects garbage and tells what memory is left when it is asked.

import { monitorEventLoopDelay } from 'node:perf_hooks';

export interface MemoryReading {
  /** Reachable objects and buffers, after garbage collection. */
  readonly liveBytes: number;
  readonly rssBytes: number;
  /** The longest time since the last reading in which the event loop did not turn. */
  readonly longestStallMs: number;
}

const NANOSECONDS_PER_MS = 1e6;
const SETTLE_MS = 20;
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();

process.on('message', () => {
  const longestStallMs = delay.max / NANOSECONDS_PER_MS;
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  const reading: MemoryReading = { liveBytes: heapUsed + external, rssBytes: rss, longestStallMs };
  process.send?.(reading);
  // The collection itself is no stall of the server's: the histogram has it a moment later.
  setTimeout(() => delay.reset(), SETTLE_MS).unref();
});
