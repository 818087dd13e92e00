// The history that the log files hold: from `floor`, behind which every txn up to the last is there, to the last flushed txn.
// Files are checked when somebody asks for them: at open those that the newest snapshot needs, older ones for DIFF or TRUNC far back.

import {
  type FileSystem,
  type HistoryPosition,
  type Logger,
  TxnLogCorruptError,
  TxnLogGapError,
} from '@zebu/interfaces';
import { formatZxid, type Zxid } from '@zebu/protocol';
import { firstOf, lastOf, type LogFile, LogFileIndex, type Run } from './log-file.ts';
import { scanLogFile } from './log-scan.ts';
import { baseOf, joins, lastBreak, missing, UNKNOWN } from './joins.ts';
import { certainPredecessor } from './zxid-order.ts';

export interface HistoryContext {
  readonly fileSystem: FileSystem;
  readonly logger: Logger;
  /** Zxids of the snapshots that are there, ascending. */
  readonly snapshotZxids: () => readonly Zxid[];
}

const damaged = (file: LogFile, index: LogFileIndex, problem: string): Error =>
  new TxnLogCorruptError(file.path, index.endOffset, problem);

export class History {
  readonly #context: HistoryContext;
  /** Ascending. Invariant: #files[#firstChecked..] are scanned, each is continued by the next, and the last ends at `last`. */
  readonly #files: LogFile[];
  #firstChecked: number;
  #floor: Zxid;
  #last: Zxid;
  /** Why the history does not reach farther back; undefined while older files were not looked at. */
  #end: Error | undefined;

  constructor(
    context: HistoryContext,
    state: { files: LogFile[]; firstChecked: number; floor: Zxid; last: Zxid; end: Error | undefined },
  ) {
    this.#context = context;
    this.#files = state.files;
    this.#firstChecked = state.firstChecked;
    this.#floor = state.floor;
    this.#last = state.last;
    this.#end = state.end;
  }

  /** Everything behind it can be read. */
  get floor(): Zxid {
    return this.#floor;
  }

  /** The newest txn in the files, or the snapshot that the history starts from. */
  get last(): Zxid {
    return this.#last;
  }

  get files(): readonly LogFile[] {
    return this.#files;
  }

