// Opens a server's directories: locks them, finishes what a crash interrupted, checks and makes durable what is there.

import {
  type Clock,
  DAMAGE_REMEDY,
  DataDirectoryError,
  type FileLock,
  type FileSystem,
  type Logger,
  SnapshotMissingError,
  type Storage,
} from '@zebu/interfaces';
import { formatZxid, ZERO_ZXID } from '@zebu/protocol';
import { ensureDirectory, removeIfThere } from './durable-file.ts';
import { condemn, isDamage, setHistoryAside } from './damage.ts';
import { type DamageRecord, readDamageMark } from './damage-mark.ts';
import { FileEpochStore } from './epoch-store.ts';
import {
  ACCEPTED_EPOCH_FILE,
  INITIALIZE_FILE,
  isLeftover,
  isLogName,
  isSnapshotName,
  PROBE_FILE,
  VERSION_DIRECTORY,
  writingName,
} from './file-names.ts';
import { initialTreeBody } from './initial-tree.ts';
import { type HistoryPolicy, readHistory } from './load-history.ts';
import { SlowSyncs } from './log/slow-syncs.ts';
import { FileDamageControl } from './file-damage.ts';
import { FileTxnLog } from './log/txn-log.ts';
import { join, parentOf, trimSlashes } from './paths.ts';
import { carryOut, readIntent } from './snapshot/install-intent.ts';
import { SnapshotFiles } from './snapshot/snapshot-files.ts';
import { FileSnapshotStore } from './snapshot/snapshot-store.ts';
import { writeSnapshotFile } from './snapshot/snapshot-writer.ts';
import { distinct, type StorageDirectories } from './storage-directories.ts';

export interface StorageOptions {
  /** zoo.cfg preAllocSize, in KB; 0 switches preallocation off. Default 65536. */
  readonly preAllocSizeKb?: number;
  /** zoo.cfg forceSync: false leaves it to the system when the log reaches the disk. Default true. */
  readonly forceSync?: boolean;
  /** zookeeper.db.autocreate: an empty directory is an empty history that may be voted for. Default true. */
  readonly dbAutocreate?: boolean;
  /** zoo.cfg txnLogSizeLimitInKb: a log file that has grown beyond this is followed by another. Default: no limit. */
  readonly txnLogSizeLimitKb?: number | undefined;
  /** zoo.cfg fsync.warningthresholdms: a flush of the log that takes longer is logged, where there is a clock. Default 1000. */
  readonly syncWarningThresholdMs?: number;
  /** zookeeper.snapshot.trust.empty: a log without a snapshot follows the empty tree. Default false. */
  readonly trustEmptySnapshot?: boolean;
  /** A damaged history is marked and set aside, so that a leader can replace it; otherwise it is refused, as where there is none. Default false. */
  readonly heals?: boolean;
  /** For who mends a directory: it is opened in spite of its mark, and an empty one is no history. Default false. */
  readonly mends?: boolean;
  /** The body of the snapshot that an empty directory gets. Default: ZooKeeper's new tree. */
  readonly initialSnapshotBody?: () => AsyncIterable<Uint8Array>;
}

export interface OpenStorageRequest {
  readonly fileSystem: FileSystem;
  /** Snapshots and epoch files are in its version-2. */
  readonly dataDir: string;
  /** Txn logs are in its version-2; default dataDir. */
  readonly dataLogDir?: string | undefined;
  readonly options?: StorageOptions | undefined;
  /** Undefined: how long the disk takes is not watched. */
  readonly clock?: Pick<Clock, 'now'> | undefined;
  readonly logger: Logger;
}

const DEFAULT_PREALLOC_KB = 65_536;
const DEFAULT_SYNC_WARNING_THRESHOLD_MS = 1000;
const BYTES_PER_KB = 1024;

/**
 * Rejects with DataDirectoryError, DirectoryInUseError, TxnLogCorruptError, TxnLogGapError, SnapshotMissingError, SnapshotCorruptError,
 * SnapshotUnsupportedError or EpochFileError.
 */
