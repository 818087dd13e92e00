// A process that runs the seeds that it is sent, one at a time, and sends back what they came to.

import { runSeed } from './run-seed.ts';
import type { SeedShape } from './seed-shape.ts';

export interface SeedRequest {
  readonly seed: number;
  readonly shape: SeedShape;
}

// Thousands of errors that a workload expects; a violation is run again with all that there is to see.
Error.stackTraceLimit = 0;
// The terminal tells the whole group; the parent decides.
process.on('SIGINT', () => undefined);
process.on('message', ({ seed, shape }: SeedRequest) => {
  void runSeed(seed, shape).then((outcome) => process.send?.(outcome));
});
process.on('disconnect', () => process.exit());
