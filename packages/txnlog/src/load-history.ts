// What a directory's files amount to: the newest usable snapshot with the log behind it, a new empty history, or none that may be voted for.

import { DAMAGE_REMEDY, SnapshotMissingError } from '@zebu/interfaces';
import { formatZxid, NO_ZXID, ZERO_ZXID, type Zxid } from '@zebu/protocol';
import { syncFile } from './durable-file.ts';
import { History, type HistoryContext } from './log/history.ts';
import { dropEmptyTail, listLogFiles, loadHistory } from './log/log-loader.ts';
import type { SnapshotFiles } from './snapshot/snapshot-files.ts';
import { isSoundSnapshot } from './snapshot/snapshot-reader.ts';
import { UNKNOWN } from './log/joins.ts';
import { UntakenSnapshotError } from './damage.ts';
import type { StorageDirectories } from './storage-directories.ts';

export interface HistoryPolicy {
  /** FileTxnSnapLog's snapshot.trust.empty: a log without a snapshot follows the empty tree. */
  readonly trustEmptySnapshot: boolean;
  /** Makes a durable snapshot of the empty tree, if an empty directory may be taken for an empty history. */
  readonly createInitial: () => Promise<boolean>;
}

export async function readHistory(
  directories: StorageDirectories,
  snapshots: SnapshotFiles,
  policy: HistoryPolicy,
): Promise<History> {
  const { fileSystem, logger, logs: directory } = directories;
  const context: HistoryContext = { fileSystem, logger, snapshotZxids: () => snapshots.zxids };
  const files = await listLogFiles(context, directory);
  const newest = await dropEmptyTail(context, directory, files);
  const snapshot = snapshots.newestWhole();
  const history = (last: Zxid): History =>
    new History(context, { files, firstChecked: files.length, floor: last, last, end: undefined });
  if (newest === undefined) {
    if (snapshot === undefined) return history(await beginHistory(snapshots, policy));
    await makeDurable(directories, snapshots, { snapshot, alone: true });
    return history(snapshot);
  }
  if (snapshot === undefined && !policy.trustEmptySnapshot) {
    // Only a server that had a snapshot writes such a link.
    const wasTaken = newest.scan.index !== undefined && newest.scan.index.previous !== UNKNOWN;
    throw new (wasTaken ? SnapshotMissingError : UntakenSnapshotError)(noSnapshot(newest.path));
  }
  const loaded = await loadHistory(context, { directory, files, newest, snapshot: snapshot ?? ZERO_ZXID });
  if (snapshot !== undefined) {
    const alone = (newest.scan.index?.lastZxid ?? ZERO_ZXID) < snapshot;
    await makeDurable(directories, snapshots, { snapshot, alone });
  }
  return loaded;
}

/** No log and no usable snapshot. An unfinished snapshot of the empty tree is nothing lost; of anything else it is (ZooKeeper would start empty). */
async function beginHistory(snapshots: SnapshotFiles, policy: HistoryPolicy): Promise<Zxid> {
  const lost = snapshots.unfinished.find((zxid) => zxid > ZERO_ZXID);
  if (lost !== undefined) {
    throw new SnapshotMissingError(`${snapshots.path(lost)} is not whole, and there is no log; ${DAMAGE_REMEDY}`);
  }
  return (await policy.createInitial()) ? ZERO_ZXID : NO_ZXID;
}

/** Where the log does not reach the snapshot, its zxid may have been acknowledged on the strength of this file alone. */
async function makeDurable(
  directories: StorageDirectories,
  snapshots: SnapshotFiles,
  newest: { readonly snapshot: Zxid; readonly alone: boolean },
): Promise<void> {
  const path = snapshots.path(newest.snapshot);
  if (newest.alone && !(await isSoundSnapshot(directories.fileSystem, path))) {
    throw new SnapshotMissingError(
      `${path} has a wrong checksum, and the log does not reach ${formatZxid(newest.snapshot)}; ${DAMAGE_REMEDY}`,
    );
  }
  await syncFile(directories.fileSystem, path);
  await directories.fileSystem.syncDirectory(directories.snapshots);
}

const noSnapshot = (path: string): string =>
  `no snapshot found, but there are log entries in ${path}; ${DAMAGE_REMEDY}, or set snapshot.trust.empty=true if the log is complete (an upgrade from ZooKeeper before 3.5.3)`;
