// Says when the disk takes long to make txns durable, for every write waits for it (FileTxnLog's fsync.warningthresholdms).

import type { Clock, Logger } from '@zebu/interfaces';

export interface SlowSyncOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  readonly thresholdMs: number;
}

export class SlowSyncs {
  readonly #options: SlowSyncOptions;
  #count = 0;

  constructor(options: SlowSyncOptions) {
    this.#options = options;
  }

  /** Does `sync`, of a file of that size, and says so if it took long. */
  async watch(fileBytes: number, sync: () => Promise<void>): Promise<void> {
    const { clock, logger, thresholdMs } = this.#options;
    const began = clock.now();
    await sync();
    const tookMs = Math.floor(clock.now() - began);
    if (tookMs <= thresholdMs) return;
    this.#count++;
    logger.warn('the disk took long to flush the txn log: all writes wait for it', {
      tookMs,
      thresholdMs,
      fileBytes,
      count: this.#count,
    });
  }
}