export async function openStorage(request: OpenStorageRequest): Promise<Storage> {
  const { fileSystem, logger, dataDir } = request;
  const versionOf = (directory: string): string => join(trimSlashes(directory), VERSION_DIRECTORY);
  const directories = {
    fileSystem,
    logger,
    snapshots: versionOf(dataDir),
    logs: versionOf(request.dataLogDir ?? dataDir),
  };
  const locks: FileLock[] = [];
  try {
    for (const directory of distinct(directories)) {
      await ensureDirectory(fileSystem, directory);
      locks.push(await fileSystem.lock(directory));
      await probe(fileSystem, directory);
    }
    return await load(directories, request, locks);
  } catch (error) {
    await releaseAll(locks);
    throw explained(error, directories);
  }
}

async function load(
  directories: StorageDirectories,
  request: OpenStorageRequest,
  locks: readonly FileLock[],
): Promise<Storage> {
  await checkContents(directories);
  try {
    return await loadHistory(directories, request, locks);
  } catch (error) {
    if (request.options?.heals !== true || !isDamage(error)) throw error;
    await condemn(directories, error);
    return await loadHistory(directories, request, locks);
  }
}

async function loadHistory(
  directories: StorageDirectories,
  { options = {}, clock }: OpenStorageRequest,
  locks: readonly FileLock[],
): Promise<Storage> {
  const { fileSystem, logger } = directories;
  let mark = await readDamageMark(directories);
  if (mark !== undefined && options.mends !== true) {
    if (options.heals !== true) throw new SnapshotMissingError(stillMarked(directories, mark));
    mark = await setHistoryAside(directories, mark);
  } else if (options.heals === true) await FileEpochStore.refuseLostPromise(directories);
  const intent = await readIntent(directories);
  if (intent !== undefined) {
    logger.info('finishing the installation of a snapshot', { zxid: formatZxid(intent.zxid) });
    await carryOut(directories, intent);
  }
  const snapshots = await SnapshotFiles.load(directories);
  const history = await readHistory(
    directories,
    snapshots,
    historyPolicy(directories, snapshots, { ...options, marked: mark !== undefined || options.mends === true }),
  );
  await removeInitializeFile(directories);
  const epochs = await FileEpochStore.load(directories, history.last, mark?.lostEpochFloor);
  await removeLeftovers(directories);
  const log = new FileTxnLog({
    fileSystem,
    directory: directories.logs,
    history,
    snapshots,
    preAllocBytes: (options.preAllocSizeKb ?? DEFAULT_PREALLOC_KB) * BYTES_PER_KB,
    forceSync: options.forceSync ?? true,
    slowSyncs:
      clock === undefined
        ? undefined
        : new SlowSyncs({
            clock,
            logger,
            thresholdMs: options.syncWarningThresholdMs ?? DEFAULT_SYNC_WARNING_THRESHOLD_MS,
          }),
    sizeLimitBytes: options.txnLogSizeLimitKb === undefined ? undefined : options.txnLogSizeLimitKb * BYTES_PER_KB,
  });
  const close = async (): Promise<void> => {
    try {
      await log.close();
    } finally {
      await releaseAll(locks);
    }
  };
  const damage = new FileDamageControl({ directories, snapshots, log, epochs, mark, heals: options.heals ?? false });
  return { log, snapshots: new FileSnapshotStore(directories, snapshots, log), epochs, damage, close };
}

