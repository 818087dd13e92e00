// The watches of a session, by the path that the server knows (ZKWatchManager): one-shot ones, and those that stay.

import type { SetWatches2 } from '@zebu/jute';
import type { Zxid } from '@zebu/protocol';
import { WatchEventType } from '@zebu/protocol';
import type { WatchListener } from './events.ts';

export type WatchKind = 'data' | 'exist' | 'child' | 'persistent' | 'persistentRecursive';

type OneShotKind = 'data' | 'exist' | 'child';

const KINDS: readonly WatchKind[] = ['data', 'exist', 'child', 'persistent', 'persistentRecursive'];

/** Longest list of paths in one SetWatches, in UTF-16 units (ClientCnxn.SET_WATCHES_MAX_LENGTH). */
const SET_WATCHES_UNITS = 128 * 1024;

const KINDS_FIRED: ReadonlyMap<number, readonly OneShotKind[]> = new Map<number, readonly OneShotKind[]>([
  [WatchEventType.NODE_CREATED, ['data', 'exist']],
  [WatchEventType.NODE_DATA_CHANGED, ['data', 'exist']],
  [WatchEventType.NODE_CHILDREN_CHANGED, ['child']],
  [WatchEventType.NODE_DELETED, ['data', 'exist', 'child']],
]);

export class WatchRegistry {
  readonly #listeners = {
    data: new Map<string, Set<WatchListener>>(),
    exist: new Map<string, Set<WatchListener>>(),
    child: new Map<string, Set<WatchListener>>(),
    persistent: new Map<string, Set<WatchListener>>(),
    persistentRecursive: new Map<string, Set<WatchListener>>(),
  };

  /** The same listener on the same path is kept once. */
  add(kind: WatchKind, path: string, listener: WatchListener): void {
    const byPath = this.#listeners[kind];
    const listeners = byPath.get(path);
    if (listeners === undefined) byPath.set(path, new Set([listener]));
    else listeners.add(listener);
  }

  /** All listeners of the kind on the path. */
  remove(kind: WatchKind, path: string): void {
    this.#listeners[kind].delete(path);
  }

  /** Returns whom an event of the server concerns, each listener once, and removes the one-shot ones. */
  take(eventType: number, path: string): Set<WatchListener> {
    const taken = new Set<WatchListener>();
    for (const kind of KINDS_FIRED.get(eventType) ?? []) {
      for (const listener of this.#listeners[kind].get(path) ?? []) taken.add(listener);
      this.#listeners[kind].delete(path);
    }
    for (const listener of this.#listeners.persistent.get(path) ?? []) taken.add(listener);
    if (eventType !== WatchEventType.NODE_CHILDREN_CHANGED) this.#takeRecursive(path, taken);
    return taken;
  }

  /** Watches of the path itself and of all above it. */
  #takeRecursive(path: string, taken: Set<WatchListener>): void {
    const { persistentRecursive } = this.#listeners;
    if (persistentRecursive.size === 0) return;
    for (let at = path; at !== ''; at = at.slice(0, at.lastIndexOf('/'))) {
      for (const listener of persistentRecursive.get(at) ?? []) taken.add(listener);
    }
    if (path !== '/') for (const listener of persistentRecursive.get('/') ?? []) taken.add(listener);
  }

  /** Removes everything: each listener with each path that it watched. */
  takeAll(): { readonly path: string; readonly listener: WatchListener }[] {
    const listenersByPath = new Map<string, Set<WatchListener>>();
    for (const byPath of Object.values(this.#listeners)) {
      for (const [path, listeners] of byPath) {
        listenersByPath.set(path, new Set([...(listenersByPath.get(path) ?? []), ...listeners]));
      }
      byPath.clear();
    }
    return [...listenersByPath].flatMap(([path, listeners]) => [...listeners].map((listener) => ({ path, listener })));
  }

  /** What a new connection must register again, in pieces that stay far below any server's jute.maxbuffer. */
  *toSetAgain(relativeZxid: Zxid): Generator<SetWatches2> {
    let piece = emptyPiece();
    let units = 0;
    for (const [kind, path] of this.#all()) {
      piece[`${kind}Watches`].push(path);
      units += path.length;
      if (units >= SET_WATCHES_UNITS) {
        yield { relativeZxid, ...piece };
        piece = emptyPiece();
        units = 0;
      }
    }
    if (units > 0) yield { relativeZxid, ...piece };
  }

  *#all(): Generator<[WatchKind, string]> {
    for (const kind of KINDS) {
      for (const path of this.#listeners[kind].keys()) yield [kind, path];
    }
  }
}

const emptyPiece = (): Record<`${WatchKind}Watches`, string[]> => ({
  dataWatches: [],
  existWatches: [],
  childWatches: [],
  persistentWatches: [],
  persistentRecursiveWatches: [],
});
