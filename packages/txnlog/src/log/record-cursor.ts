// Walks the records of one log file in slices. `step` never waits; when it says 'more', `fill` loads the next slice.

import { type FileHandle, TxnLogCorruptError } from '@zebu/interfaces';
import { TXN_HEADER_BYTES, type TxnBytes } from '@zebu/protocol';
import { adler32 } from '../adler32.ts';
import { END_OF_RECORD, MAX_TXN_BYTES, readUint32, RECORD_PREFIX_BYTES } from './record-format.ts';

/** In TxnHeader, behind the session id and the cxid. */
const ZXID_OFFSET = 12;

export type CursorStep =
  /** A whole record, whose zxid is `epoch` and `counter`. */
  | 'record'
  | 'more'
  /** The limit, or where the preallocated zeros begin. */
  | 'end'
  /** `problem` says why these bytes are no record. */
  | 'damaged';

export interface CursorOptions {
  readonly path: string;
  readonly start: number;
  readonly limit: number;
  readonly sliceBytes: number;
}

export class RecordCursor {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #limit: number;
  readonly #sliceBytes: number;
  #window: Uint8Array = new Uint8Array(0);
  #windowStart: number;
  #wanted = 0;
  #txnStart = 0;
  #txnEnd = 0;

  /** The record of the last step: where it begins, and where the next does. */
  position: number;
  next: number;
  epoch = 0;
  counter = 0;
  problem = '';

  /** Reads records from `start` up to `limit`: the file's size, or what of it is flushed. */
  constructor(handle: FileHandle, options: CursorOptions) {
    this.#handle = handle;
    this.#path = options.path;
    this.#limit = options.limit;
    this.#sliceBytes = options.sliceBytes;
    this.#windowStart = options.start;
    this.position = options.start;
    this.next = options.start;
  }

  /** The txn of the last step; a view that stays valid. */
  get txn(): TxnBytes {
    return this.#window.subarray(this.#txnStart, this.#txnEnd);
  }

  step(): CursorStep {
    this.position = this.next;
    const left = this.#limit - this.position;
    if (left === 0) return 'end';
    if (!this.#holds(Math.min(left, RECORD_PREFIX_BYTES))) return 'more';
    const at = this.position - this.#windowStart;
    if (left < RECORD_PREFIX_BYTES) return this.#remnant(at, left);
    const high = readUint32(this.#window, at);
    const checksum = readUint32(this.#window, at + 4);
    const length = readUint32(this.#window, at + 8);
    if (high === 0 && checksum === 0 && length === 0) return 'end';
    if (length < TXN_HEADER_BYTES || length > MAX_TXN_BYTES) return this.#damaged(`impossible record length ${length}`);
    if (left < RECORD_PREFIX_BYTES + length + 1)
      return this.#damaged('a record that reaches beyond the end of the file');
    if (!this.#holds(RECORD_PREFIX_BYTES + length + 1)) return 'more';
    const start = at + RECORD_PREFIX_BYTES;
    if (this.#window[start + length] !== END_OF_RECORD) return this.#damaged('a record without its end mark');
    if (high !== 0 || adler32(this.#window, start, start + length) !== checksum)
      return this.#damaged('checksum mismatch');
    return this.#record(start, start + length);
  }

  /** Loads the slice that `step` asked for. */
  async fill(): Promise<void> {
    const length = Math.min(this.#limit - this.next, Math.max(this.#sliceBytes, this.#wanted));
    this.#window = await this.#handle.read(this.next, length);
    this.#windowStart = this.next;
    const end = this.next + this.#window.length;
    if (end < this.next + length) throw new TxnLogCorruptError(this.#path, end, 'unexpected end of file');
  }

  #holds(bytes: number): boolean {
    this.#wanted = bytes;
    return this.position + bytes <= this.#windowStart + this.#window.length;
  }

  #record(start: number, end: number): CursorStep {
    this.#txnStart = start;
    this.#txnEnd = end;
    this.epoch = readUint32(this.#window, start + ZXID_OFFSET);
    this.counter = readUint32(this.#window, start + ZXID_OFFSET + 4);
    this.next = this.#windowStart + end + 1;
    return 'record';
  }

  /** Fewer bytes than a record's prefix: padding, or the beginning of a torn record. */
  #remnant(at: number, left: number): CursorStep {
    return this.#window.subarray(at, at + left).every((byte) => byte === 0)
      ? 'end'
      : this.#damaged('a record that reaches beyond the end of the file');
  }

  #damaged(problem: string): CursorStep {
    this.problem = problem;
    return 'damaged';
  }
}