function historyPolicy(
  directories: StorageDirectories,
  snapshots: SnapshotFiles,
  options: StorageOptions & { readonly marked: boolean },
): HistoryPolicy {
  const { fileSystem, logger } = directories;
  return {
    trustEmptySnapshot: options.trustEmptySnapshot ?? false,
    createInitial: async () => {
      if (options.marked) return false;
      if ((await initializeFiles(directories)).length === 0) {
        if (!(options.dbAutocreate ?? true)) {
          logger.warn('empty data directory: this server does not vote before it is synchronized', {
            directory: directories.snapshots,
          });
          return false;
        }
        await refuseLostHistory(directories);
      }
      const temporary = join(directories.snapshots, writingName(ZERO_ZXID));
      await writeSnapshotFile(fileSystem, temporary, (options.initialSnapshotBody ?? initialTreeBody)());
      await fileSystem.rename(temporary, snapshots.path(ZERO_ZXID));
      await fileSystem.syncDirectory(directories.snapshots);
      snapshots.add(ZERO_ZXID);
      return true;
    },
  };
}

/** Whoever accepted an epoch had a history. A vote with the epoch and without the history could win, and take it from everybody. */
async function refuseLostHistory(directories: StorageDirectories): Promise<void> {
  const epoch = await FileEpochStore.acceptedEpochOf(directories);
  if (epoch === 0) return;
  throw new SnapshotMissingError(
    `${directories.snapshots} holds no snapshot and no log, but its ${ACCEPTED_EPOCH_FILE} is ${epoch}: its history is lost; ${DAMAGE_REMEDY}`,
  );
}

/** ZooKeeper looks beside the logs, its zkServer-initialize.sh writes beside the snapshots. */
async function initializeFiles(directories: StorageDirectories): Promise<string[]> {
  const found: string[] = [];
  for (const directory of distinct(directories)) {
    const path = join(parentOf(directory), INITIALIZE_FILE);
    if (await directories.fileSystem.exists(path)) found.push(path);
  }
  return found;
}

/** It speaks of this start alone (FileTxnSnapLog.restore deletes it each time). */
async function removeInitializeFile(directories: StorageDirectories): Promise<void> {
  for (const path of await initializeFiles(directories)) {
    await directories.fileSystem.remove(path);
    await directories.fileSystem.syncDirectory(parentOf(path));
  }
}

/** ZOOKEEPER-2967: logs among the snapshots mean that one of the two settings was changed. */
async function checkContents({ fileSystem, snapshots, logs }: StorageDirectories): Promise<void> {
  if (snapshots === logs) return;
  if ((await fileSystem.list(logs)).some(isSnapshotName)) {
    throw new DataDirectoryError(`${logs} holds snapshots: check dataDir and dataLogDir`);
  }
  if ((await fileSystem.list(snapshots)).some(isLogName)) {
    throw new DataDirectoryError(`${snapshots} holds txn logs: check dataDir and dataLogDir`);
  }
}

const stillMarked = ({ snapshots }: StorageDirectories, { reason }: DamageRecord): string =>
  `${snapshots} was found damaged (${reason}), and no leader has made it whole; start it as a server of its ensemble, ${DAMAGE_REMEDY}`;

async function probe(fileSystem: FileSystem, directory: string): Promise<void> {
  const path = join(directory, PROBE_FILE);
  await removeIfThere(fileSystem, path);
  await (await fileSystem.open(path, 'create')).close();
  await fileSystem.remove(path);
}

async function removeLeftovers(directories: StorageDirectories): Promise<void> {
  for (const directory of distinct(directories)) {
    for (const name of (await directories.fileSystem.list(directory)).filter(isLeftover)) {
      directories.logger.info('removing an unfinished file', { file: join(directory, name) });
      await directories.fileSystem.remove(join(directory, name));
    }
  }
}

async function releaseAll(locks: readonly FileLock[]): Promise<void> {
  for (const lock of locks) await lock.release();
}

/** The system's errors say what failed; this one says what to look at. */
function explained(error: unknown, directories: StorageDirectories): unknown {
  const system = error instanceof Error && 'code' in error && /^E[A-Z0-9]+$/.test(String(error.code));
  if (!system) return error;
  const what = distinct(directories).join(' and ');
  return new DataDirectoryError(
    `cannot use ${what}: ${error.message}; check dataDir, dataLogDir and their permissions`,
    { cause: error },
  );
}
