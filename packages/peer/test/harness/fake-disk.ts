// A disk as values: what is durable, and what a crash would lose. Each queued operation is performed when the test says so.

import type { DurableState, PeerEffect, PeerInput } from '@zebu/peer';
import { type Ensemble, type Epoch, firstTxnAfter, type TxnBytes, txnZxid, type Zxid } from '@zebu/protocol';

interface StoredSnapshot {
  readonly zxid: Zxid;
  readonly body: Uint8Array;
}

type StorageEffect = Extract<
  PeerEffect,
  {
    type:
      | 'logTxns'
      | 'flush'
      | 'writeAcceptedEpoch'
      | 'writeCurrentEpoch'
      | 'truncate'
      | 'installSnapshot'
      | 'removeDamageMark'
      | 'fence'
      | 'restore'
      | 'rollLog'
      | 'writeConfiguration'
      | 'reconfigure';
  }
>;

export class FakeDisk {
  /** The log behind the newest installed snapshot. */
  log: TxnBytes[] = [];
  flushedCount = 0;
  snapshots: StoredSnapshot[] = [];
  /** The log begins behind this zxid. */
  base = 0n as Zxid;
  acceptedEpoch = 0 as Epoch;
  currentEpoch = 0 as Epoch;
  received: StoredSnapshot | undefined;
  /** The file of the dynamic configuration. */
  configuration: Ensemble | undefined;
  /** The mark of a damaged server. */
  damaged = false;
  failNextFlush = false;
  /** Nothing queued is performed. */
  held = false;
  #queue: StorageEffect[] = [];
  #failed = false;

  push(effect: StorageEffect): void {
    this.#queue.push(effect);
  }

  get busy(): boolean {
    return !this.held && this.#queue.length > 0;
  }

  get lastLoggedZxid(): Zxid {
    const last = this.log[this.log.length - 1];
    return last === undefined ? this.base : txnZxid(last);
  }

  after(zxid: Zxid): TxnBytes[] {
    return this.log.slice(firstTxnAfter(this.log, zxid));
  }

  flushed(): TxnBytes[] {
    return this.log.slice(0, this.flushedCount);
  }

  /** The newest snapshot that the log connects to. */
  newestSnapshot(): StoredSnapshot | undefined {
    return this.snapshots.filter((snapshot) => snapshot.zxid <= this.lastLoggedZxid).at(-1);
  }

  /** What was not flushed is gone, and so is the queue. */
  crash(): void {
    this.log.length = this.flushedCount;
    this.#queue = [];
    this.#failed = false;
    this.received = undefined;
  }

  /** Performs the next operation; returns what to tell the peer. */
  perform(reconfigure: (effect: Extract<StorageEffect, { type: 'reconfigure' }>) => void): PeerInput[] {
    const effect = this.#queue.shift();
    if (effect === undefined || (this.#failed && !outlivesFailure(effect))) return [];
    switch (effect.type) {
      case 'logTxns':
        for (const txn of effect.txns) this.log.push(txn);
        return [];
      case 'flush':
        return this.#flush(effect.token);
      case 'writeAcceptedEpoch':
        this.acceptedEpoch = effect.epoch;
        return [];
      case 'writeCurrentEpoch':
        this.flushedCount = this.log.length;
        this.currentEpoch = effect.epoch;
        return [];
      case 'truncate':
        return [this.#truncate(effect.zxid)];
      case 'installSnapshot':
        this.#install();
        return [];
      case 'removeDamageMark':
        this.damaged = false;
        return [];
      case 'rollLog':
        return [];
      case 'writeConfiguration':
        this.configuration = effect.ensemble;
        return [];
      case 'reconfigure':
        reconfigure(effect);
        return [];
      case 'fence':
        this.#failed = false;
        this.flushedCount = this.log.length;
        return [{ type: 'fenced', ...this.#durable() }];
      case 'restore':
        return this.#restore();
    }
  }

  #flush(token: Extract<StorageEffect, { type: 'flush' }>['token']): PeerInput[] {
    if (this.failNextFlush) {
      this.failNextFlush = false;
      this.#failed = true;
      this.log.length = this.flushedCount;
      return [{ type: 'storageFailed', reason: 'EIO' }];
    }
    this.flushedCount = this.log.length;
    return [{ type: 'flushed', token }];
  }

  #truncate(zxid: Zxid): PeerInput {
    if (zxid < this.base) return { type: 'truncated', done: false };
    this.log.length = firstTxnAfter(this.log, zxid);
    this.flushedCount = this.log.length;
    this.snapshots = this.snapshots.filter((snapshot) => snapshot.zxid <= zxid);
    return { type: 'truncated', done: true };
  }

  #install(): void {
    const { received } = this;
    if (received === undefined) throw new Error('no snapshot was received');
    this.snapshots = [received];
    this.base = received.zxid;
    this.log = [];
    this.flushedCount = 0;
    this.received = undefined;
  }

  #restore(): PeerInput[] {
    const snapshot = this.newestSnapshot();
    const inputs: PeerInput[] = [{ type: 'restoreBegin' }];
    if (snapshot !== undefined) {
      inputs.push({ type: 'restoreChunk', chunk: snapshot.body }, { type: 'restoreSnapshotEnd', zxid: snapshot.zxid });
    }
    inputs.push({ type: 'restoreTxns', txns: this.after(snapshot?.zxid ?? this.base) });
    inputs.push({ type: 'restored', ...this.#durable() });
    return inputs;
  }

  #durable(): DurableState {
    const { lastLoggedZxid, acceptedEpoch, currentEpoch, damaged } = this;
    return { lastLoggedZxid, acceptedEpoch, currentEpoch, damaged };
  }
}

const outlivesFailure = ({ type }: StorageEffect): boolean =>
  type === 'fence' || type === 'writeConfiguration' || type === 'reconfigure';
