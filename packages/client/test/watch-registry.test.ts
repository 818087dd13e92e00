import type { Zxid } from '@zebu/protocol';
import { WatchEventType } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { WatchRegistry } from '../src/watch-registry.ts';

const RELATIVE = 7n as Zxid;

describe('WatchRegistry', () => {
  it('keeps the same listener on the same path once, and fires it once for two kinds', () => {
    const registry = new WatchRegistry();
    const listener = (): void => {};
    registry.add('data', '/a', listener);
    registry.add('data', '/a', listener);
    registry.add('child', '/a', listener);
    expect([...registry.take(WatchEventType.NODE_DELETED, '/a')]).toEqual([listener]);
    expect(registry.takeAll()).toEqual([]);
  });

  it('has nothing to set again when it is empty', () => {
    expect([...new WatchRegistry().toSetAgain(RELATIVE)]).toEqual([]);
  });

  it('sets watches again in pieces below 128 Ki units, each path once', () => {
    const registry = new WatchRegistry();
    const longName = 'x'.repeat(1000);
    const paths = Array.from({ length: 300 }, (_, i) => `/${longName}${i}`);
    for (const path of paths) registry.add('data', path, () => {});
    registry.add('exist', '/e', () => {});
    registry.add('child', '/c', () => {});
    const pieces = [...registry.toSetAgain(RELATIVE)];
    expect(pieces).toHaveLength(3);
    expect(pieces.flatMap((piece) => piece.dataWatches)).toEqual(paths);
    expect(pieces.flatMap((piece) => piece.existWatches)).toEqual(['/e']);
    expect(pieces.flatMap((piece) => piece.childWatches)).toEqual(['/c']);
    expect(pieces.every((piece) => piece.relativeZxid === RELATIVE)).toBe(true);
    for (const piece of pieces) expect(piece.dataWatches.join('').length).toBeLessThan(132 * 1024);
  });

  it('gives all of it at the end, each listener with each of its paths', () => {
    const registry = new WatchRegistry();
    const one = (): void => {};
    const two = (): void => {};
    registry.add('data', '/a', one);
    registry.add('child', '/a', one);
    registry.add('child', '/a', two);
    registry.add('exist', '/b', one);
    expect(registry.takeAll()).toEqual([
      { path: '/a', listener: one },
      { path: '/a', listener: two },
      { path: '/b', listener: one },
    ]);
    expect(registry.takeAll()).toEqual([]);
  });
});
