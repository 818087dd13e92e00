// What is known of one log file: its runs of consecutive zxids, and where to begin reading for a given one.

import { counterOf, type Epoch, makeZxid, type Zxid } from '@zebu/protocol';
import { FILE_HEADER_BYTES } from './record-format.ts';

/** A point of the sparse index at most every so many bytes. */
const POINT_BYTES = 64 * 1024;

/** Consecutive counters of one epoch. */
export interface Run {
  readonly epoch: number;
  readonly first: number;
  last: number;
}

export const firstOf = (run: Run): Zxid => makeZxid(run.epoch as Epoch, run.first);
export const lastOf = (run: Run): Zxid => makeZxid(run.epoch as Epoch, run.last);

export class LogFileIndex {
  /** The header's link: the zxid before the first txn, or 0 when the file does not say. */
  readonly previous: Zxid;
  readonly runs: Run[] = [];
  /** Where the last whole, flushed record ends. */
  endOffset = FILE_HEADER_BYTES;
  /** Invariant: the three have one length and ascend together. Plain numbers, since appends add to them. */
  readonly #epochs: number[] = [];
  readonly #counters: number[] = [];
  readonly #offsets: number[] = [];

  constructor(previous: Zxid) {
    this.previous = previous;
  }

  get isEmpty(): boolean {
    return this.runs.length === 0;
  }

  get lastZxid(): Zxid | undefined {
    const run = this.runs.at(-1);
    return run === undefined ? undefined : lastOf(run);
  }

  /** False when the zxid is not above the last one. */
  add(epoch: number, counter: number, offset: number, end: number): boolean {
    const run = this.runs.at(-1);
    if (run !== undefined && run.epoch === epoch && run.last + 1 === counter) run.last = counter;
    else if (run !== undefined && (epoch < run.epoch || (epoch === run.epoch && counter <= run.last))) return false;
    else this.runs.push({ epoch, first: counter, last: counter });
    const lastPoint = this.#offsets.at(-1);
    if (lastPoint === undefined || offset - lastPoint >= POINT_BYTES) {
      this.#epochs.push(epoch);
      this.#counters.push(counter);
      this.#offsets.push(offset);
    }
    this.endOffset = end;
    return true;
  }

  /** Forgets what lies above `zxid`, whose record ends at `end`. */
  cut(zxid: Zxid, end: number): void {
    while (this.runs.length > 0 && firstOf(this.runs.at(-1) as Run) > zxid) this.runs.pop();
    const run = this.runs.at(-1);
    if (run !== undefined && lastOf(run) > zxid) run.last = counterOf(zxid);
    // Points above stay: nobody looks for them, since the zxids that they are for are above the last.
    this.endOffset = end;
  }

  /** Where to start reading to find the first txn above `zxid`. */
  offsetFor(zxid: Zxid): number {
    const epoch = Number(zxid >> 32n);
    const counter = Number(zxid & 0xffff_ffffn);
    let low = 0;
    let high = this.#offsets.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const pointEpoch = this.#epochs[middle] as number;
      if (pointEpoch < epoch || (pointEpoch === epoch && (this.#counters[middle] as number) <= counter))
        low = middle + 1;
      else high = middle;
    }
    return low === 0 ? FILE_HEADER_BYTES : (this.#offsets[low - 1] as number);
  }
}

export interface LogFile {
  readonly name: string;
  readonly path: string;
  /** By its name. */
  readonly firstZxid: Zxid;
  /** Undefined until the file was scanned: old files are not, before somebody asks. */
  index: LogFileIndex | undefined;
}
