// The TxnLog port over log files: appends gather in memory, flushes write them in rounds, reads join files and memory.

import {
  type FileSystem,
  type HistoryPosition,
  type LogPin,
  type TxnLog,
  type TxnLogRead,
  TxnLogWriteError,
} from '@zebu/interfaces';
import {
  assert,
  formatZxid,
  TXN_HEADER_BYTES,
  type TxnBytes,
  txnCounter,
  txnEpoch,
  txnZxid,
  ZERO_ZXID,
  type Zxid,
} from '@zebu/protocol';
import { Gate } from '../gate.ts';
import { AppendQueue } from './append-queue.ts';
import { FlushPipeline } from './flush-pipeline.ts';
import type { History } from './history.ts';
import { readFiles } from './log-reader.ts';
import { cutHistory } from './log-truncation.ts';
import { LogWriter } from './log-writer.ts';
import { ReadBudget } from './read-budget.ts';
import { FILE_HEADER_BYTES, MAX_ROUND_BYTES, recordBytes } from './record-format.ts';
import type { SlowSyncs } from './slow-syncs.ts';
import { follows, minZxid } from './zxid-order.ts';

/** The snapshots as the log needs them. */
export interface LogSnapshots {
  /** Zxid of the newest one that was written to its end. */
  newestWhole(): Zxid | undefined;
  /** Zxid of the newest snapshot at or below `zxid` whose whole body is sound. */
  newestSound(zxid: Zxid): Promise<Zxid | undefined>;
  /** Durably sets aside every snapshot above `zxid`. */
  setAsideAbove(zxid: Zxid): Promise<void>;
}

export interface FileTxnLogOptions {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly history: History;
  readonly snapshots: LogSnapshots;
  readonly preAllocBytes: number;
  readonly forceSync: boolean;
  readonly slowSyncs?: SlowSyncs | undefined;
  /** A file that has grown beyond this is not written on; undefined: only `roll` begins another. */
  readonly sizeLimitBytes?: number | undefined;
}

