// What four-letter words list: lazily, since a tree may have a million watches, and whoever asks decides how much he reads.
// A listing may be read on after the tree changed and then shows what is there by then; the inner list of one entry may not.

import type { SessionId } from '@zebu/protocol';
import { NO_NODE } from './node-store.ts';
import { PathKey } from './path-key.ts';
import type { WatcherId } from './watch-event-sink.ts';
import type { WatchTable } from './watch-table.ts';
import { highWord, lowWord } from './words.ts';
import type { Znodes } from './znodes.ts';

/** Counts of data watches alone, as ZooKeeper's wchs has them. */
export interface WatchSummary {
  /** Who has watches, or had some that fired. */
  readonly connections: number;
  readonly paths: number;
  readonly watches: number;
}

export interface WatchedPath {
  readonly path: string;
  readonly watchers: Iterable<WatcherId>;
}

export interface Watching {
  readonly watcher: WatcherId;
  readonly paths: Iterable<string>;
}

export interface EphemeralOwner {
  readonly sessionId: SessionId;
  readonly paths: Iterable<string>;
}

export const summarizeWatches = (table: WatchTable): WatchSummary => ({
  connections: table.watchers.count,
  paths: table.paths.count,
  watches: table.count,
});

export function* listByPath(table: WatchTable): Generator<WatchedPath> {
  const { paths } = table;
  for (let path = 0; path < paths.limit; path++) {
    if (paths.isUsed(path)) yield { path: paths.text(path), watchers: table.watchersOf(path) };
  }
}

export function* listByWatcher(table: WatchTable): Generator<Watching> {
  const { watchers } = table;
  for (let owner = 0; owner < watchers.limit; owner++) {
    if (!watchers.isUsed(owner) || watchers.isGone(owner)) continue;
    yield { watcher: watchers.idOf(owner), paths: table.pathsOf(owner) };
  }
}

export function* listEphemerals(znodes: Znodes): Generator<EphemeralOwner> {
  const { ephemerals } = znodes;
  for (let row = 0; row < ephemerals.ownerLimit; row++) {
    if (!ephemerals.isOwner(row)) continue;
    const sessionId = ephemerals.ownerOf(row);
    yield { sessionId, paths: ephemeralPaths(znodes, sessionId) };
  }
}

export function* ephemeralPaths({ ephemerals, names }: Znodes, sessionId: SessionId): Generator<string> {
  const key = new PathKey();
  const first = ephemerals.first(highWord(sessionId), lowWord(sessionId));
  for (let node = first; node !== NO_NODE; node = ephemerals.next(node)) {
    names.writePath(node, key);
    yield key.text();
  }
}
