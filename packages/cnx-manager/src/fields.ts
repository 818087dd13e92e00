// Shapes: how a packet's fields become integers, strings and binaries, and how they are checked on arrival.
// 64-bit values travel as two uint32, high half first, so that neither side loses a bit to a double.

import { assert, NO_ZXID, type SessionId, type Zxid } from '@zebu/protocol';
import { FrameError } from './frame-error.ts';

export const MAX_UINT32 = 0xffff_ffff;
const TWO_TO_32 = 0x1_0000_0000;
const MIN_INT32 = -0x8000_0000;
export const MAX_INT32 = 0x7fff_ffff;

/** High half of a 64-bit value, signed or not. */
export function highHalf(value: bigint): number {
  assert(value >= -0x8000_0000_0000_0000n && value <= 0xffff_ffff_ffff_ffffn, `${value} does not fit in 64 bits`);
  return Number((value >> 32n) & 0xffff_ffffn);
}

export const lowHalf = (value: bigint): number => Number(value & 0xffff_ffffn);

/** High half of a count that is a safe integer; the low half is `count >>> 0`. */
export function highHalfOfCount(count: number): number {
  assert(Number.isSafeInteger(count) && count >= 0, `${count} is no count`);
  return Math.floor(count / TWO_TO_32);
}

export function checkedUint32(value: number): number {
  assert(value >>> 0 === value, `${value} is no uint32`);
  return value;
}

/** -1 stands for "must not be counted". */
export function checkedEpoch(value: number): number {
  return value === -1 ? value : checkedUint32(value);
}

export function checkedInt32(value: number): number {
  assert((value | 0) === value, `${value} is no int32`);
  return value;
}

/** Takes the fields of one array in order; a missing, surplus or misshapen one throws FrameError. */
export class Fields {
  readonly #what: string;
  readonly #values: readonly unknown[];
  #next: number;

  constructor(what: string, values: readonly unknown[], first = 0) {
    this.#what = what;
    this.#values = values;
    this.#next = first;
  }

  get remaining(): number {
    return this.#values.length - this.#next;
  }

  integer(minimum: number, maximum: number): number {
    const value = this.#values[this.#next];
    if (typeof value !== 'number' || value < minimum || value > maximum) {
      throw this.#problem(`is no integer between ${minimum} and ${maximum}`);
    }
    this.#next++;
    return value;
  }

  uint32(): number {
    return this.integer(0, MAX_UINT32);
  }

  int32(): number {
    return this.integer(MIN_INT32, MAX_INT32);
  }

  boolean(): boolean {
    return this.integer(0, 1) === 1;
  }

  count(): number {
    const high = this.integer(0, 0x1f_ffff);
    return high * TWO_TO_32 + this.uint32();
  }

  /** Signed 64 bits. */
  long(): bigint {
    return BigInt.asIntN(64, this.#unsignedLong());
  }

  sessionId(): SessionId {
    return this.long() as SessionId;
  }

  /** Unsigned like makeZxid's, but all ones is NO_ZXID. */
  zxid(): Zxid {
    const zxid = this.#unsignedLong();
    return zxid === 0xffff_ffff_ffff_ffffn ? NO_ZXID : (zxid as Zxid);
  }

  string(maxLength: number): string {
    const value = this.#values[this.#next];
    if (typeof value !== 'string' || value.length > maxLength) throw this.#problem(`is no string up to ${maxLength}`);
    this.#next++;
    return value;
  }

  bytes(minLength: number, maxLength: number): Uint8Array {
    const value = this.#values[this.#next];
    if (!(value instanceof Uint8Array) || value.length < minLength || value.length > maxLength) {
      throw this.#problem(`is no binary of ${minLength} to ${maxLength} bytes`);
    }
    this.#next++;
    return value;
  }

  list(): readonly unknown[] {
    const value = this.#values[this.#next];
    if (!Array.isArray(value)) throw this.#problem('is no array');
    this.#next++;
    return value;
  }

  end(): void {
    if (this.remaining !== 0) throw this.#problem('is one too many');
  }

  #unsignedLong(): bigint {
    const high = this.uint32();
    return (BigInt(high) << 32n) | BigInt(this.uint32());
  }

  #problem(problem: string): FrameError {
    return new FrameError(`${this.#what}: field ${this.#next} ${problem}`);
  }
}
