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
  /** As far as they are read. */
  readonly #lists: string[][] = [];
  /** Of the last list, to be read. */
  #unread = 0;
  /**
   * A list or path was null: what is in front of it counts, and the work ends there. A null path among those that stay is passed
   * over: ZooKeeper looks nothing up for it, and its watch never fires.
   */
  #isCut = false;
  /** How far the lists are worked off. */
  #list = 0;
  #place = 0;

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

  /** Everything is read before the first event is told. Whoever is not connected any more leaves no watch. */
  next(_: JuteWriter, events: WatchEventSink): boolean {
    if (this.#connection.phase === 'closed') return false;
    return this.#isRead ? this.#setSome(events) : this.#readSome();
  }

  close(): void {}

  get #isRead(): boolean {
    return this.#unread === 0 && this.#lists.length === this.#kindCount;
  }

  #readSome(): true {
    const reader = this.#reader;
    this.#relativeZxid ??= reader.readLong() as Zxid;
    for (let left = this.#slices.stringCount; left > 0 && !this.#isRead; left--) {
      if (this.#unread === 0) this.#beginList(reader.readCount(MINIMUM_STRING_BYTES));
      else this.#take(reader.readString());
    }
    return true;
  }

  #beginList(count: number): void {
    if (count < 0) this.#isCut = true;
    this.#unread = Math.max(count, 0);
    this.#lists.push([]);
  }

  #take(path: string | null): void {
    this.#unread--;
    if (path === null) this.#isCut ||= this.#lists.length <= OLDER_KINDS;
    else if (!this.#isCut) this.#lists.at(-1)?.push(path);
  }

  #setSome(events: WatchEventSink): boolean {
    for (let left = this.#slices.watchCount; left > 0; ) {
      const list = this.#lists[this.#list];
      if (list === undefined) return false;
      const paths = list.slice(this.#place, this.#place + left);
      const watched: WatchedPaths = { ...NOTHING, [KINDS[this.#list] as (typeof KINDS)[number]]: paths };
      this.#tree.setWatches(this.#relativeZxid as Zxid, watched, this.#connection.id, events);
      left -= paths.length;
      this.#place += paths.length;
      if (this.#place < list.length) continue;
      this.#list++;
      this.#place = 0;
    }
    return true;
  }
}

const NOTHING: WatchedPaths = { data: [], exist: [], child: [] };
