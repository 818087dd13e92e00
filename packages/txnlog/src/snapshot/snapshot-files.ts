// Which snapshots there are. ZooKeeper's rule (FileSnap.findNValidSnapshots): newest first, those that are not whole are passed over.

import { SnapshotUnsupportedError } from '@zebu/interfaces';
import { ZERO_ZXID, type Zxid } from '@zebu/protocol';
import { compressedSnapshotZxid, snapshotName, snapshotZxid } from '../file-names.ts';
import { join } from '../paths.ts';
import { setAside } from '../set-aside.ts';
import { nextSetAsideName, type StorageDirectories } from '../storage-directories.ts';
import { isSoundSnapshot, isWholeSnapshot } from './snapshot-reader.ts';

interface OtherSnapshot {
  readonly zxid: Zxid;
  readonly name: string;
}

export class SnapshotFiles {
  readonly #directories: StorageDirectories;
  /** Whole ones, ascending. */
  #zxids: Zxid[] = [];
  #unfinished: OtherSnapshot[] = [];
  #compressed: OtherSnapshot[] = [];

  private constructor(directories: StorageDirectories) {
    this.#directories = directories;
  }

  static async load(directories: StorageDirectories): Promise<SnapshotFiles> {
    const files = new SnapshotFiles(directories);
    for (const name of await directories.fileSystem.list(directories.snapshots)) await files.#sort(name);
    files.#zxids.sort(ascending);
    return files;
  }

  async #sort(name: string): Promise<void> {
    const { fileSystem, logger, snapshots } = this.#directories;
    const zxid = snapshotZxid(name);
    const compressedZxid = compressedSnapshotZxid(name);
    const path = join(snapshots, name);
    if (compressedZxid !== undefined) {
      this.#compressed.push({ zxid: compressedZxid, name });
    } else if (zxid !== undefined && (await isWholeSnapshot(fileSystem, path))) {
      this.#zxids.push(zxid);
    } else if (zxid !== undefined) {
      logger.warn('passing over a snapshot that is not whole', { file: path });
      this.#unfinished.push({ zxid, name });
    }
  }

  get zxids(): readonly Zxid[] {
    return this.#zxids;
  }

  /** Zxids of the snapshots that nobody finished writing. */
  get unfinished(): readonly Zxid[] {
    return this.#unfinished.map(({ zxid }) => zxid);
  }

  path(zxid: Zxid): string {
    return join(this.#directories.snapshots, snapshotName(zxid));
  }

  /** Whole snapshots, newest first. Throws SnapshotUnsupportedError at one that is compressed: a newer state must not be passed over. */
  *whole(options: { readonly below?: Zxid | undefined } = {}): Generator<Zxid, void, undefined> {
    let above = options.below;
    for (const zxid of this.#zxids.toReversed()) {
      if (above !== undefined && zxid >= above) continue;
      this.#refuseCompressed(zxid, above);
      above = zxid;
      yield zxid;
    }
    this.#refuseCompressed(ZERO_ZXID, above);
  }

  newestWhole(options: { readonly below?: Zxid | undefined } = {}): Zxid | undefined {
    const next = this.whole(options).next();
    return next.done === true ? undefined : next.value;
  }

  /** The newest snapshot at or below `zxid` whose body is sound from end to end. */
  async newestSound(zxid: Zxid): Promise<Zxid | undefined> {
    for (const candidate of this.whole({ below: (zxid + 1n) as Zxid })) {
      if (await isSoundSnapshot(this.#directories.fileSystem, this.path(candidate))) return candidate;
      this.#directories.logger.warn('passing over a corrupt snapshot', { file: this.path(candidate) });
    }
    return undefined;
  }

  async setAsideAbove(zxid: Zxid): Promise<void> {
    const { fileSystem, snapshots } = this.#directories;
    const names = this.namesAbove(zxid);
    await setAside(fileSystem, snapshots, { aside: await nextSetAsideName(this.#directories), names });
    this.forgetAbove(zxid);
  }

  namesAbove(zxid: Zxid): string[] {
    return this.#zxids.filter((candidate) => candidate > zxid).map(snapshotName);
  }

  forgetAbove(zxid: Zxid): void {
    this.#zxids = this.#zxids.filter((candidate) => candidate <= zxid);
  }

  /** They are all set aside. */
  forgetAll(): void {
    this.#zxids = [];
    this.#unfinished = [];
    this.#compressed = [];
  }

  add(zxid: Zxid): void {
    if (!this.#zxids.includes(zxid)) this.#zxids = [...this.#zxids, zxid].sort(ascending);
  }

  async removeBelow(zxid: Zxid): Promise<void> {
    const { fileSystem, snapshots } = this.#directories;
    const whole = this.#zxids.map((candidate) => ({ zxid: candidate, name: snapshotName(candidate) }));
    const obsolete = [...this.#compressed, ...this.#unfinished, ...whole].filter((candidate) => candidate.zxid < zxid);
    for (const { name } of obsolete) await fileSystem.remove(join(snapshots, name));
    this.#compressed = this.#compressed.filter((candidate) => candidate.zxid >= zxid);
    this.#unfinished = this.#unfinished.filter((candidate) => candidate.zxid >= zxid);
    this.#zxids = this.#zxids.filter((candidate) => candidate >= zxid);
    if (obsolete.length > 0) await fileSystem.syncDirectory(snapshots);
  }

  #refuseCompressed(from: Zxid, below: Zxid | undefined): void {
    const found = this.#compressed.find(({ zxid }) => zxid >= from && (below === undefined || zxid < below));
    if (found === undefined) return;
    throw new SnapshotUnsupportedError(
      `${join(this.#directories.snapshots, found.name)} is compressed, which is not read yet; start ZooKeeper once with snapshot.compression.method unset, so that it writes a plain snapshot`,
    );
  }
}

const ascending = (left: Zxid, right: Zxid): number => (left < right ? -1 : left > right ? 1 : 0);
