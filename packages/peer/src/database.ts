// The tree with what belongs to it while it is restored and replaced (ZKDatabase): one instance lives as long as the server.

import {
  DataTree,
  type DataTreeOptions,
  SnapshotFormatError,
  SnapshotRestorer,
  type WatchEventSink,
} from '@zebu/datatree';
import type { Logger } from '@zebu/interfaces';
import { CommittedLog, type CommittedLogLimits } from '@zebu/leader';
import { type Ensemble, formatZxid, type TxnBytes, type WallClockMs, type Zxid } from '@zebu/protocol';
import { encodeEnsemble, ensembleOfTree } from './ensemble-record.ts';

const NO_EVENTS: WatchEventSink = { onWatchEvent: () => undefined };

export interface DatabaseOptions {
  readonly tree: DataTreeOptions;
  readonly committedLog: CommittedLogLimits;
}

export class Database {
  readonly #options: DatabaseOptions;
  readonly #logger: Logger;
  #tree: DataTree;
  #committedLog: CommittedLog;
  #restorer: SnapshotRestorer | undefined;
  #mismatchReported = false;

  constructor(options: DatabaseOptions, logger: Logger) {
    this.#options = options;
    this.#logger = logger;
    this.#tree = new DataTree(options.tree);
    this.#committedLog = new CommittedLog(this.#tree.lastProcessedZxid, options.committedLog);
  }

  get tree(): DataTree {
    return this.#tree;
  }

  get committedLog(): CommittedLog {
    return this.#committedLog;
  }

  beginRestore(): void {
    this.#mismatchReported = false;
    this.#restorer = new SnapshotRestorer(this.#options.tree);
    this.#tree = new DataTree(this.#options.tree);
  }

  /** Undefined, or why the chunk is no part of a snapshot. */
  restoreChunk(chunk: Uint8Array): string | undefined {
    return this.#guard(() => this.#restorer?.push(chunk));
  }

  endSnapshot(zxid: Zxid): string | undefined {
    return this.#guard(() => {
      if (this.#restorer !== undefined) this.#tree = this.#restorer.finish(zxid);
    });
  }

  replay(txns: readonly TxnBytes[]): void {
    for (const txn of txns) {
      if (this.#tree.apply(txn, NO_EVENTS).digestMismatch) this.#reportMismatch();
    }
  }

  endRestore(): void {
    this.#restorer = undefined;
    this.#committedLog = new CommittedLog(this.#tree.lastProcessedZxid, this.#options.committedLog);
    this.#logger.info('tree restored', {
      zxid: formatZxid(this.#tree.lastProcessedZxid),
      znodes: this.#tree.nodeCount,
    });
  }

  /**
   * The znode of the configuration shows this one, which no txn brought; but a newer one that the tree holds stays
   * (ZKDatabase.initConfigInZKDatabase).
   */
  showConfiguration(ensemble: Ensemble, wallClock: WallClockMs): void {
    const shown = ensembleOfTree(this.#tree);
    // Version 0 is what the files say, and they may be edited.
    if (shown.ok && shown.ensemble.version > 0n && shown.ensemble.version >= ensemble.version) return;
    this.#tree.setConfig(encodeEnsemble(ensemble), ensemble.version, wallClock);
  }

  #guard(action: () => void): string | undefined {
    try {
      action();
      return undefined;
    } catch (error) {
      if (error instanceof SnapshotFormatError) return error.message;
      throw error;
    }
  }

  /** Once a restore: after the first, every later txn mismatches too. */
  #reportMismatch(): void {
    if (this.#mismatchReported) return;
    this.#mismatchReported = true;
    const zxid = formatZxid(this.#tree.lastProcessedZxid);
    this.#logger.error("the tree differs from the leader's: digest mismatch", { zxid });
  }
}
