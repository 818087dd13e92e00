// A list too long for one step, as getChildren, getChildren2 and getEphemerals answer it.

import type { ListingCursor } from '@zebu/datatree';
import { JuteWriter } from '@zebu/jute';
import { ErrorCode } from '@zebu/protocol';
import type { LongWork } from './long-work.ts';

const COUNT_BYTES = 4;

export class ListingAnswer implements LongWork {
  readonly outcome = ErrorCode.OK;
  readonly #cursor: ListingCursor;
  readonly #end: Uint8Array;
  readonly #sliceCount: number;

  /** `end` follows the list: a Stat, or nothing. */
  constructor(cursor: ListingCursor, end: Uint8Array, sliceCount: number) {
    this.#cursor = cursor;
    this.#end = end;
    this.#sliceCount = sliceCount;
  }

  get opening(): Uint8Array {
    const out = new JuteWriter(COUNT_BYTES);
    out.writeInt(this.#cursor.count);
    return out.take();
  }

  next(body: JuteWriter): boolean {
    const goesOn = this.#cursor.next(this.#sliceCount, body);
    if (!goesOn) body.writeRaw(this.#end);
    return goesOn;
  }

  close(): void {
    this.#cursor.close();
  }
}
