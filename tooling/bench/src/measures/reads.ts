// Reads through the processor, from frames to frames: what the socket adds is not here.

import { BenchServer } from '../bench-server.ts';
import { Frames } from '../frames.ts';
import type { Measure } from '../measure.ts';

const ZNODES = 100_000;
const READS = 2_000_000;
const BATCH = 100;

export const reads: Measure = {
  name: 'reads',
  title: 'getData of 100 bytes, 100 requests in an array, over 100,000 znodes',
  run({ scale, progress }) {
    const server = new BenchServer();
    const [connection] = server.connect(1) as [never];
    const frames = new Frames();
    const count = Math.round(ZNODES * scale);
    server.receive(connection, frames.create('/reads').take());
    server.commit();
    for (let i = 0; i < count; i += BATCH) {
      for (let j = i; j < i + BATCH; j++) frames.create(`/reads/znode-${j}`);
      server.receive(connection, frames.take());
      server.commit();
    }
    progress(`${server.tree.nodeCount} znodes`);
    // A stride that has no divisor in common with the count visits all in an order that no cache likes.
    const batches = Array.from({ length: Math.max(1, count / BATCH) }, (_, batch) => {
      for (let j = 0; j < BATCH; j++) frames.getData(`/reads/znode-${((batch * BATCH + j) * 7919) % count}`, false);
      return frames.take();
    });
    let slices = server.timeSteps();
    const rounds = Math.ceil((READS * scale) / count);
    for (let round = 0; round <= rounds; round++) {
      // The first is a rehearsal.
      if (round === 1) slices = server.timeSteps();
      for (const batch of batches) server.receive(connection, batch);
    }
    const readCount = rounds * batches.length * BATCH;
    return [{ name: 'getData', value: (readCount * 1000) / slices.totalMs, unit: '/s' }, ...slices.figures('reads')];
  },
};
