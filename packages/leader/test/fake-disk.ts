// A disk that does nothing until it is told to: what was asked for waits in order, and a crash loses what still waits.

import { firstTxnAfter, type Epoch, NO_ZXID, type TxnBytes, txnZxid, ZERO_ZXID, type Zxid } from '@zebu/protocol';
import type { HistoryPosition } from '@zebu/interfaces';
import type { LeaderEffect } from '@zebu/leader';
import type { LearnerEffect, LearnerInput } from '@zebu/learner';

export type StorageEffect =
  | Extract<
      LeaderEffect | LearnerEffect,
      {
        type: 'logTxns' | 'writeAcceptedEpoch' | 'writeCurrentEpoch' | 'flush' | 'truncate' | 'installSnapshot';
      }
    >
  /** Read the tree back. */
  | { readonly type: 'restore' };

export type StorageCompletion = Extract<LearnerInput, { type: 'flushed' | 'truncated' | 'restored' }>;

/** Deliberate faults, which the checks of the random test must catch. */
export type DiskMutation = 'none' | 'flushes before writing' | 'writes currentEpoch before the history';

export const lastZxidOf = (txns: readonly TxnBytes[]): Zxid => {
  const last = txns[txns.length - 1];
  return last === undefined ? ZERO_ZXID : txnZxid(last);
};

export class FakeDisk {
  acceptedEpoch: Epoch;
  currentEpoch: Epoch;
  /** False: an empty directory under db.autocreate=false. */
  mayBeVotedFor = true;
  /** The txns that the newest snapshot stands for; TRUNC cannot go below it. */
  #snapshot: readonly TxnBytes[] = [];
  #log: TxnBytes[];
  #queue: StorageEffect[] = [];
  /** Reading the log fails from now on. */
  unreadable = false;
  /** A snapshot that arrived from the leader. */
  received: readonly TxnBytes[] = [];
  readonly #mutation: DiskMutation;

  constructor(history: readonly TxnBytes[], epochs: { accepted: Epoch; current: Epoch }, mutation: DiskMutation) {
    this.#log = [...history];
    this.acceptedEpoch = epochs.accepted;
    this.currentEpoch = epochs.current;
    this.#mutation = mutation;
  }

  /** What a crash leaves. */
  get history(): readonly TxnBytes[] {
    return [...this.#snapshot, ...this.#log];
  }

  get lastZxid(): Zxid {
    if (this.#log.length > 0) return lastZxidOf(this.#log);
    return this.#snapshot.length === 0 && !this.mayBeVotedFor ? NO_ZXID : lastZxidOf(this.#snapshot);
  }

  get busy(): boolean {
    return this.#queue.length > 0;
  }

  /** Returns what is completed at once, which only a mutant does. */
  push(effect: StorageEffect): StorageCompletion | undefined {
    if (this.#mutation === 'writes currentEpoch before the history' && effect.type === 'writeCurrentEpoch') {
      this.currentEpoch = effect.epoch;
      return undefined;
    }
    this.#queue.push(effect);
    if (this.#mutation === 'flushes before writing' && effect.type === 'flush')
      return { type: 'flushed', token: effect.token };
    return undefined;
  }

  /** Does the oldest of what waits, durably. */
  perform(): StorageCompletion | undefined {
    const effect = this.#queue.shift();
    switch (effect?.type) {
      case undefined:
        return undefined;
      case 'logTxns':
        this.#log.push(...effect.txns);
        return undefined;
      case 'writeAcceptedEpoch':
        this.acceptedEpoch = effect.epoch;
        return undefined;
      case 'writeCurrentEpoch':
        this.currentEpoch = effect.epoch;
        return undefined;
      case 'flush':
        return { type: 'flushed', token: effect.token };
      case 'truncate':
        return { type: 'truncated', done: this.#truncate(effect.zxid) };
      case 'installSnapshot':
        this.#snapshot = this.received;
        this.#log = [];
        this.mayBeVotedFor = true;
        return undefined;
      case 'restore':
        return { type: 'restored' };
    }
  }

  /** Of the oldest waiting run, `keptCount` txns reach the disk; everything else that waits is lost. */
  crash(keptCount: number): void {
    const [oldest] = this.#queue;
    if (oldest?.type === 'logTxns') this.#log.push(...oldest.txns.slice(0, keptCount));
    this.#queue = [];
  }

  /** Takes a snapshot at `position`, and purges the log before it. */
  purge(position: Zxid): void {
    if (position < lastZxidOf(this.#snapshot)) return;
    const count = firstTxnAfter(this.#log, position);
    this.#snapshot = [...this.#snapshot, ...this.#log.slice(0, count)];
    this.#log = this.#log.slice(count);
  }

  locate(position: Zxid): HistoryPosition {
    if (position < lastZxidOf(this.#snapshot)) return { type: 'tooOld' };
    const upTo = this.#written.slice(0, firstTxnAfter(this.#written, position));
    const floor = upTo.length === 0 ? lastZxidOf(this.#snapshot) : lastZxidOf(upTo);
    return floor === position ? { type: 'found' } : { type: 'between', floor };
  }

  /** Includes what is appended and not flushed. */
  read(after: Zxid, maxBytes: number): TxnBytes[] | undefined {
    if (this.unreadable || after < lastZxidOf(this.#snapshot)) return undefined;
    const txns: TxnBytes[] = [];
    let bytes = 0;
    for (const txn of this.#written.slice(firstTxnAfter(this.#written, after))) {
      bytes += txn.length;
      if (txns.length > 0 && bytes > maxBytes) break;
      txns.push(txn);
    }
    return txns;
  }

  get #written(): TxnBytes[] {
    return [...this.#log, ...this.#queue.flatMap((effect) => (effect.type === 'logTxns' ? effect.txns : []))];
  }

  #truncate(position: Zxid): boolean {
    if (position < lastZxidOf(this.#snapshot)) return false;
    this.#log = this.#log.slice(0, firstTxnAfter(this.#log, position));
    return true;
  }
}
