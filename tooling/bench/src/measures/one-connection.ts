// The end of one connection that has a million watches: they may go in no single step.

import { BenchServer } from '../bench-server.ts';
import { Frames } from '../frames.ts';
import type { Figure, Measure } from '../measure.ts';

const WATCHES = 1_000_000;
const BATCH = 100;
const OTHERS_BATCH = 10;
/** After which nothing is compiled for the first time. */
const REHEARSED_WATCHES = 50_000;

export const oneConnection: Measure = {
  name: 'watches-one-connection',
  title: 'one connection with 1,000,000 one-shot watches, and its end',
  run({ scale, progress }) {
    leaveAndEnd(REHEARSED_WATCHES);
    progress('rehearsed');
    return leaveAndEnd(Math.ceil((WATCHES * scale) / BATCH) * BATCH);
  },
};

function leaveAndEnd(count: number): Figure[] {
  const server = new BenchServer();
  const [gone, other] = server.connect(2) as [never, never];
  const growth = server.timeSteps();
  const frames = new Frames();
  for (let i = 0; i < count; i += BATCH) {
    for (let j = i; j < i + BATCH; j++) frames.existsWatched(`/locks/holder-${j}`);
    server.receive(gone, frames.take());
  }
  const end = server.timeSteps();
  server.disconnect(gone);
  // What is left of them goes with what others do.
  for (let i = 0; i < count / BATCH; i++) {
    for (let j = 0; j < OTHERS_BATCH; j++) frames.existsWatched(`/locks/other-${i}-${j}`);
    server.receive(other, frames.take());
  }
  return [...growth.figures('growth'), ...end.figures('end')];
}
