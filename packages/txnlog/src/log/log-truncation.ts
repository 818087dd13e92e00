// TRUNC: cuts the files back to a zxid. Newest first and each step durable before the next, so that whatever a crash leaves is a whole
// history that ends between the cut and the old end.

import { type FileSystem, TxnLogCorruptError } from '@zebu/interfaces';
import { makeZxid, type Epoch, type Zxid } from '@zebu/protocol';
import type { History } from './history.ts';
import type { LogFile, LogFileIndex } from './log-file.ts';
import { cutFile } from './log-writer.ts';
import { RecordCursor } from './record-cursor.ts';

const SLICE_BYTES = 256 * 1024;

/** `zxid` must not be below the history's floor. */
export async function cutHistory(
  fileSystem: FileSystem,
  directory: string,
  history: History,
  zxid: Zxid,
): Promise<void> {
  const last = history.floorOf(zxid);
  let keep = history.files.length;
  for (; keep > 0 && (history.files[keep - 1] as LogFile).firstZxid > zxid; keep--) {
    await fileSystem.remove((history.files[keep - 1] as LogFile).path);
    await fileSystem.syncDirectory(directory);
  }
  const newest = history.files[keep - 1];
  if (newest?.index?.lastZxid !== undefined && newest.index.lastZxid > zxid) {
    const end = await endOfRecords(fileSystem, newest, newest.index, zxid);
    await cutFile(fileSystem, newest.path, end);
    newest.index.cut(last, end);
  }
  history.cut(keep, last);
}

/** Where the last record at or below `zxid` ends. */
async function endOfRecords(fileSystem: FileSystem, file: LogFile, index: LogFileIndex, zxid: Zxid): Promise<number> {
  const handle = await fileSystem.open(file.path, 'read');
  try {
    const options = { path: file.path, start: index.offsetFor(zxid), limit: index.endOffset, sliceBytes: SLICE_BYTES };
    const cursor = new RecordCursor(handle, options);
    for (;;) {
      const step = cursor.step();
      switch (step) {
        case 'record':
          if (makeZxid(cursor.epoch as Epoch, cursor.counter) > zxid) return cursor.position;
          break;
        case 'more':
          await cursor.fill();
          break;
        case 'end':
          return cursor.position;
        case 'damaged':
          throw new TxnLogCorruptError(file.path, cursor.position, cursor.problem);
      }
    }
  } finally {
    await handle.close();
  }
}