  /** A new file, of which nothing is flushed yet. */
  begin(file: Omit<LogFile, 'index'>): LogFileIndex {
    const index = new LogFileIndex(this.#last);
    this.#files.push({ ...file, index });
    return index;
  }

  /** Txns were flushed to the newest file, whose index already has them. */
  advance(last: Zxid): void {
    this.#last = last;
  }

  /** Forgets everything: an installed snapshot is the history now. */
  restartAt(zxid: Zxid): void {
    this.#files.length = 0;
    this.#firstChecked = 0;
    this.#floor = zxid;
    this.#last = zxid;
    this.#end = undefined;
  }

  /** A snapshot is ahead of all that the files hold: the history goes on behind it, and no longer reaches back beyond it. */
  goOnBehind(snapshot: Zxid): void {
    this.#end = missing(this.#last, snapshot);
    this.#firstChecked = this.#files.length;
    this.#floor = snapshot;
    this.#last = snapshot;
  }

  /** Forgets the newest file, which is gone, or what it held above `last`. */
  cut(keepFiles: number, last: Zxid): void {
    this.#files.length = keepFiles;
    this.#firstChecked = Math.min(this.#firstChecked, keepFiles);
    this.#last = last;
  }

  /** Forgets the oldest file, which is gone. */
  dropOldest(): void {
    const gone = this.#files.shift();
    this.#floor = gone?.index?.lastZxid ?? this.#floor;
    this.#firstChecked = Math.max(0, this.#firstChecked - 1);
  }

  /** Looks at older files until the history reaches back to `zxid`, if it does. */
  async reachBack(zxid: Zxid): Promise<boolean> {
    while (this.#floor > zxid && this.#end === undefined) await this.#extend();
    return this.#floor <= zxid;
  }

  /** Why the history does not reach back to `zxid`. */
  whyNot(zxid: Zxid): Error {
    return (
      this.#end ??
      new TxnLogGapError(
        `the txns behind ${formatZxid(zxid)} are gone: the log begins behind ${formatZxid(this.#floor)}`,
      )
    );
  }

  async locate(zxid: Zxid): Promise<HistoryPosition> {
    if (zxid > this.#last) return { type: 'between', floor: this.#last };
    if (!(await this.reachBack(zxid))) return { type: 'tooOld' };
    if (zxid === this.#floor || zxid === this.#last) return { type: 'found' };
    const floor = this.floorOf(zxid);
    return floor === zxid ? { type: 'found' } : { type: 'between', floor };
  }

  /** The greatest zxid of the history that is at most `zxid`, which must not be below the floor. */
  floorOf(zxid: Zxid): Zxid {
    const below = this.#runAtOrBelow(zxid);
    // A run below the floor belongs to what is not this history.
    if (below === undefined || lastOf(below) < this.#floor) return this.#floor;
    return lastOf(below) < zxid ? lastOf(below) : zxid;
  }

  /** Index of the checked file to read from for the txns above `zxid`; the number of files when there is none. */
  fileFor(zxid: Zxid): number {
    const found = this.#files.findIndex(
      (file, index) => index >= this.#firstChecked && (file.index?.lastZxid ?? zxid) > zxid,
    );
    return found < 0 ? this.#files.length : found;
  }

  #runAtOrBelow(zxid: Zxid): Run | undefined {
    for (let file = this.#files.length - 1; file >= this.#firstChecked; file--) {
      const run = this.#files[file]?.index?.runs.findLast((candidate) => firstOf(candidate) <= zxid);
      if (run !== undefined) return run;
    }
    return undefined;
  }

  async #extend(): Promise<void> {
    const file = this.#files[this.#firstChecked - 1];
    if (file === undefined) {
      this.#floor = this.#beginning();
      this.#end = new TxnLogGapError(`the log begins behind ${formatZxid(this.#floor)}`);
      return;
    }
    try {
      this.#end = await this.#adopt(file);
    } catch (error) {
      if (!(error instanceof TxnLogCorruptError)) throw error;
      this.#end = error;
    }
    if (this.#end !== undefined) {
      this.#context.logger.warn('the log does not reach farther back', { file: file.path, reason: this.#end.message });
    }
  }

  /** Takes the next older file into the history; says why not, when it is damaged or what follows does not continue it. */
  async #adopt(file: LogFile): Promise<Error | undefined> {
    const { index, problem } = await scanLogFile(this.#context.fileSystem, file);
    if (index === undefined) return new TxnLogCorruptError(file.path, 0, problem ?? 'no log file header');
    const gap = this.#gapBehind(index);
    // ZooKeeper goes on in a new file after a torn record, so damage matters only if something is missing.
    if (gap !== undefined) return problem === undefined ? gap : damaged(file, index, problem);
    file.index = index;
    this.#firstChecked--;
    return this.#lowerFloor(index);
  }

  #gapBehind(index: LogFileIndex): Error | undefined {
    const start = this.#start();
    if (index.lastZxid === undefined) return undefined;
    if (start === undefined) return index.lastZxid === this.#floor ? undefined : missing(index.lastZxid, this.#floor);
    const join = { previous: index.lastZxid, ...start, snapshots: this.#context.snapshotZxids() };
    return joins(join) ? undefined : missing(join.previous, join.next);
  }

  #lowerFloor(index: LogFileIndex): Error | undefined {
    const snapshots = this.#context.snapshotZxids();
    const at = lastBreak(index.runs, snapshots);
    const run = index.runs[at];
    if (run === undefined) return undefined;
    const first = firstOf(run);
    if (at > 0) {
      this.#floor = baseOf(first, UNKNOWN, snapshots);
      return missing(lastOf(index.runs[at - 1] as Run), first);
    }
    this.#floor = index.previous !== UNKNOWN ? index.previous : (certainPredecessor(first) ?? first);
    return undefined;
  }

  /** What the oldest checked file that holds txns begins with. */
  #start(): { next: Zxid; link: Zxid } | undefined {
    const index = this.#files.slice(this.#firstChecked).find((file) => file.index?.isEmpty === false)?.index;
    return index?.runs[0] === undefined ? undefined : { next: firstOf(index.runs[0]), link: index.previous };
  }

  #beginning(): Zxid {
    const start = this.#start();
    if (start === undefined || this.#floor < start.next) return this.#floor;
    return baseOf(start.next, start.link, this.#context.snapshotZxids());
  }
}
