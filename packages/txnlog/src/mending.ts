// Looks at data directories for who recovers an ensemble (zebu-server recover), and opens one of them as what was seen. What a look would change it
// changes in memory alone, so a look says exactly what mending does.

import { DataDirectoryError, type FileSystem, type Logger, SnapshotMissingError, type Storage } from '@zebu/interfaces';
import { type Epoch, epochOf, NO_ZXID, type Zxid } from '@zebu/protocol';
import { isDamage, isOfHistory, setHistoryAside } from './damage.ts';
import { type DamageRecord, readDamageMark, writeDamageMark } from './damage-mark.ts';
import { readKnownEpoch } from './epoch-store.ts';
import {
  ACCEPTED_EPOCH_FILE,
  CURRENT_EPOCH_FILE,
  isSnapshotName,
  setAsideNumber,
  VERSION_DIRECTORY,
} from './file-names.ts';
import { openStorage } from './open-storage.ts';
import { overlayFileSystem } from './overlay-file-system.ts';
import { join, trimSlashes } from './paths.ts';
import { copyBeginning, giveUpDamaged } from './salvage.ts';
import { setAside } from './set-aside.ts';
import { distinct, nextSetAsideName, type StorageDirectories } from './storage-directories.ts';

export interface DirectoryPlace {
  readonly fileSystem: FileSystem;
  readonly dataDir: string;
  readonly dataLogDir?: string | undefined;
  readonly logger: Logger;
}

export interface Surveyed<Value> {
  /** Undefined where the file is gone or holds no epoch. */
  readonly acceptedEpoch: Epoch | undefined;
  readonly currentEpoch: Epoch | undefined;
  /** Why the directory is marked as damaged. */
  readonly damage: string | undefined;
  /** The history that was set aside when the mark was made, where that is the best there is. */
  readonly source: string | undefined;
  readonly lastZxid: Zxid;
  /** What has to be given up for the rest to be a history. */
  readonly repairs: readonly string[];
  readonly value: Value;
}

type Read<Value> = (storage: Storage) => Promise<Value>;

/** Undefined when nothing can be read. Rejects with DirectoryInUseError and DataDirectoryError. Nothing on the disk is changed. */
export async function surveyDirectory<Value>(
  place: DirectoryPlace,
  read: Read<Value>,
): Promise<Surveyed<Value> | undefined> {
  const directories = directoriesOf(place);
  for (const directory of distinct(directories)) {
    if (!(await place.fileSystem.exists(directory))) throw new DataDirectoryError(`${directory} does not exist`);
  }
  const mark = await readDamageMark(directories);
  const facts = {
    acceptedEpoch: await readKnownEpoch(directories, ACCEPTED_EPOCH_FILE),
    currentEpoch: await readKnownEpoch(directories, CURRENT_EPOCH_FILE),
    damage: mark?.reason,
  };
  let best: Surveyed<Value> | undefined;
  for (const source of await sourcesIn(directories, mark)) {
    const look = { ...place, fileSystem: overlayFileSystem(place.fileSystem) };
    if (mark !== undefined) await setHistoryAside(directoriesOf(look), mark);
    if (source !== undefined) await bringBack(directoriesOf(look), source, moveFile);
    const found = await open(look, read);
    if (found === undefined) continue;
    const { storage, repairs, value } = found;
    const lastZxid = storage.log.lastLoggedZxid;
    await storage.close();
    if (best === undefined || lastZxid > best.lastZxid) best = { ...facts, source, lastZxid, repairs, value };
  }
  return best;
}

/**
 * Makes on the disk what was seen, and leaves it open. What is damaged is set aside as a whole first, and mended in a copy of it: so a mending that
 * is cut short can begin again with all that there was. Meanwhile the directory is marked; who called removes the mark.
 */
export async function mendDirectory<Value>(
  place: DirectoryPlace,
  seen: Surveyed<Value>,
  read: Read<unknown>,
): Promise<Storage> {
  const directories = directoriesOf(place);
  if (seen.repairs.length > 0 || seen.damage !== undefined) {
    const mark = (await readDamageMark(directories)) ?? (await markForMending(directories, seen));
    await setHistoryAside(directories, mark);
    await bringBack(directories, seen.source ?? (mark.settingAside as string), copyFile);
  }
  const found = await open(place, read);
  if (found?.storage.log.lastLoggedZxid === seen.lastZxid) return found.storage;
  await found?.storage.close();
  throw new DataDirectoryError(`${place.dataDir} is not what it was when it was looked at; is somebody else at work?`);
}

