// Performs storage effects one after the other, so that they become durable in the core's order. Appends and flushes that wait together
// share one flush (group commit).

import type { ConfigurationStore, Logger, Storage } from '@zebu/interfaces';
import type { DurableState, PeerEffect, PeerInput } from '@zebu/peer';
import { assert, type Ensemble, unreachable } from '@zebu/protocol';
import { isDamage, restore } from './restore.ts';

export type StorageEffect = Extract<
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
      | 'rollLog'
      | 'writeConfiguration'
      | 'reconfigure'
      | 'fence'
      | 'restore';
  }
>;

export interface StorageQueueDependencies {
  readonly storage: Storage;
  /** Undefined where no configuration is kept. */
  readonly configurations: ConfigurationStore | undefined;
  readonly logger: Logger;
  readonly post: (input: PeerInput) => void;
  /** True once when the chunk just posted was refused by the core. */
  readonly takeSnapshotRefusal: () => string | undefined;
  readonly reconfigure: (effect: Extract<StorageEffect, { type: 'reconfigure' }>) => void;
  readonly onFatal: (error: unknown) => void;
}

export class StorageQueue {
  readonly #dependencies: StorageQueueDependencies;
  #queue: StorageEffect[] = [];
  #busy = false;
  #closed = false;
  /** A write failed: nothing that was asked for before the next fence is done. */
  #failed = false;
  #newestToken = 0;
  /** Runs of txns that came here, and those of them that the log has taken, or never will. */
  #pushedRunCount = 0;
  #settledRunCount = 0;
  readonly #readers: { readonly runCount: number; readonly go: () => void }[] = [];
  #idle: Promise<void> = Promise.resolve();

  constructor(dependencies: StorageQueueDependencies) {
    this.#dependencies = dependencies;
  }

  push(effect: StorageEffect): void {
    if (this.#closed) return;
    if (effect.type === 'flush') {
      assert(effect.token > this.#newestToken, 'flush numbers grow, so that one speaks of all before it');
      this.#newestToken = effect.token;
    }
    if (effect.type === 'logTxns') this.#pushedRunCount++;
    this.#queue.push(effect);
    if (!this.#busy) this.#idle = this.#run();
  }

  /**
   * Resolves when the log has all txns that were pushed before: they wait here while the disk is busy. Who reads it sooner takes what a learner
   * has of them for no part of the history, and cuts it off.
   */
  logged(): Promise<void> {
    const runCount = this.#pushedRunCount;
    if (this.#settledRunCount >= runCount) return Promise.resolve();
    return new Promise((go) => void this.#readers.push({ runCount, go }));
  }

  /** What the log says is not what the core believes it to hold: the core is about to hear of it. */
  get hasFailed(): boolean {
    return this.#failed;
  }

  /** Takes nothing more; resolves when what was begun is done. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#idle;
  }

  async #run(): Promise<void> {
    this.#busy = true;
    let effect = this.#queue.shift();
    while (effect !== undefined) {
      try {
        if (!this.#failed || outlivesFailure(effect)) await this.#perform(effect);
      } catch (error) {
        if (!(await this.#recover(effect, error))) break;
      }
      if (effect.type === 'logTxns') this.#onRunSettled();
      effect = this.#queue.shift();
    }
    this.#busy = false;
  }

  async #perform(effect: StorageEffect): Promise<void> {
    const { storage, post } = this.#dependencies;
    switch (effect.type) {
      case 'logTxns':
        storage.log.append(effect.txns);
        return;
      case 'flush': {
        const token = this.#absorb(effect.token);
        await storage.log.flush();
        return post({ type: 'flushed', token });
      }
      case 'writeAcceptedEpoch':
        return storage.epochs.writeAcceptedEpoch(effect.epoch);
      case 'writeCurrentEpoch':
        // History durable, then the epoch that speaks for it.
        await storage.log.flush();
        return storage.epochs.writeCurrentEpoch(effect.epoch);
      case 'truncate':
        return post({ type: 'truncated', done: await storage.log.truncate(effect.zxid) });
      case 'installSnapshot':
        return storage.snapshots.install(effect.zxid);
      case 'removeDamageMark':
        return storage.damage.remove(effect);
      case 'rollLog':
        return storage.log.roll();
      case 'writeConfiguration':
        return this.#writeConfiguration(effect.ensemble);
      case 'reconfigure':
        return this.#dependencies.reconfigure(effect);
      case 'restore':
        await this.#restore();
        return post({ type: 'restored', ...this.#durableState() });
      case 'fence':
        this.#failed = false;
        await storage.log.flush();
        return post({ type: 'fenced', ...this.#durableState() });
      default:
        unreachable(effect);
    }
  }

  /** What proves damaged is set aside, and the tree begins empty: a leader will fill it. */
  async #restore(): Promise<void> {
    const { storage } = this.#dependencies;
    try {
      await restore(this.#dependencies);
    } catch (error) {
      if (!isDamage(error)) throw error;
      await storage.damage.found(error);
      await restore(this.#dependencies);
    }
  }

  /** An older file costs the next start time, never data; so a directory that cannot be written ends nothing. */
  async #writeConfiguration(ensemble: Ensemble): Promise<void> {
    const { configurations, logger } = this.#dependencies;
    try {
      await configurations?.write(ensemble);
    } catch (error) {
      logger.error('the configuration could not be written; the next start reads an older one', {
        version: ensemble.version.toString(16),
        error: String(error),
      });
    }
  }

  /** Appends and flushes that already wait join this flush. Returns the newest token that it covers. */
  #absorb(token: Extract<StorageEffect, { type: 'flush' }>['token']): typeof token {
    let newest = token;
    let count = 0;
    for (const next of this.#queue) {
      if (next.type === 'logTxns') {
        this.#dependencies.storage.log.append(next.txns);
        this.#onRunSettled();
      } else if (next.type === 'flush') newest = next.token;
      else break;
      count++;
    }
    if (count > 0) this.#queue.splice(0, count);
    return newest;
  }

  #onRunSettled(): void {
    this.#settledRunCount++;
    while (this.#readers[0] !== undefined && this.#readers[0].runCount <= this.#settledRunCount)
      this.#readers.shift()?.go();
  }

  /** Nothing past the last successful flush is trusted: cut back to it, or end. Returns false when the process must end. */
  async #recover(effect: StorageEffect, error: unknown): Promise<boolean> {
    const { storage, logger, post, onFatal } = this.#dependencies;
    // A history half replaced is finished by the next start, from its intent record.
    if (
      effect.type === 'restore' ||
      effect.type === 'fence' ||
      effect.type === 'truncate' ||
      effect.type === 'installSnapshot'
    ) {
      onFatal(error);
      return false;
    }
    logger.error('a write to disk failed; cutting the log back to its last flush', {
      step: effect.type,
      error: String(error),
    });
    this.#failed = true;
    try {
      await storage.log.cutBack();
    } catch (second) {
      onFatal(second);
      return false;
    }
    post({ type: 'storageFailed', reason: error instanceof Error ? error.message : String(error) });
    return true;
  }

  #durableState(): DurableState {
    const { log, epochs, damage } = this.#dependencies.storage;
    return {
      lastLoggedZxid: log.lastLoggedZxid,
      acceptedEpoch: epochs.acceptedEpoch,
      currentEpoch: epochs.currentEpoch,
      damaged: damage.stands,
    };
  }
}

/** What is committed stays so, whatever becomes of the log's end. */
const outlivesFailure = ({ type }: StorageEffect): boolean =>
  type === 'fence' || type === 'writeConfiguration' || type === 'reconfigure';
