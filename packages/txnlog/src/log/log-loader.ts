// Builds the history at open: what the newest usable snapshot needs is read, checked, cut where a crash tore it, and made durable, because
// this server will vote with it (ZooKeeper 3.8 does not fsync what it read back and can lose it to a power failure after it counted).

import { TxnLogCorruptError } from '@zebu/interfaces';
import { ZERO_ZXID, type Zxid } from '@zebu/protocol';
import { syncFile } from '../durable-file.ts';
import { isLogName, logZxid } from '../file-names.ts';
import { join } from '../paths.ts';
import { type Gap, traceChain } from './chain.ts';
import { History, type HistoryContext } from './history.ts';
import { missing } from './joins.ts';
import type { LogFile } from './log-file.ts';
import { type Scan, scanLogFile } from './log-scan.ts';
import { FILE_HEADER_BYTES, MAX_ROUND_BYTES } from './record-format.ts';
import { firstNonZero, isTornCreation, isTornWrite } from './tail-damage.ts';
import { certainPredecessor } from './zxid-order.ts';

interface ScannedFile extends LogFile {
  readonly scan: Scan;
}

/** The log files of a directory, in the order of their names. */
export async function listLogFiles(context: HistoryContext, directory: string): Promise<LogFile[]> {
  const files: LogFile[] = [];
  for (const name of (await context.fileSystem.list(directory)).filter(isLogName)) {
    const firstZxid = logZxid(name);
    if (firstZxid === undefined) context.logger.warn('not a log file name, ignored', { file: join(directory, name) });
    else files.push({ name, path: join(directory, name), firstZxid, index: undefined });
  }
  return files.sort((left, right) => (left.firstZxid < right.firstZxid ? -1 : 1));
}

/** Removes the newest files that hold no txn: a crash came between their creation and their first flush. Returns the newest that does. */
export async function dropEmptyTail(
  context: HistoryContext,
  directory: string,
  files: LogFile[],
): Promise<ScannedFile | undefined> {
  for (let file = files.at(-1); file !== undefined; file = files.at(-1)) {
    const scan = await scanLogFile(context.fileSystem, file);
    if (scan.index?.isEmpty === false) return { ...file, scan };
    if (!(await wasNeverFlushed(context, file, scan))) {
      throw new TxnLogCorruptError(file.path, scan.index?.endOffset ?? 0, scan.problem ?? 'bytes behind the end');
    }
    context.logger.warn('removing a log file that was never flushed', { file: file.path });
    await context.fileSystem.remove(file.path);
    await context.fileSystem.syncDirectory(directory);
    files.pop();
  }
  return undefined;
}

/** The history from the newest usable snapshot (or 0, the empty tree) to the end of the log. */
export async function loadHistory(
  context: HistoryContext,
  source: {
    readonly directory: string;
    readonly files: LogFile[];
    readonly newest: ScannedFile;
    readonly snapshot: Zxid;
  },
): Promise<History> {
  const { directory, files, newest, snapshot } = source;
  const first = firstNeeded(files, snapshot);
  const scanned: ScannedFile[] = [];
  for (const file of files.slice(first, -1)) {
    const scan = await scanLogFile(context.fileSystem, file);
    // ZOOKEEPER-2332: nothing was flushed to it, but then nothing can follow it.
    if (scan.index === undefined) throw new TxnLogCorruptError(file.path, 0, scan.problem ?? 'no log file header');
    scanned.push({ ...file, scan });
  }
  scanned.push(newest);
  const chain = traceChain(scanned, snapshot, context.snapshotZxids());
  if ('gap' in chain) return refuse(context, chain.gap);
  await settleTail(context, newest);
  await rewriteLastRound(context, newest);
  for (const file of scanned) await syncFile(context.fileSystem, file.path);
  await context.fileSystem.syncDirectory(directory);
  for (const [index, file] of scanned.entries()) (files[first + index] as LogFile).index = file.scan.index;
  return new History(context, { files, ...chain, firstChecked: first + chain.firstChecked });
}

/** The newest file that may hold what follows the snapshot; files before it are looked at when somebody asks for them. */
function firstNeeded(files: readonly LogFile[], snapshot: Zxid): number {
  const exact = files.findIndex((file) => certainPredecessor(file.firstZxid) === snapshot);
  return exact >= 0
    ? exact
    : Math.max(
        0,
        files.findLastIndex((file) => file.firstZxid <= snapshot),
      );
}

async function refuse(context: HistoryContext, gap: Gap): Promise<never> {
  const before = gap.fileBefore;
  const damage = before === undefined ? undefined : await damageBehind(context, before);
  if (before !== undefined && damage !== undefined) throw new TxnLogCorruptError(before.path, endOf(before), damage);
  throw missing(gap.previous, gap.next);
}

/** Cuts what a crash tore off the newest file; anything else behind its last whole record is refused. */
async function settleTail(context: HistoryContext, file: ScannedFile): Promise<void> {
  const damage = await damageBehind(context, file);
  if (damage === undefined) return;
  const position = endOf(file);
  const handle = await context.fileSystem.open(file.path, 'write');
  try {
    if (
      !(await isTornWrite({
        handle,
        position,
        fileSize: file.scan.fileSize,
        last: file.scan.index?.lastZxid ?? ZERO_ZXID,
      }))
    ) {
      throw new TxnLogCorruptError(file.path, position, damage);
    }
    context.logger.warn('cutting off a torn write', { file: file.path, position, problem: damage });
    await handle.truncate(position);
  } finally {
    await handle.close();
  }
}

/**
 * Writes the last round once more. If its flush failed and the process died before it cut the log back, the pages are in the cache and called
 * clean, though they are not on disk: an fsync alone would do nothing for them.
 */
async function rewriteLastRound(context: HistoryContext, file: ScannedFile): Promise<void> {
  const index = file.scan.index;
  const last = index?.lastZxid;
  if (index === undefined || last === undefined) return;
  const end = index.endOffset;
  const start = Math.max(0, Math.min(end - MAX_ROUND_BYTES - FILE_HEADER_BYTES, index.offsetFor((last - 1n) as Zxid)));
  const handle = await context.fileSystem.open(file.path, 'write');
  try {
    await handle.write(await handle.read(start, end - start), start);
  } finally {
    await handle.close();
  }
}

async function wasNeverFlushed(context: HistoryContext, file: LogFile, scan: Scan): Promise<boolean> {
  const handle = await context.fileSystem.open(file.path, 'read');
  try {
    const { index, fileSize } = scan;
    if (index === undefined) return await isTornCreation(handle, fileSize);
    const damaged = scan.problem !== undefined || (await firstNonZero(handle, index.endOffset, fileSize)) !== undefined;
    return !damaged || (await isTornWrite({ handle, position: index.endOffset, fileSize, last: ZERO_ZXID }));
  } finally {
    await handle.close();
  }
}

async function damageBehind(context: HistoryContext, file: ScannedFile): Promise<string | undefined> {
  if (file.scan.problem !== undefined) return file.scan.problem;
  const handle = await context.fileSystem.open(file.path, 'read');
  try {
    const found = await firstNonZero(handle, endOf(file), file.scan.fileSize);
    return found === undefined ? undefined : `zeros instead of a record, and data again at byte ${found}`;
  } finally {
    await handle.close();
  }
}

const endOf = (file: ScannedFile): number => file.scan.index?.endOffset ?? 0;
