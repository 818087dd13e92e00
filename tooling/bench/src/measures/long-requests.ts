// Requests that fill a frame, and a list that fills an answer: what one client asks for may hold nobody else up.

import type { ConnectionId } from '@zebu/interfaces';
import { BenchServer } from '../bench-server.ts';
import { Frames } from '../frames.ts';
import type { Figure, Measure, MeasureContext } from '../measure.ts';

/** As many as fit into jute.maxbuffer: paths of 16 bytes. */
const PATHS = 50_000;
const ZNODES = 1_000_000;
const BATCH = 100;
const WRITES = 20;
const ROUNDS = 10;

const PATH = (n: number): string => `/queue/item-${n}`;

function populated(count: number): {
  readonly server: BenchServer;
  readonly client: ConnectionId;
  readonly other: ConnectionId;
} {
  const server = new BenchServer();
  const [client, other] = server.connect(2) as [ConnectionId, ConnectionId];
  const frames = new Frames();
  server.receive(other, frames.create('/queue').take());
  server.commit();
  for (let n = 0; n < count; n += BATCH) {
    for (let i = n; i < n + BATCH; i++) frames.create(PATH(i));
    server.receive(other, frames.take());
    server.commit();
  }
  return { server, client, other };
}

/** Asks over and over, the first time cold, while another client writes. */
function ask(
  { scale }: MeasureContext,
  fullCount: number,
  request: (frames: Frames, paths: readonly string[]) => void,
): Figure[] {
  const count = Math.ceil((fullCount * scale) / BATCH) * BATCH;
  const { server, client, other } = populated(count);
  const paths = Array.from({ length: Math.min(count, PATHS) }, (_, n) => PATH((n * 7919) % count));
  const frames = new Frames();
  request(frames, paths);
  const asked = frames.take();
  const cold = server.timeSteps();
  answerOnce(server, client, asked, () => undefined);
  const warm = server.timeSteps();
  for (let round = 0; round < ROUNDS; round++) {
    answerOnce(server, client, asked, () => {
      for (let i = 0; i < WRITES; i++) frames.setData(PATH((i * 7919 * (round + 1)) % count));
      server.receive(other, frames.take());
      server.commit();
    });
  }
  return [
    { name: 'the first', value: cold.totalMs, unit: 'ms' },
    ...cold.figures('the first'),
    { name: 'later, with writes between', value: warm.totalMs / ROUNDS, unit: 'ms' },
    ...warm.figures('later'),
  ];
}

function answerOnce(server: BenchServer, client: ConnectionId, asked: Uint8Array, between: () => void): void {
  const sent = server.sentBytes;
  server.receive(client, asked);
  between();
  server.finishAnswers();
  if (server.sentBytes === sent) throw new Error('no answer');
}

export const setWatches: Measure = {
  name: 'set-watches',
  title: 'setWatches of 50,000 paths, in one frame of 1 MB',
  run: (context) => ask(context, PATHS, (frames, paths) => void frames.setWatches(paths)),
};

export const multiRead: Measure = {
  name: 'multi-read',
  title: 'multiRead of 30,000 znodes, in one frame of 1 MB',
  run: (context) => ask(context, PATHS, (frames, paths) => void frames.multiRead(paths.slice(0, 30_000))),
};

export const listing: Measure = {
  name: 'listing',
  title: 'getChildren of a znode with 1,000,000 children',
  run: (context) => ask(context, ZNODES, (frames) => void frames.getChildren('/queue')),
};

export const multiReadListing: Measure = {
  name: 'multi-read-listing',
  title: 'multiRead of a znode with 1,000,000 children',
  run: (context) => ask(context, ZNODES, (frames) => void frames.multiRead(['/queue'], 'getChildren')),
};
