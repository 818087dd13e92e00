// What a watch costs when there are a million: memory, the time to leave it, and the end of those who left them.

import type { ConnectionId } from '@zebu/interfaces';
import { AddWatchMode } from '@zebu/protocol';
import { BenchServer } from '../bench-server.ts';
import { Frames } from '../frames.ts';
import type { Figure, Measure, MeasureContext } from '../measure.ts';
import { usedBytes } from '../memory.ts';

const WATCHES = 1_000_000;
const CONNECTIONS = 1000;
/** Of a rehearsal, after which nothing is compiled for the first time. */
const REHEARSED_CONNECTIONS = 50;
/** Requests that one read of a socket brings. */
const BATCH = 100;

/** The path that a connection's nth watch is on, and the request that leaves it. */
interface Layout {
  leave(frames: Frames, connection: number, place: number): void;
}

function measureWatches({ scale, progress }: MeasureContext, layout: Layout): Figure[] {
  const connectionCount = Math.max(2, Math.round(CONNECTIONS * Math.sqrt(scale)));
  const perConnection = Math.max(BATCH, Math.round((WATCHES * scale) / connectionCount));
  rehearse(perConnection, layout);
  const server = new BenchServer();
  const connections = server.connect(connectionCount);
  const before = usedBytes();
  const growth = server.timeSteps();
  connections.forEach((connection, i) => {
    for (const batch of batchesOf(layout, i, perConnection)) server.receive(connection, batch);
    if ((i + 1) % Math.ceil(connectionCount / 4) === 0) progress(`${server.tree.watchCount} watches`);
  });
  const { watchCount } = server.tree;
  if (watchCount < connectionCount * perConnection) throw new Error(`only ${watchCount} watches were left`);
  return [
    { name: 'memory per watch', value: (usedBytes() - before) / watchCount, unit: 'B' },
    { name: 'watches left', value: (watchCount * 1000) / growth.totalMs, unit: '/s' },
    ...growth.figures('growth'),
    ...disconnectAll(server, connections),
  ];
}

function rehearse(perConnection: number, layout: Layout): void {
  const server = new BenchServer();
  const connections = server.connect(REHEARSED_CONNECTIONS);
  for (const [i, connection] of connections.entries()) {
    for (const batch of batchesOf(layout, i, perConnection)) server.receive(connection, batch);
  }
  disconnectAll(server, connections);
}

function* batchesOf(layout: Layout, connection: number, count: number): Generator<Uint8Array> {
  const frames = new Frames();
  for (let place = 0; place < count; place += BATCH) {
    for (let i = place; i < place + BATCH; i++) layout.leave(frames, connection, i);
    yield frames.take();
  }
}

function disconnectAll(server: BenchServer, connections: readonly ConnectionId[]): Figure[] {
  const end = server.timeSteps();
  for (const connection of connections) server.disconnect(connection);
  if (server.tree.watchCount !== 0) throw new Error(`${server.tree.watchCount} watches survived their connections`);
  return end.figures('connections end');
}

const ownPath = (connection: number, place: number): string => `/services/app-${connection}/instance-${place}`;

export const distinctWatches: Measure = {
  name: 'watches-distinct',
  title: '1,000,000 one-shot watches, each on a path of its own, of 1,000 connections',
  run: (context) =>
    measureWatches(context, {
      leave: (frames, connection, place) => void frames.existsWatched(ownPath(connection, place)),
    }),
};

export const sharedWatches: Measure = {
  name: 'watches-shared',
  title: '1,000 connections, each with one-shot watches on the same 1,000 paths',
  run: (context) =>
    measureWatches(context, { leave: (frames, _, place) => void frames.existsWatched(ownPath(0, place)) }),
};

export const recursiveWatches: Measure = {
  name: 'watches-recursive',
  title: '1,000,000 persistent recursive watches, each on a path of its own, of 1,000 connections',
  run: (context) =>
    measureWatches(context, {
      leave: (frames, connection, place) =>
        void frames.addWatch(ownPath(connection, place), AddWatchMode.PERSISTENT_RECURSIVE),
    }),
};