async function markForMending<Value>(directories: StorageDirectories, seen: Surveyed<Value>): Promise<DamageRecord> {
  const { acceptedEpoch = 0, currentEpoch = 0, lastZxid, repairs } = seen;
  const mark = {
    reason: `being mended: ${repairs.join('; ')}`,
    lostEpochFloor: Math.max(acceptedEpoch, currentEpoch, epochOf(lastZxid)) as Epoch,
    settingAside: await nextSetAsideName(directories),
  };
  await writeDamageMark(directories, mark);
  return mark;
}

async function open<Value>(
  place: DirectoryPlace,
  read: Read<Value>,
): Promise<{ storage: Storage; repairs: string[]; value: Value } | undefined> {
  const directories = directoriesOf(place);
  const repairs: string[] = [];
  for (;;) {
    const attempt = await tryToOpen(place, read);
    if ('storage' in attempt) return { ...attempt, repairs };
    const repair = await giveUpDamaged(directories, attempt.damage);
    if (repair === undefined) return undefined;
    repairs.push(`${attempt.damage.message.split(';')[0]}: ${repair}`);
  }
}

async function tryToOpen<Value>(
  place: DirectoryPlace,
  read: Read<Value>,
): Promise<{ readonly storage: Storage; readonly value: Value } | { readonly damage: Error }> {
  let storage: Storage | undefined;
  try {
    storage = await openStorage({ ...place, options: { mends: true, preAllocSizeKb: 64 } });
    if (storage.log.lastLoggedZxid === NO_ZXID) throw new SnapshotMissingError(`${place.dataDir} holds no history`);
    return { storage, value: await read(storage) };
  } catch (error) {
    await storage?.close();
    // Also where it is no damage to a start: a log without any snapshot.
    if (!isDamage(error) && !(error instanceof SnapshotMissingError)) throw error;
    return { damage: error };
  }
}

/** Where the history may be: in its place, or, once there is a mark, in one of the directories that were set aside; the newest first. */
async function sourcesIn(
  directories: StorageDirectories,
  mark: DamageRecord | undefined,
): Promise<readonly (string | undefined)[]> {
  if (mark === undefined) return [undefined];
  const { fileSystem, snapshots } = directories;
  const found: string[] = mark.settingAside === undefined ? [] : [mark.settingAside];
  for (const name of (await fileSystem.list(snapshots)).filter((each) => setAsideNumber(each) !== undefined)) {
    const holdsSnapshot = (await fileSystem.list(join(snapshots, name))).some(isSnapshotName);
    if (holdsSnapshot && name !== mark.settingAside) found.push(name);
  }
  return found.sort((left, right) => (setAsideNumber(right) as number) - (setAsideNumber(left) as number));
}

type Transfer = (fileSystem: FileSystem, from: string, to: string) => Promise<void>;

/** What lies there now makes room, and what was set aside takes its place again. */
async function bringBack(directories: StorageDirectories, source: string, transfer: Transfer): Promise<void> {
  const { fileSystem } = directories;
  const aside = await nextSetAsideName(directories);
  for (const directory of distinct(directories)) {
    await setAside(fileSystem, directory, { aside, names: (await fileSystem.list(directory)).filter(isOfHistory) });
    const from = join(directory, source);
    if (!(await fileSystem.exists(from))) continue;
    for (const name of (await fileSystem.list(from)).filter(isOfHistory))
      await transfer(fileSystem, join(from, name), join(directory, name));
    await fileSystem.syncDirectory(directory);
  }
}

/** Of a look, which must not read all of it into memory. */
const moveFile: Transfer = (fileSystem, from, to) => fileSystem.rename(from, to);

const copyFile: Transfer = (fileSystem, from, to) => copyBeginning(fileSystem, { from, to });

function directoriesOf({ fileSystem, dataDir, dataLogDir, logger }: DirectoryPlace): StorageDirectories {
  const versionOf = (directory: string): string => join(trimSlashes(directory), VERSION_DIRECTORY);
  return { fileSystem, logger, snapshots: versionOf(dataDir), logs: versionOf(dataLogDir ?? dataDir) };
}
