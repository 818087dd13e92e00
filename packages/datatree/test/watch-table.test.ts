// The table of watches against ZooKeeper's WatchManager, written out slowly.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashBytes } from '../src/hash.ts';
import type { WatcherId } from '../src/index.ts';
import { WatchMode } from '../src/watch-modes.ts';
import { WatchTable } from '../src/watch-table.ts';
import { bytesOf } from './support/txns.ts';
import { PATIENT } from './support/patience.ts';

/** WatchManager: modes by path and watcher. */
class ModelTable {
  readonly watches = new Map<string, Map<number, number>>();

  get count(): number {
    return [...this.watches.values()].reduce((sum, watchers) => sum + watchers.size, 0);
  }

  modesOf(path: string, watcher: number): number {
    return this.watches.get(path)?.get(watcher) ?? 0;
  }

  set(path: string, watcher: number, modes: number): void {
    const watchers = this.watches.get(path) ?? new Map<number, number>();
    if (modes === 0) watchers.delete(watcher);
    else watchers.set(watcher, modes);
    if (watchers.size === 0) this.watches.delete(path);
    else this.watches.set(path, watchers);
  }

  fire(path: string): Set<number> {
    const fired = new Set<number>();
    for (const [watcher, modes] of this.watches.get(path) ?? []) {
      fired.add(watcher);
      this.set(path, watcher, modes & ~WatchMode.STANDARD);
    }
    for (const [above, watchers] of this.watches) {
      if (above === path || !path.startsWith(`${above}/`)) continue;
      for (const [watcher, modes] of watchers) if ((modes & WatchMode.RECURSIVE) !== 0) fired.add(watcher);
    }
    return fired;
  }
}

class Pair {
  readonly table = new WatchTable();
  readonly model = new ModelTable();

  add(path: string, mode: WatchMode, watcher: number): void {
    const bytes = bytesOf(path);
    this.table.add(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length), mode, watcher as WatcherId);
    this.model.set(path, watcher, this.model.modesOf(path, watcher) | mode);
  }

  remove(path: string, modes: number, watcher: number): void {
    const bytes = bytesOf(path);
    const hash = hashBytes(bytes, 0, bytes.length);
    const removed = this.table.remove(bytes, 0, bytes.length, hash, modes, watcher as WatcherId);
    const before = this.model.modesOf(path, watcher);
    expect(removed).toBe((before & modes) !== 0);
    this.model.set(path, watcher, before & ~modes);
  }

  removeWatcher(watcher: number): void {
    this.table.removeWatcher(watcher as WatcherId);
    for (const path of this.model.watches.keys()) this.model.set(path, watcher, 0);
  }

  fire(path: string): void {
    const bytes = bytesOf(path);
    this.table.fire(bytes, 0, bytes.length, hashBytes(bytes, 0, bytes.length));
    for (let end = 0; end < bytes.length; end++) {
      if (bytes[end] === 0x2f) this.table.fireRecursive(bytes, 0, end, hashBytes(bytes, 0, end));
    }
    const fired = Array.from({ length: this.table.firedCount }, (_, i) => this.table.firedAt(i) as number);
    this.table.clearFired();
    expect(fired.toSorted((a, b) => a - b)).toEqual([...this.model.fire(path)].toSorted((a, b) => a - b));
  }

  check(paths: readonly string[], watchers: readonly number[]): void {
    expect(this.table.count).toBe(this.model.count);
    expect(this.table.hasRecursive).toBe(
      [...this.model.watches.values()].some((each) => [...each.values()].some((modes) => modes >= WatchMode.RECURSIVE)),
    );
    for (const path of paths) {
      const bytes = bytesOf(path);
      const hash = hashBytes(bytes, 0, bytes.length);
      for (const watcher of watchers) {
        const modes = this.table.modesOf(bytes, 0, bytes.length, hash, watcher as WatcherId);
        expect(modes, `${path} ${watcher}`).toBe(this.model.modesOf(path, watcher));
      }
    }
  }
}

const PATHS = ['', '/a', '/a/b', '/ab', `/a/b${'/long'.repeat(60)}`];
/** Enough for a path to become crowded. */
const WATCHERS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 2 ** 32 + 1, 2 ** 40];

describe('WatchTable', PATIENT, () => {
  it('does what WatchManager does', () => {
    const command = fc.record({
      what: fc.constantFrom('add', 'add', 'add', 'add', 'fire', 'remove', 'removeWatcher'),
      path: fc.constantFrom(...PATHS),
      mode: fc.constantFrom(...Object.values(WatchMode)),
      modes: fc.constantFrom(1, 2, 4, 7),
      watcher: fc.constantFrom(...WATCHERS),
    });
    fc.assert(
      fc.property(fc.array(command, { maxLength: 120 }), (commands) => {
        const pair = new Pair();
        for (const { what, path, mode, modes, watcher } of commands) {
          if (what === 'add') pair.add(path, mode, watcher);
          else if (what === 'fire') pair.fire(path);
          else if (what === 'remove') pair.remove(path, modes, watcher);
          else pair.removeWatcher(watcher);
          pair.check(PATHS, WATCHERS);
        }
      }),
      { numRuns: 150, seed: 10 },
    );
  });

  it('lets the many watches of one who is gone go bit by bit, and nobody sees them meanwhile', () => {
    const pair = new Pair();
    const count = 10_000;
    for (let i = 0; i < count; i++) pair.add(`/n/${i}`, WatchMode.RECURSIVE, 1);
    pair.add('/n/0', WatchMode.STANDARD, 2);
    pair.removeWatcher(1);
    expect([pair.table.count, pair.table.isEmpty, pair.table.watchers.count]).toEqual([1, false, 1]);
    expect(pair.table.paths.count).toBeGreaterThan(1);
    pair.fire('/n/0/x');
    pair.fire('/n/0');
    // The connection's number is its own: one that comes again is another watcher.
    pair.add('/n/1', WatchMode.PERSISTENT, 1);
    for (let i = 0; i < 300; i++) pair.fire(`/n/${i}`);
    expect([pair.table.count, pair.table.paths.count, pair.table.hasRecursive]).toEqual([1, 1, false]);
    pair.check(['/n/0', '/n/1'], [1, 2]);
  });

  it('uses the rows of watches that ended again', () => {
    const pair = new Pair();
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 100; i++) pair.add(`/n/${i % 10}`, WatchMode.STANDARD, i);
      for (let i = 0; i < 10; i++) pair.fire(`/n/${i}`);
    }
    expect([pair.table.isEmpty, pair.table.paths.count, pair.table.paths.limit]).toEqual([true, 0, 10]);
    expect([pair.table.watchers.count, pair.table.watchers.limit]).toEqual([100, 100]);
  });
});
