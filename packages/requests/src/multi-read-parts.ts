// The parts of a multiRead, read from its record some at a time: first all are looked at, then each is read when it is its turn. So what is
// kept of a request of megabytes is its bytes, and nothing for the garbage collector.

import { decodeMultiHeader, decodeMultiOperation, JuteError, JuteReader } from '@zebu/jute';
import { OpCode } from '@zebu/protocol';

const NO_TYPE = -1;

export class MultiReadParts {
  #reader: JuteReader;
  /** Of the record. */
  #start: number;
  readonly #end: number;
  #firstType = NO_TYPE;
  #isChecked = false;
  /** Of the part that `next` read. */
  type = NO_TYPE;

  constructor(reader: JuteReader) {
    this.#reader = reader;
    this.#start = reader.offset;
    this.#end = reader.offset + reader.remaining;
  }

  /** The bytes of the record are another's: goes on in a copy. */
  keep(): void {
    const { bytes, offset } = this.#reader;
    const copy = bytes.slice(this.#start, this.#end);
    this.#reader = new JuteReader(copy, offset - this.#start);
    this.#start = 0;
  }

  /** All were looked at, and may be read. */
  get isChecked(): boolean {
    return this.#isChecked;
  }

  /** Looks at some; JuteError when there is one that cannot be read. */
  check(count: number): void {
    const reader = this.#reader;
    for (let left = count; left > 0; left--) {
      const { type, done } = decodeMultiHeader(reader);
      if (done) {
        this.#isChecked = true;
        reader.reset(reader.bytes, this.#start, reader.offset);
        return;
      }
      if (this.#firstType === NO_TYPE) this.#firstType = type;
      this.#checkPart(type);
    }
  }

  /** The path of the next part, null from a client that sent none; undefined when there is no further part. */
  next(): string | null | undefined {
    const reader = this.#reader;
    const { type, done } = decodeMultiHeader(reader);
    if (done) return undefined;
    if (!isRead(type)) return null;
    this.type = type;
    const path = reader.readString();
    reader.readBool();
    return path;
  }

  /**
   * A multi that writes is a record like this one, and comes to nothing when its first part is to be read. Parts leave no watch,
   * whatever their flag says (Op.GetData).
   */
  #checkPart(type: number): void {
    const reader = this.#reader;
    if (!isRead(this.#firstType)) return void decodeMultiOperation(reader, type);
    if (!isRead(type)) throw new JuteError(`type ${type} in a multiRead`, reader.offset);
    reader.skipString();
    reader.readBool();
  }
}

const isRead = (type: number): boolean => type === OpCode.GET_DATA || type === OpCode.GET_CHILDREN;
