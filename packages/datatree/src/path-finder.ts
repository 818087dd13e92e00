// The znode that a path names. A read asks several times for one path, once for each thing that it has to know: the last answer
// is kept while nothing changes.

import { NO_NODE } from './node-store.ts';
import { PathKey } from './path-key.ts';
import type { Znodes } from './znodes.ts';

/** Stands for the empty path among watches: a name that no znode can have. */
const EMPTY_PATH = new PathKey();
EMPTY_PATH.setString('\0');

export class PathFinder {
  readonly #key = new PathKey();
  readonly #znodes: Znodes;
  #path: string | undefined;
  #node = NO_NODE;
  /** What changeCount was when #node was found; -1 when the path in #key was not looked for. */
  #foundAt = -1;

  constructor(znodes: Znodes) {
    this.#znodes = znodes;
  }

  /** -1 if there is none. */
  find(path: string): number {
    const { changeCount } = this.#znodes;
    if (path === this.#path && changeCount === this.#foundAt) return this.#node;
    this.#setKey(path);
    this.#node = this.#znodes.names.find(this.#key);
    this.#foundAt = changeCount;
    return this.#node;
  }

  /** Of the path that was asked for last. The empty path names the root, but its watches are its own, and no event is theirs. */
  get watchKey(): PathKey {
    return this.#path === '' ? EMPTY_PATH : this.#key;
  }

  /** For a watch that needs no znode. */
  watchKeyOf(path: string): PathKey {
    this.#setKey(path);
    return this.watchKey;
  }

  #setKey(path: string): void {
    if (path === this.#path) return;
    this.#foundAt = -1;
    this.#key.setString(path);
    this.#path = path;
  }
}
