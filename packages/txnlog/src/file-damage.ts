// The DamageMark port over files: what is found damaged while the server runs, and the end of healing.

import type { DamageMark } from '@zebu/interfaces';
import { type Epoch, MAX_EPOCH, NO_ZXID } from '@zebu/protocol';
import { condemn, setHistoryAside } from './damage.ts';
import { type DamageRecord, removeDamageMark } from './damage-mark.ts';
import type { FileEpochStore } from './epoch-store.ts';
import type { FileTxnLog } from './log/txn-log.ts';
import type { SnapshotFiles } from './snapshot/snapshot-files.ts';
import type { StorageDirectories } from './storage-directories.ts';

/**
 * Whoever lost its acceptedEpoch may have promised itself to a leader that was about to begin, whose epoch is above the one that healed it. So many
 * are taken for promised: more elections than can have failed since that leader was established.
 */
export const FORGOTTEN_EPOCHS = 1024;

export interface DamageParts {
  readonly directories: StorageDirectories;
  readonly snapshots: SnapshotFiles;
  readonly log: FileTxnLog;
  readonly epochs: FileEpochStore;
  readonly mark: DamageRecord | undefined;
  readonly heals: boolean;
}

export class FileDamageControl implements DamageMark {
  readonly #parts: DamageParts;
  #mark: DamageRecord | undefined;

  constructor(parts: DamageParts) {
    this.#parts = parts;
    this.#mark = parts.mark;
  }

  get stands(): boolean {
    return this.#mark !== undefined;
  }

  async found(damage: Error): Promise<void> {
    const { directories, snapshots, log, heals } = this.#parts;
    if (!heals) throw damage;
    await log.replaceBy(NO_ZXID, async () => {
      this.#mark = await condemn(directories, damage);
      this.#mark = await setHistoryAside(directories, this.#mark);
      snapshots.forgetAll();
    });
  }

  async remove({ votes }: { readonly votes: boolean }): Promise<void> {
    const { directories, log, epochs } = this.#parts;
    if (this.#mark === undefined) return;
    await log.flush();
    if (votes && this.#mark.lostEpochFloor !== undefined) {
      // Before the mark goes: without it the promise would be believed to be what the file says.
      const promised = Math.min(epochs.acceptedEpoch + FORGOTTEN_EPOCHS, MAX_EPOCH - 1) as Epoch;
      await epochs.writeAcceptedEpoch(promised);
    }
    await removeDamageMark(directories);
    this.#mark = undefined;
    directories.logger.info('healed: this server has all that its leader has, and counts again', {
      directory: directories.snapshots,
    });
  }
}
