// The znode that a path names. A read asks several times for one path, once for each thing that it has to know: the last answer
// is kept while nothing changes.

import { NO_NODE } from './node-store.ts';
import { PathKey } from './path-key.ts';
import type { Znodes } from './znodes.ts';

export class PathFinder {
  /** The path that was asked for last. */
  readonly key: PathKey = new PathKey();
  readonly #znodes: Znodes;
  #path: string | undefined;
  #node = NO_NODE;
  /** What changeCount was when #node was found; -1 when the path in `key` was not looked for. */
  #foundAt = -1;

  constructor(znodes: Znodes) {
    this.#znodes = znodes;
  }

  /** -1 if there is none. */
  find(path: string): number {
    const { changeCount } = this.#znodes;
    if (path === this.#path && changeCount === this.#foundAt) return this.#node;
    this.keyOf(path);
    this.#node = this.#znodes.names.find(this.key);
    this.#foundAt = changeCount;
    return this.#node;
  }

  /** For what needs no znode: `key`, set to the path. */
  keyOf(path: string): PathKey {
    if (path !== this.#path) {
      this.#foundAt = -1;
      this.key.setString(path);
      this.#path = path;
    }
    return this.key;
  }
}
