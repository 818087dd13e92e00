// The SnapshotStore port over files.

import { DataDirectoryError, type SnapshotStore, SnapshotWriteError, type StoredSnapshot } from '@zebu/interfaces';
import { assert, formatZxid, type Zxid } from '@zebu/protocol';
import { syncFile } from '../durable-file.ts';
import { receivedName, writingName } from '../file-names.ts';
import type { FileTxnLog } from '../log/txn-log.ts';
import { join } from '../paths.ts';
import { nextSetAsideName, type StorageDirectories } from '../storage-directories.ts';
import { carryOut, writeIntent } from './install-intent.ts';
import type { SnapshotFiles } from './snapshot-files.ts';
import { readSnapshotBody } from './snapshot-reader.ts';
import { writeSnapshotFile } from './snapshot-writer.ts';

export class FileSnapshotStore implements SnapshotStore {
  readonly #directories: StorageDirectories;
  readonly #files: SnapshotFiles;
  readonly #log: FileTxnLog;
  #received: Zxid | undefined;

  constructor(directories: StorageDirectories, files: SnapshotFiles, log: FileTxnLog) {
    this.#directories = directories;
    this.#files = files;
    this.#log = log;
  }

  async open(below?: Zxid): Promise<StoredSnapshot | undefined> {
    const zxid = this.#files.newestWhole({ below });
    if (zxid === undefined) return undefined;
    return { zxid, body: readSnapshotBody(this.#directories.fileSystem, this.#files.path(zxid)) };
  }

  async write(zxid: Zxid, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { fileSystem, snapshots } = this.#directories;
    const temporary = join(snapshots, writingName(zxid));
    const historyVersion = this.#log.historyVersion;
    await this.#attempt(zxid, async () => {
      await writeSnapshotFile(fileSystem, temporary, body);
      await this.#log.whileUnchanged(historyVersion, async () => {
        await fileSystem.rename(temporary, this.#files.path(zxid));
        await fileSystem.syncDirectory(snapshots);
        this.#files.add(zxid);
      });
    });
  }

  async receive(zxid: Zxid, body: AsyncIterable<Uint8Array>): Promise<void> {
    const { fileSystem, snapshots } = this.#directories;
    this.#received = undefined;
    await this.#attempt(zxid, async () => {
      await writeSnapshotFile(fileSystem, join(snapshots, receivedName(zxid)), body);
      // Its name too has to be durable before an intent speaks of it.
      await fileSystem.syncDirectory(snapshots);
    });
    this.#received = zxid;
  }

  async install(zxid: Zxid): Promise<void> {
    assert(this.#received === zxid, `snapshot ${formatZxid(zxid)} was not received`);
    this.#received = undefined;
    await this.#log.replaceBy(zxid, async (logs) => {
      const aside = await nextSetAsideName(this.#directories);
      const intent = { zxid, aside, logs, snapshots: this.#files.namesAbove(zxid) };
      await writeIntent(this.#directories, intent);
      await carryOut(this.#directories, intent);
      this.#files.forgetAbove(zxid);
      this.#files.add(zxid);
    });
  }

  async purge(retainCount: number): Promise<void> {
    assert(retainCount >= 1, 'at least one snapshot is kept');
    try {
      const oldestRetained = await this.#oldestRetained(retainCount);
      if (oldestRetained === undefined) return;
      await this.#files.removeBelow(oldestRetained);
      await this.#log.purge(oldestRetained);
    } catch (cause) {
      throw new DataDirectoryError('old snapshots and logs cannot be removed', { cause });
    }
  }

  async #oldestRetained(retainCount: number): Promise<Zxid | undefined> {
    let oldest: Zxid | undefined;
    let count = 0;
    for (const zxid of this.#files.whole()) {
      // ZooKeeper does not fsync its snapshots, and from now on this one is relied on.
      await syncFile(this.#directories.fileSystem, this.#files.path(zxid));
      oldest = zxid;
      count++;
      if (count === retainCount) break;
    }
    return oldest;
  }

  async #attempt(zxid: Zxid, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (cause) {
      throw new SnapshotWriteError(`snapshot ${formatZxid(zxid)} cannot be written`, { cause });
    }
  }
}
