// What is done about a history that is damaged: marked, then set aside, never deleted. A leader's takes its place.

import {
  DAMAGE_REMEDY,
  EpochFileError,
  SnapshotCorruptError,
  SnapshotMissingError,
  TxnLogCorruptError,
  TxnLogGapError,
} from '@zebu/interfaces';
import { type Epoch, epochOf } from '@zebu/protocol';
import { type DamageRecord, readDamageMark, writeDamageMark } from './damage-mark.ts';
import { readKnownEpoch } from './epoch-store.ts';
import {
  ACCEPTED_EPOCH_FILE,
  CURRENT_EPOCH_FILE,
  INSTALL_INTENT_FILE,
  isLogName,
  isReceivedName,
  isSnapshotName,
  logZxid,
  snapshotZxid,
} from './file-names.ts';
import { setAside } from './set-aside.ts';
import { nextSetAsideName, type StorageDirectories } from './storage-directories.ts';

/** There is a log and no snapshot, as ZooKeeper before 3.5.3 may leave it: a whole ensemble that is upgraded would set itself aside. */
export class UntakenSnapshotError extends SnapshotMissingError {}

/** A part of the history is not what was written, or is gone. What a crash leaves is no damage (tail-damage.ts), nor is a wrong configuration. */
export const isDamage = (error: unknown): error is Error =>
  error instanceof TxnLogCorruptError ||
  error instanceof TxnLogGapError ||
  error instanceof SnapshotCorruptError ||
  (error instanceof SnapshotMissingError && !(error instanceof UntakenSnapshotError)) ||
  error instanceof EpochFileError;

/** Marks the directory, and only then sets aside what its mark speaks for: epoch files that cannot be believed. The history is to follow. */
export async function condemn(directories: StorageDirectories, error: Error): Promise<DamageRecord> {
  const { fileSystem, snapshots } = directories;
  const mark = await markFor(directories, error);
  await writeDamageMark(directories, mark);
  if (error instanceof EpochFileError)
    await setAside(fileSystem, snapshots, {
      aside: mark.settingAside,
      names: [ACCEPTED_EPOCH_FILE, CURRENT_EPOCH_FILE],
    });
  return mark;
}

/**
 * All snapshots and logs, whole or not: with a part of it missing none of it can be voted with. After a crash the rest goes to where the first part
 * went, so that a history stays together. The mark as it is then.
 */
export async function setHistoryAside(directories: StorageDirectories, mark: DamageRecord): Promise<DamageRecord> {
  const { fileSystem, logger, snapshots, logs } = directories;
  const snapshotFiles = (await fileSystem.list(snapshots)).filter(isOfSnapshots);
  const logFiles = (await fileSystem.list(logs)).filter(isLogName);
  const aside = mark.settingAside ?? (await nextSetAsideName(directories));
  logger.error('this server is damaged: it is in no quorum until it has received everything from a leader', {
    reason: mark.reason,
    directory: snapshots,
    setAside: snapshotFiles.length + logFiles.length === 0 ? undefined : aside,
  });
  await setAside(fileSystem, snapshots, { aside, names: snapshotFiles });
  await setAside(fileSystem, logs, { aside, names: logFiles });
  if (mark.settingAside === undefined) return mark;
  const settled = { ...mark, settingAside: undefined };
  await writeDamageMark(directories, settled);
  return settled;
}

/** Files that make up a history. */
export const isOfHistory = (name: string): boolean => isLogName(name) || isOfSnapshots(name);

const isOfSnapshots = (name: string): boolean =>
  isSnapshotName(name) || isReceivedName(name) || name === INSTALL_INTENT_FILE;

async function markFor(
  directories: StorageDirectories,
  error: Error,
): Promise<DamageRecord & { readonly settingAside: string }> {
  const known = await readDamageMark(directories);
  // What to do about it would mislead here: a leader does it.
  const reason = error.message.replace(`; ${DAMAGE_REMEDY}`, '');
  const accepted = await readKnownEpoch(directories, ACCEPTED_EPOCH_FILE);
  const isLost = accepted === undefined || error instanceof EpochFileError || known?.lostEpochFloor !== undefined;
  const settingAside = known?.settingAside ?? (await nextSetAsideName(directories));
  if (!isLost) return { reason, lostEpochFloor: undefined, settingAside };
  const current = await readKnownEpoch(directories, CURRENT_EPOCH_FILE);
  const epochs = [accepted ?? 0, current ?? 0, known?.lostEpochFloor ?? 0, await epochOfNames(directories)];
  return { reason, lostEpochFloor: Math.max(...epochs) as Epoch, settingAside };
}

/** Of the newest file: whoever has a history of an epoch has accepted it. */
async function epochOfNames({ fileSystem, snapshots, logs }: StorageDirectories): Promise<number> {
  const names = [...(await fileSystem.list(snapshots)), ...(await fileSystem.list(logs))];
  const zxids = names.map((name) => logZxid(name) ?? snapshotZxid(name) ?? -1n);
  // A name that no server gave may be anything.
  return Math.max(0, ...zxids.map((zxid) => (zxid < 1n << 63n ? epochOf(zxid as Parameters<typeof epochOf>[0]) : 0)));
}
