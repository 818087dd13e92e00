// SetWatches and SetWatches2 (FinalRequestProcessor, DataTree.setWatches), which a client that comes back sends for all its watches, as many
// as fit into a frame: some hundreds a step. Each path is judged when it is reached: what changed before is told then, and what
// changes afterwards finds the watch that was left. So no change is lost, and for no watch is one told twice.

import type { WatchedPaths, WatchEventSink } from '@zebu/datatree';
import type { JuteReader, JuteWriter } from '@zebu/jute';
import { ErrorCode, OpCode, type Zxid } from '@zebu/protocol';
import type { ClientConnection } from './client-connection.ts';
import { type LongWork, NO_BYTES } from './long-work.ts';
import type { SliceSizes } from './slice-sizes.ts';
import type { ServedTree } from './tree-views.ts';

const MINIMUM_STRING_BYTES = 4;
/** In the order in which the record has them; the last two only in SetWatches2. */
const KINDS = ['data', 'exist', 'child', 'persistent', 'persistentRecursive'] as const;
const OLDER_KINDS = 3;

/** Nothing behind such a request is begun before its last watch is set, or removeWatches might come before what it removes. */
export const holdsFramesUp = (type: number, length: number, { setWatchesBytes }: SliceSizes): boolean =>
  length > setWatchesBytes && (type === OpCode.SET_WATCHES || type === OpCode.SET_WATCHES2);

export class SetWatchesAnswer implements LongWork {
  readonly opening: Uint8Array = NO_BYTES;
  readonly #tree: ServedTree;
  readonly #connection: ClientConnection;
  readonly #reader: JuteReader;
  readonly #slices: SliceSizes;
  readonly #kindCount: number;
  #relativeZxid: Zxid | undefined;
  /** Those that were looked at, and of the last one the paths that were not yet. */
  readonly #lists: WatchList[] = [];
  #unread = 0;
  /**
   * A list or path was null: what is in front of it counts, and the work ends there. A null path among those that stay is passed
   * over: ZooKeeper looks nothing up for it, and its watch never fires.
   */
  #isCut = false;
  /** The list that is being worked off; -1 before the first. */
  #list = -1;
  #left = 0;

  constructor(tree: ServedTree, type: number, reader: JuteReader, connection: ClientConnection, slices: SliceSizes) {
    this.#slices = slices;
    this.#tree = tree;
    this.#connection = connection;
    this.#reader = reader;
    this.#kindCount = type === OpCode.SET_WATCHES2 ? KINDS.length : OLDER_KINDS;
  }

  get outcome(): ErrorCode {
    return this.#isCut ? ErrorCode.MARSHALLINGERROR : ErrorCode.OK;
  }

  /** Everything is looked at before the first event is told. Whoever is not connected any more leaves no watch. */
  next(_: JuteWriter, events: WatchEventSink): boolean {
    if (this.#connection.phase === 'closed') return false;
    return this.#isChecked ? this.#setSome(events) : this.#checkSome();
  }

  close(): void {}

  get #isChecked(): boolean {
    return this.#unread === 0 && this.#lists.length === this.#kindCount;
  }

  #checkSome(): true {
    const reader = this.#reader;
    this.#relativeZxid ??= reader.readLong() as Zxid;
    for (let left = this.#slices.stringCount; left > 0 && !this.#isChecked; left--) {
      if (this.#unread === 0) this.#beginList(reader.readCount(MINIMUM_STRING_BYTES));
      else this.#count(reader.skipString());
    }
    return true;
  }

  #beginList(count: number): void {
    if (count < 0) this.#isCut = true;
    this.#unread = Math.max(count, 0);
    this.#lists.push({ start: this.#reader.offset, count: 0 });
  }

  #count(isThere: boolean): void {
    this.#unread--;
    if (!isThere) this.#isCut ||= this.#lists.length <= OLDER_KINDS;
    if (!this.#isCut) (this.#lists.at(-1) as WatchList).count++;
  }

  #setSome(events: WatchEventSink): boolean {
    for (let budget = this.#slices.watchCount; budget > 0; ) {
      if (this.#left === 0 && !this.#nextList()) return false;
      const count = Math.min(this.#left, budget);
      this.#setThese(this.#readPaths(count), events);
      this.#left -= count;
      budget -= count;
    }
    return true;
  }

  #nextList(): boolean {
    const list = this.#lists[++this.#list];
    if (list === undefined) return false;
    this.#left = list.count;
    const { bytes } = this.#reader;
    this.#reader.reset(bytes, list.start);
    return true;
  }

  #readPaths(count: number): string[] {
    return Array.from({ length: count }, () => this.#reader.readString()).filter((path) => path !== null);
  }

  #setThese(paths: readonly string[], events: WatchEventSink): void {
    const watched: WatchedPaths = { ...NOTHING, [KINDS[this.#list] as (typeof KINDS)[number]]: paths };
    this.#tree.setWatches(this.#relativeZxid as Zxid, watched, this.#connection.id, events);
  }
}

/** What counts of a list, and where it begins. */
interface WatchList {
  readonly start: number;
  count: number;
}

const NOTHING: WatchedPaths = { data: [], exist: [], child: [] };
