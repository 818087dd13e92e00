// What can be kept of a damaged history: what proves damaged is set aside, piece by piece, until the rest is a history again. A log ends before its
// first damaged record; a snapshot that is not sound gives way to an older one.

import {
  EpochFileError,
  type FileSystem,
  SnapshotCorruptError,
  SnapshotMissingError,
  TxnLogCorruptError,
  TxnLogGapError,
} from '@zebu/interfaces';
import { UntakenSnapshotError } from './damage.ts';
import {
  ACCEPTED_EPOCH_FILE,
  CURRENT_EPOCH_FILE,
  INSTALL_INTENT_FILE,
  isReceivedName,
  logZxid,
  snapshotZxid,
} from './file-names.ts';
import { FILE_HEADER_BYTES } from './log/record-format.ts';
import { join } from './paths.ts';
import { setAside } from './set-aside.ts';
import { nextSetAsideName, type StorageDirectories } from './storage-directories.ts';

const SLICE_BYTES = 1024 * 1024;

/** Sets aside what the error is about. Says what was done; undefined when nothing is left that could be. */
export async function giveUpDamaged(directories: StorageDirectories, error: Error): Promise<string | undefined> {
  if (error instanceof TxnLogCorruptError) return endLogAt(directories, error);
  if (error instanceof TxnLogGapError) return endLogAtGap(directories, error);
  if (error instanceof UntakenSnapshotError) return undefined;
  if (error instanceof SnapshotCorruptError || error instanceof SnapshotMissingError)
    return giveUpNewestSnapshot(directories);
  if (error instanceof EpochFileError)
    return moveAside(directories, 'snapshots', [ACCEPTED_EPOCH_FILE, CURRENT_EPOCH_FILE]);
  return undefined;
}

/** Records before the damage stay, in a file of the same name. */
async function endLogAt(directories: StorageDirectories, { file, offset }: TxnLogCorruptError): Promise<string> {
  const { fileSystem, logs } = directories;
  const name = file.slice(file.lastIndexOf('/') + 1);
  const first = logZxid(name) ?? 0n;
  const aside = await nextSetAsideName(directories);
  const names = (await fileSystem.list(logs)).filter((other) => (logZxid(other) ?? -1n) >= first);
  await setAside(fileSystem, logs, { aside, names });
  if (offset > FILE_HEADER_BYTES)
    await copyBeginning(fileSystem, { from: join(join(logs, aside), name), to: join(logs, name), bytes: offset });
  await fileSystem.syncDirectory(logs);
  return `${name} ends at byte ${offset}; set aside: ${names.join(', ')}`;
}

async function endLogAtGap(directories: StorageDirectories, { next }: TxnLogGapError): Promise<string | undefined> {
  const names = (await directories.fileSystem.list(directories.logs)).filter((name) => logZxid(name) !== undefined);
  const behind = names.filter((name) => next !== undefined && (logZxid(name) as bigint) >= next);
  return moveAside(directories, 'logs', behind.length > 0 ? behind : names);
}

async function giveUpNewestSnapshot(directories: StorageDirectories): Promise<string | undefined> {
  const names = await directories.fileSystem.list(directories.snapshots);
  const [newest] = names
    .filter((name) => snapshotZxid(name) !== undefined)
    .sort((left, right) => ((snapshotZxid(left) as bigint) > (snapshotZxid(right) as bigint) ? -1 : 1));
  const unfinished = names.filter((name) => name === INSTALL_INTENT_FILE || isReceivedName(name));
  return moveAside(directories, 'snapshots', unfinished.length > 0 || newest === undefined ? unfinished : [newest]);
}

async function moveAside(
  directories: StorageDirectories,
  where: 'snapshots' | 'logs',
  names: readonly string[],
): Promise<string | undefined> {
  if (names.length === 0) return undefined;
  const aside = await nextSetAsideName(directories);
  await setAside(directories.fileSystem, directories[where], { aside, names });
  return `set aside: ${names.join(', ')}`;
}

/** Durable when it is done; its name is not. All of the file where nothing is said. */
export async function copyBeginning(
  fileSystem: FileSystem,
  copy: { readonly from: string; readonly to: string; readonly bytes?: number },
): Promise<void> {
  const source = await fileSystem.open(copy.from, 'read');
  const target = await fileSystem.open(copy.to, 'create');
  try {
    const bytes = copy.bytes ?? (await source.size());
    for (let at = 0; at < bytes; at += SLICE_BYTES)
      await target.write(await source.read(at, Math.min(SLICE_BYTES, bytes - at)), at);
    await target.datasync();
  } finally {
    await target.close();
    await source.close();
  }
}
