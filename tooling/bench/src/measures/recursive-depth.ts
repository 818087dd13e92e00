// What the existence of recursive watches costs a write that none of them is about, by the depth of its path.

import type { WatcherId } from '@zebu/datatree';
import { AddWatchMode } from '@zebu/protocol';
import { BenchServer } from '../bench-server.ts';
import { Frames } from '../frames.ts';
import type { Figure, Measure } from '../measure.ts';

const DEPTHS = [1, 8, 64];
const WRITES = 200_000;
const BATCH = 100;
const ELSEWHERE = 100_000;

export const recursiveDepth: Measure = {
  name: 'recursive-depth',
  title: 'a setData while there are no recursive watches, and while 100,000 are elsewhere',
  run({ scale, progress }) {
    const server = new BenchServer();
    const [connection] = server.connect(1) as [never];
    const frames = new Frames();
    const paths = DEPTHS.map((depth) => Array.from({ length: depth }, () => '/level').join(''));
    let path = '';
    for (let depth = 0; depth < Math.max(...DEPTHS); depth++) {
      path += '/level';
      server.receive(connection, frames.create(path).take());
      server.commit();
    }
    const time = (target: string): number => {
      const count = Math.max(BATCH, WRITES * scale);
      const start = performance.now();
      for (let i = 0; i < count; i += BATCH) {
        for (let j = 0; j < BATCH; j++) frames.setData(target);
        server.receive(connection, frames.take());
        server.commit();
      }
      return ((performance.now() - start) * 1000) / count;
    };
    paths.forEach(time);
    const without = paths.map(time);
    for (let i = 0; i < ELSEWHERE * scale; i++) {
      server.tree.addWatch(`/elsewhere/${i}`, AddWatchMode.PERSISTENT_RECURSIVE, 2 as WatcherId);
    }
    progress(`${server.tree.watchCount} recursive watches`);
    const withSome = paths.map(time);
    return DEPTHS.flatMap((depth, i): Figure[] => [
      { name: `depth ${depth}, without`, value: without[i] as number, unit: 'us' },
      { name: `depth ${depth}, with`, value: withSome[i] as number, unit: 'us' },
    ]);
  },
};
