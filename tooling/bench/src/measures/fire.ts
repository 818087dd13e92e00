// One change that 10,000 connections wait for: the whole step, from the committed txn to the frames for each.

import { AddWatchMode } from '@zebu/protocol';
import { BenchServer } from '../bench-server.ts';
import { Frames } from '../frames.ts';
import type { Figure, Measure, MeasureContext } from '../measure.ts';

const WATCHERS = 10_000;
const ROUNDS = 50;
/** After which nothing is compiled for the first time. */
const REHEARSALS = 20;
const PATH = '/config/feature/flags';

function fire({ scale, progress }: MeasureContext, watch: (frames: Frames) => void, isOneShot: boolean): Figure[] {
  const server = new BenchServer();
  const watcherCount = Math.round(WATCHERS * scale);
  const connections = server.connect(watcherCount);
  const writer = connections[0] as (typeof connections)[number];
  const frames = new Frames();
  server.receive(writer, frames.create('/config').create('/config/feature').create(PATH).take());
  server.commit();
  progress(`${watcherCount} connections`);
  const watching = ((): Uint8Array => {
    watch(frames);
    return frames.take();
  })();
  const totals: number[] = [];
  const longest: number[] = [];
  for (let round = 0; round < REHEARSALS + ROUNDS; round++) {
    if (isOneShot || round === 0) for (const connection of connections) server.receive(connection, watching);
    server.receive(writer, frames.setData(PATH).take());
    const sends = server.sendCount;
    const slices = server.timeSteps();
    server.commit();
    if (server.sendCount - sends < watcherCount) throw new Error(`${server.sendCount - sends} were told`);
    if (round < REHEARSALS) continue;
    totals.push(slices.totalMs);
    longest.push(slices.longestMs);
  }
  const median = medianOf(totals);
  return [
    { name: 'one change, median', value: median, unit: 'ms' },
    { name: 'one change, slowest', value: Math.max(...totals), unit: 'ms' },
    { name: 'its longest slice, median', value: medianOf(longest), unit: 'ms' },
    { name: 'for each watcher', value: (median * 1000) / watcherCount, unit: 'us' },
  ];
}

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] as number;

export const fireOneShot: Measure = {
  name: 'fire-one-shot',
  title: 'a setData that tells 10,000 one-shot watches',
  run: (context) => fire(context, (frames) => frames.getData(PATH, true), true),
};

export const firePersistent: Measure = {
  name: 'fire-recursive',
  title: 'a setData that tells 10,000 recursive watches, two levels up',
  run: (context) => fire(context, (frames) => frames.addWatch('/config', AddWatchMode.PERSISTENT_RECURSIVE), false),
};
