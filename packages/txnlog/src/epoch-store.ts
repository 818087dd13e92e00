// acceptedEpoch and currentEpoch, each one decimal number in a file of that name, as QuorumPeer writes them.

import { DAMAGE_REMEDY, EpochFileError, type EpochStore } from '@zebu/interfaces';
import { assert, type Epoch, epochOf, formatZxid, MAX_EPOCH, type Zxid } from '@zebu/protocol';
import { readSmallFile, replaceFile } from './durable-file.ts';
import { ACCEPTED_EPOCH_FILE, CURRENT_EPOCH_FILE } from './file-names.ts';
import { join } from './paths.ts';
import type { StorageDirectories } from './storage-directories.ts';

export class FileEpochStore implements EpochStore {
  readonly #directories: StorageDirectories;
  /** Invariant: #current <= #accepted, on disk as in memory. */
  #accepted: Epoch;
  #current: Epoch;

  private constructor(directories: StorageDirectories, accepted: Epoch, current: Epoch) {
    this.#directories = directories;
    this.#accepted = accepted;
    this.#current = current;
  }

  /**
   * As QuorumPeer.loadDataBase: a missing file is written with the epoch of the last zxid. `lostFloor` is given where the accepted epoch is known to
   * be lost: at least that one was accepted.
   */
  static async load(
    directories: StorageDirectories,
    lastZxid: Zxid,
    lostFloor: Epoch = 0 as Epoch,
  ): Promise<FileEpochStore> {
    const historyEpoch = Math.max(0, epochOf(lastZxid)) as Epoch;
    const accepted = await readEpoch(directories, ACCEPTED_EPOCH_FILE);
    const current = await readEpoch(directories, CURRENT_EPOCH_FILE);
    const lowest = Math.max(historyEpoch, lostFloor) as Epoch;
    const store = new FileEpochStore(directories, accepted ?? lowest, current ?? historyEpoch);
    store.#check(lastZxid);
    // In this order a crash cannot leave a current epoch above the accepted one.
    if (accepted === undefined) await store.#write(ACCEPTED_EPOCH_FILE, store.#accepted);
    if (current === undefined) await store.#write(CURRENT_EPOCH_FILE, store.#current);
    return store;
  }

  /** 0 where there is no file. */
  static async acceptedEpochOf(directories: StorageDirectories): Promise<Epoch> {
    return (await readEpoch(directories, ACCEPTED_EPOCH_FILE)) ?? (0 as Epoch);
  }

  /**
   * One file alone is gone. The server writes acceptedEpoch first, so no crash leaves that; and a promise that is forgotten can be broken. A
   * standalone server promised nobody anything.
   */
  static async refuseLostPromise(directories: StorageDirectories): Promise<void> {
    const { fileSystem, snapshots } = directories;
    const [accepted, current] = [join(snapshots, ACCEPTED_EPOCH_FILE), join(snapshots, CURRENT_EPOCH_FILE)];
    if ((await fileSystem.exists(accepted)) || !(await fileSystem.exists(current))) return;
    throw new EpochFileError(`${accepted} is missing, but ${CURRENT_EPOCH_FILE} is there; ${DAMAGE_REMEDY}`);
  }

  get acceptedEpoch(): Epoch {
    return this.#accepted;
  }

  get currentEpoch(): Epoch {
    return this.#current;
  }

  async writeAcceptedEpoch(epoch: Epoch): Promise<void> {
    assert(epoch >= this.#accepted, `the accepted epoch ${this.#accepted} cannot go back to ${epoch}`);
    await this.#write(ACCEPTED_EPOCH_FILE, epoch);
    this.#accepted = epoch;
  }

  async writeCurrentEpoch(epoch: Epoch): Promise<void> {
    assert(epoch >= this.#current, `the current epoch ${this.#current} cannot go back to ${epoch}`);
    assert(epoch <= this.#accepted, `the current epoch ${epoch} cannot be above the accepted one, ${this.#accepted}`);
    await this.#write(CURRENT_EPOCH_FILE, epoch);
    this.#current = epoch;
  }

  /**
   * ZooKeeper refuses a history above the current epoch, and so cannot start after a crash between the two (ZOOKEEPER-2307). That is the order
   * in which they become durable: a history of the accepted epoch's leader is there first. What never happens is one above the accepted epoch.
   */
  #check(lastZxid: Zxid): void {
    const { snapshots } = this.#directories;
    if (this.#accepted < this.#current) {
      throw new EpochFileError(
        `${snapshots}: ${ACCEPTED_EPOCH_FILE} is ${this.#accepted}, ${CURRENT_EPOCH_FILE} is ${this.#current}; ${DAMAGE_REMEDY}`,
      );
    }
    if (epochOf(lastZxid) > this.#accepted) {
      throw new EpochFileError(
        `${snapshots}: ${ACCEPTED_EPOCH_FILE} is ${this.#accepted}, but the last zxid is ${formatZxid(lastZxid)}; ${DAMAGE_REMEDY}`,
      );
    }
  }

  #write(name: string, epoch: Epoch): Promise<void> {
    const { fileSystem, snapshots } = this.#directories;
    return replaceFile(fileSystem, snapshots, name, new TextEncoder().encode(String(epoch)));
  }
}

/** Undefined where there is none, or nothing that could be one. */
export async function readKnownEpoch(directories: StorageDirectories, name: string): Promise<Epoch | undefined> {
  try {
    return await readEpoch(directories, name);
  } catch (error) {
    if (error instanceof EpochFileError) return undefined;
    throw error;
  }
}

async function readEpoch(directories: StorageDirectories, name: string): Promise<Epoch | undefined> {
  const path = join(directories.snapshots, name);
  const bytes = await readSmallFile(directories.fileSystem, path);
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes).split('\n')[0]?.trim() ?? '';
  // ZooKeeper writes the epoch of zxid -1 when it starts with db.autocreate=false.
  if (text === '-1') return 0 as Epoch;
  const epoch = /^[0-9]{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(epoch <= MAX_EPOCH))
    throw new EpochFileError(`${path} holds ${JSON.stringify(text)}, which is no epoch; ${DAMAGE_REMEDY}`);
  return epoch as Epoch;
}
