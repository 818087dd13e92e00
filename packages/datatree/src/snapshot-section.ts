// One table of a snapshot's body: which of its slots are written already, which are next, and what waits to be taken.

import type { JuteWriter } from '@zebu/jute';
import { ByteQueue } from './byte-queue.ts';
import { SlotSet } from './slot-set.ts';

export interface SectionSource {
  /** The first slot in use at or after `from` and below `limit`; -1 if there is none. */
  nextUsed(from: number, limit: number): number;
  /** The slot whose record must precede this one's; -1 if there is none. */
  predecessor(slot: number): number;
  write(slot: number, writer: JuteWriter): void;
}

export class SnapshotSection {
  readonly #source: SectionSource;
  /** Slots from here on were first used after the snapshot was opened. */
  readonly #limit: number;
  readonly #queue = new ByteQueue();
  /** Slots that were written, or hold a row of after the opening. */
  readonly #done = new SlotSet();
  #position = 0;
  /** Slots to write, the first one last. Not recursion: a tree may be deeper than a stack. */
  readonly #chain: number[] = [];

  constructor(source: SectionSource, limit: number) {
    this.#source = source;
    this.#limit = limit;
  }

  get writer(): JuteWriter {
    return this.#queue.writer;
  }

  /** The row in this slot came after the opening. */
  exclude(slot: number): void {
    if (slot < this.#limit) this.#done.add(slot);
  }

  /** The row in this slot is about to change. */
  writeIfPending(slot: number): void {
    for (let at = slot; at >= 0 && this.#isPending(at); at = this.#source.predecessor(at)) {
      this.#done.add(at);
      this.#chain.push(at);
    }
    for (let at = this.#chain.pop(); at !== undefined; at = this.#chain.pop()) {
      this.#source.write(at, this.#queue.writer);
      this.#queue.onWritten();
    }
  }

  /** The next 1..maxBytes bytes; undefined after the last. */
  take(maxBytes: number): Uint8Array | undefined {
    while (this.#queue.length < maxBytes) {
      const slot = this.#source.nextUsed(this.#position, this.#limit);
      if (slot < 0) break;
      this.#position = slot + 1;
      this.writeIfPending(slot);
    }
    return this.#queue.take(maxBytes);
  }

  #isPending(slot: number): boolean {
    return slot < this.#limit && !this.#done.has(slot);
  }
}