export class FileTxnLog implements TxnLog {
  readonly #options: FileTxnLogOptions;
  readonly #history: History;
  readonly #writer: LogWriter;
  readonly #queue = new AppendQueue();
  readonly #gate = new Gate();
  readonly #pins = new Set<{ readonly after: Zxid }>();
  readonly #pipeline = new FlushPipeline({
    appended: () => this.#queue.appended,
    flushTo: (count) => this.#flushTo(count),
  });
  /** Invariant: at least #history.last, the newest flushed. */
  #lastLogged: Zxid;
  /** A cut or installation stopped half-way: what is in memory no longer says what is on disk. */
  #inDoubt: TxnLogWriteError | undefined;
  #historyVersion = 0;

  constructor(options: FileTxnLogOptions) {
    this.#options = options;
    this.#history = options.history;
    this.#writer = new LogWriter(options);
    this.#lastLogged = options.history.last;
  }

  get lastLoggedZxid(): Zxid {
    return this.#lastLogged;
  }

  get lastFlushedZxid(): Zxid {
    return this.#history.last;
  }

  /** Changes when the history is cut or replaced: what was begun before may no longer belong to it. */
  get historyVersion(): number {
    return this.#historyVersion;
  }

  append(txns: readonly TxnBytes[]): void {
    const last = txns.at(-1);
    if (last === undefined) return;
    assertContinues(this.#lastLogged, txns);
    this.#queue.push(txns);
    this.#lastLogged = txnZxid(last);
  }

  flush(): Promise<void> {
    return this.#pipeline.flush();
  }

  roll(): void {
    this.#queue.roll();
  }

  cutBack(): Promise<void> {
    return this.#gate.exclusive(() =>
      this.#changing('the txn log cannot be cut back to its last flush', async () => {
        await this.#pipeline.idle();
        this.#queue.clear();
        await this.#writer.cutBack();
        // What others had flushed was committed, and may have been applied and written as a snapshot before this disk failed.
        const snapshot = this.#options.snapshots.newestWhole();
        if (snapshot !== undefined && snapshot > this.#history.last) this.#history.goOnBehind(snapshot);
        this.#lastLogged = this.#history.last;
        this.#pipeline.setFailure(undefined);
      }),
    );
  }

  read(after: Zxid, maxBytes: number): Promise<TxnLogRead> {
    return this.#gate.shared(async () => {
      const start = after < ZERO_ZXID ? ZERO_ZXID : after;
      if (start < this.#history.last && !(await this.#history.reachBack(start))) throw this.#history.whyNot(start);
      const budget = new ReadBudget(maxBytes);
      let position = start;
      while (position < this.#history.last) {
        const reachedEnd = await readFiles(this.#options.fileSystem, this.#history, position, budget);
        const last = budget.txns.at(-1);
        position = last === undefined ? position : txnZxid(last);
        if (!reachedEnd) return { txns: budget.txns, reachedEnd: false };
      }
      // From here on nothing waits: what is not in the files yet is in the queue.
      return { txns: budget.txns, reachedEnd: this.#queue.readAfter(position, budget) };
    });
  }

  locate(zxid: Zxid): Promise<HistoryPosition> {
    return this.#gate.shared(async () => {
      if (zxid <= this.#history.last) return this.#history.locate(zxid);
      const below = this.#queue.floorOf(zxid);
      const floor = below === undefined ? this.#history.last : txnZxid(below);
      return floor === zxid ? { type: 'found' } : { type: 'between', floor };
    });
  }

  sizeAfter(after: Zxid): Promise<number> {
    return this.#gate.shared(async () => {
      await this.#history.reachBack(after);
      let bytes = this.#queue.bytesAfter(after);
      const files = this.#history.files.slice(this.#history.fileFor(after));
      for (const [at, { index }] of files.entries()) {
        if (index !== undefined) bytes += index.endOffset - (at === 0 ? index.offsetFor(after) : FILE_HEADER_BYTES);
      }
      return bytes;
    });
  }

  truncate(zxid: Zxid): Promise<boolean> {
    return this.#gate.exclusive(async () => {
      if (!this.#queue.isEmpty) await this.#pipeline.flush();
      if (this.#pipeline.failure !== undefined) throw this.#pipeline.failure;
      if (zxid >= this.#history.last) return true;
      const snapshot = await this.#options.snapshots.newestSound(zxid);
      if (snapshot === undefined || !(await this.#history.reachBack(snapshot))) return false;
      await this.#changing(`the txn log cannot be truncated to ${formatZxid(zxid)}`, () => this.#cutTo(zxid));
      return true;
    });
  }

  pin(after: Zxid): LogPin {
    const pinned = { after };
    this.#pins.add(pinned);
    return { release: () => void this.#pins.delete(pinned) };
  }

  /** Does `work` while nothing is cut or replaced; rejects when something was since `version`. */
  whileUnchanged(version: number, work: () => Promise<void>): Promise<void> {
    return this.#gate.shared(() =>
      version === this.#historyVersion
        ? work()
        : Promise.reject(new Error('the history was cut or replaced meanwhile')),
    );
  }

  /** SNAP: `install` puts a snapshot in the place of the whole history, which ends at its zxid then. */
  replaceBy(zxid: Zxid, install: (logNames: readonly string[]) => Promise<void>): Promise<void> {
    return this.#gate.exclusive(() =>
      this.#changing(`the snapshot ${formatZxid(zxid)} cannot be installed`, async () => {
        await this.#pipeline.idle();
        this.#queue.clear();
        await this.#writer.abandon();
        await install(this.#history.files.map((file) => file.name));
        this.#history.restartAt(zxid);
        this.#lastLogged = zxid;
        this.#pipeline.setFailure(undefined);
      }),
    );
  }

  /** Removes the files that hold nothing above `retained` or any pin. */
  purge(retained: Zxid): Promise<void> {
    return this.#gate.exclusive(async () => {
      const needed = [retained, ...[...this.#pins].map((pin) => pin.after)].reduce(minZxid);
      const files = this.#history.files;
      // As PurgeTxnLog: the newest file that begins at or below the zxid is kept, it may reach beyond it.
      const newestNeeded = files.findLastIndex((file) => file.firstZxid <= needed);
      const obsolete = files.slice(0, Math.max(0, newestNeeded));
      for (const file of obsolete) {
        await this.#options.fileSystem.remove(file.path);
        this.#history.dropOldest();
      }
      if (obsolete.length > 0) await this.#options.fileSystem.syncDirectory(this.#options.directory);
    });
  }

  /** Flushes, unless a flush has failed before, and closes the newest file. */
  close(): Promise<void> {
    return this.#gate.exclusive(async () => {
      try {
        if (this.#pipeline.failure === undefined) await this.#pipeline.flush();
        await this.#pipeline.idle();
        await this.#writer.finish();
      } finally {
        await this.#writer.abandon();
      }
    });
  }

  async #cutTo(zxid: Zxid): Promise<void> {
    const { fileSystem, directory, snapshots } = this.#options;
    await this.#writer.abandon();
    await snapshots.setAsideAbove(zxid);
    await cutHistory(fileSystem, directory, this.#history, zxid);
    this.#lastLogged = this.#history.last;
  }

  async #flushTo(count: number): Promise<void> {
    while (this.#queue.flushed < count) await this.#writeRound();
  }

  /** FileTxnLog.commit: the txn that goes over the limit is the file's last. */
  get #isFull(): boolean {
    const { sizeLimitBytes } = this.#options;
    return sizeLimitBytes !== undefined && this.#writer.isOpen && this.#writer.position > sizeLimitBytes;
  }

  async #writeRound(): Promise<void> {
    // The rounds before are durable: no new file begins while an old one has unflushed bytes.
    if (this.#queue.takeRoll() || this.#isFull) await this.#writer.finish();
    const batch = this.#queue.batch(MAX_ROUND_BYTES);
    const begun = this.#writer.isOpen ? undefined : await this.#writer.begin(batch[0] as TxnBytes);
    let position = this.#writer.position;
    await this.#writer.write(batch, this.#history.last);
    if (begun !== undefined) this.#history.begin(begun);
    const index = this.#history.files.at(-1)?.index;
    assert(index !== undefined, 'the newest log file has an index');
    for (const txn of batch) {
      const end = position + recordBytes(txn);
      index.add(txnEpoch(txn), txnCounter(txn), position, end);
      position = end;
    }
    this.#history.advance(txnZxid(batch.at(-1) as TxnBytes));
    this.#queue.drop(batch.length);
  }

  /** What fails half-way leaves memory and disk apart: nothing more is accepted, and a restart finds out what is there. */
  async #changing(problem: string, work: () => Promise<void>): Promise<void> {
    if (this.#inDoubt !== undefined) throw this.#inDoubt;
    this.#historyVersion++;
    try {
      await work();
      // What was begun meanwhile, with a tree that may be ahead, is not of this history either.
      this.#historyVersion++;
    } catch (cause) {
      this.#inDoubt = new TxnLogWriteError(`${problem}; restart the server`, { cause });
      this.#pipeline.setFailure(this.#inDoubt);
      throw this.#inDoubt;
    }
  }
}

/** A gap must never reach the disk: a server that starts on it refuses. */
function assertContinues(last: Zxid, txns: readonly TxnBytes[]): void {
  const first = txns[0] as TxnBytes;
  assert(last >= ZERO_ZXID, 'txns cannot follow a history that may not be voted for: it needs a snapshot first');
  assert(follows(last, txnZxid(first)), `txn ${formatZxid(txnZxid(first))} does not follow ${formatZxid(last)}`);
  let epoch = txnEpoch(first);
  let counter = txnCounter(first);
  for (let index = 1; index < txns.length; index++) {
    const txn = txns[index] as TxnBytes;
    assert(txn.length >= TXN_HEADER_BYTES, 'a txn has a whole header');
    const nextEpoch = txnEpoch(txn);
    const nextCounter = txnCounter(txn);
    const continues = nextEpoch === epoch ? nextCounter === counter + 1 : nextEpoch > epoch && nextCounter === 1;
    assert(continues, `txn ${formatZxid(txnZxid(txn))} does not follow the one before it`);
    epoch = nextEpoch;
    counter = nextCounter;
  }
}
