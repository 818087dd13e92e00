// The parts of a multiRead, read from its record some at a time.

import { decodeMultiHeader, decodeMultiOperation, JuteError, type JuteReader } from '@zebu/jute';
import { OpCode } from '@zebu/protocol';

export class MultiReadParts {
  readonly types: number[] = [];
  /** Null from a client that sent none. */
  readonly paths: (string | null)[] = [];
  #reader: JuteReader;
  #isWhole = false;

  /** Reads as far as `readSome` is asked to. */
  constructor(reader: JuteReader) {
    this.#reader = reader;
  }

  get isWhole(): boolean {
    return this.#isWhole;
  }

  /** What is left to read is in here from now on. */
  goOnIn(reader: JuteReader): void {
    this.#reader = reader;
  }

  /**
   * A multi that writes is a record like this one, and comes to nothing when its first part is to be read. Parts leave no watch,
   * whatever their flag says (Op.GetData).
   */
  readSome(count: number): void {
    const reader = this.#reader;
    for (let left = count; left > 0; left--) {
      const { type, done } = decodeMultiHeader(reader);
      if (done) {
        this.#isWhole = true;
        return;
      }
      this.types.push(type);
      if (isRead(this.types[0] as number)) this.paths.push(this.#readPath(type));
      else this.#skipWrite(type);
    }
  }

  #readPath(type: number): string | null {
    const reader = this.#reader;
    if (!isRead(type)) throw new JuteError(`type ${type} in a multiRead`, reader.offset);
    const path = reader.readString();
    reader.readBool();
    return path;
  }

  #skipWrite(type: number): void {
    decodeMultiOperation(this.#reader, type);
    this.paths.push(null);
  }
}

const isRead = (type: number): boolean => type === OpCode.GET_DATA || type === OpCode.GET_CHILDREN;
