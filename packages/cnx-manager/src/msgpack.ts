// The msgpack that travels between servers: arrays of integers, strings and binaries. Everything else that msgpack knows (maps, records,
// extensions, floats, 64-bit integers) is refused here, before msgpackr sees it: its records compile code and its extensions build objects,
// neither of which a stranger's bytes should reach.

import { Packr, Unpackr } from 'msgpackr';
import { FrameError } from './frame-error.ts';

export type WireValue = number | string | Uint8Array | readonly WireValue[];

/** Elements of one array: an array costs eight bytes an element before its shape is looked at, whatever the frame limit is. */
export const MAX_ARRAY_ELEMENTS = 1 << 20;
/** Arrays in arrays: a packet, its requests, one request, that request's authInfo. */
const MAX_DEPTH = 4;

/** msgpackr grows its slab to several times the largest value and then keeps it; above this it is given a small one again. */
const SLAB_LIMIT_BYTES = 1 << 20;
const SLAB_BYTES = 1 << 16;

const packr = new Packr({ useRecords: false });
const unpackr = new Unpackr({ useRecords: false });

/** The bytes are never written again: msgpackr appends to its slab and takes another when that is full. */
export function pack(values: readonly WireValue[]): Uint8Array {
  const packed = packr.pack(values);
  if (packed.buffer.byteLength > SLAB_LIMIT_BYTES) packr.useBuffer(Buffer.allocUnsafeSlow(SLAB_BYTES));
  return packed;
}

/** Reads a frame: msgpack arrays, one behind the other. Binaries are views into the frame. */
export class FrameReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(frame: Uint8Array) {
    this.#bytes = frame;
  }

  get done(): boolean {
    return this.#offset === this.#bytes.length;
  }

  next(): readonly unknown[] {
    const start = this.#offset;
    const end = endOfValue(this.#bytes, start, 0);
    const value = this.#unpack(start, end);
    if (!Array.isArray(value)) throw new FrameError(`value at byte ${start} is no array`);
    this.#offset = end;
    return value;
  }

  #unpack(start: number, end: number): unknown {
    try {
      return unpackr.unpack(this.#bytes, { start, end });
    } catch (error) {
      throw new FrameError(`value at byte ${start} cannot be read`, { cause: error });
    }
  }
}

/** Offset behind the value at `offset`; a truncated or forbidden value throws. */
function endOfValue(bytes: Uint8Array, offset: number, depth: number): number {
  if (offset >= bytes.length) throw truncated(bytes, offset);
  const token = bytes[offset] as number;
  if (token <= 0x7f || token >= 0xe0) return offset + 1;
  if (token >= 0xa0 && token <= 0xbf) return endOfRun(bytes, offset + 1, token & 0x1f);
  if (token >= 0x90 && token <= 0x9f) return endOfElements(bytes, offset + 1, token & 0x0f, depth);
  switch (token) {
    case 0xc4: // bin 8, 16, 32
    case 0xd9: // str 8, 16, 32
      return endOfRun(bytes, offset + 2, lengthAt(bytes, offset + 1, 1));
    case 0xc5:
    case 0xda:
      return endOfRun(bytes, offset + 3, lengthAt(bytes, offset + 1, 2));
    case 0xc6:
    case 0xdb:
      return endOfRun(bytes, offset + 5, lengthAt(bytes, offset + 1, 4));
    case 0xcc: // uint 8, int 8
    case 0xd0:
      return endOfRun(bytes, offset, 2);
    case 0xcd: // uint 16, int 16
    case 0xd1:
      return endOfRun(bytes, offset, 3);
    case 0xce: // uint 32, int 32
    case 0xd2:
      return endOfRun(bytes, offset, 5);
    case 0xdc: // array 16, 32
      return endOfElements(bytes, offset + 3, lengthAt(bytes, offset + 1, 2), depth);
    case 0xdd:
      return endOfElements(bytes, offset + 5, lengthAt(bytes, offset + 1, 4), depth);
    default:
      throw new FrameError(`msgpack type 0x${token.toString(16)} at byte ${offset} is not used between servers`);
  }
}

function endOfElements(bytes: Uint8Array, start: number, count: number, depth: number): number {
  if (depth === MAX_DEPTH) throw new FrameError(`arrays nested deeper than ${MAX_DEPTH} at byte ${start}`);
  if (count > MAX_ARRAY_ELEMENTS) throw new FrameError(`array of ${count} elements at byte ${start}`);
  let offset = start;
  for (let i = 0; i < count; i++) offset = endOfValue(bytes, offset, depth + 1);
  return offset;
}

function endOfRun(bytes: Uint8Array, start: number, length: number): number {
  const end = start + length;
  if (end > bytes.length) throw truncated(bytes, end);
  return end;
}

function lengthAt(bytes: Uint8Array, offset: number, width: 1 | 2 | 4): number {
  endOfRun(bytes, offset, width);
  let length = 0;
  for (let i = 0; i < width; i++) length = length * 256 + (bytes[offset + i] as number);
  return length;
}

const truncated = (bytes: Uint8Array, wanted: number): FrameError =>
  new FrameError(`frame of ${bytes.length} bytes ends before byte ${wanted}`);
