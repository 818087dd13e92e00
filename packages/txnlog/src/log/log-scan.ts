// Reads one log file from its header to where its whole records end.

import { type FileSystem, TxnLogCorruptError } from '@zebu/interfaces';
import { UNKNOWN } from './joins.ts';
import { firstOf, type LogFile, LogFileIndex, type Run } from './log-file.ts';
import { RecordCursor } from './record-cursor.ts';
import { FILE_HEADER_BYTES, LINK_OFFSET, readLogFileHeader } from './record-format.ts';
import { follows } from './zxid-order.ts';

const SLICE_BYTES = 1024 * 1024;

export interface Scan {
  readonly fileSize: number;
  /** Undefined when the file has no whole header. */
  readonly index: LogFileIndex | undefined;
  /** Why the record at the index's endOffset is none; undefined when the file ends there, or zeros begin. */
  readonly problem: string | undefined;
}

/** Throws TxnLogCorruptError when whole records contradict each other. */
export async function scanLogFile(fileSystem: FileSystem, file: LogFile): Promise<Scan> {
  const handle = await fileSystem.open(file.path, 'read');
  try {
    const fileSize = await handle.size();
    const header = readLogFileHeader(await handle.read(0, FILE_HEADER_BYTES));
    if (header === undefined) return { fileSize, index: undefined, problem: 'no log file header' };
    const index = new LogFileIndex(header.previous);
    const options = { path: file.path, start: FILE_HEADER_BYTES, limit: fileSize, sliceBytes: SLICE_BYTES };
    const problem = await indexRecords(file, index, new RecordCursor(handle, options));
    return { fileSize, index, problem };
  } finally {
    await handle.close();
  }
}

async function indexRecords(file: LogFile, index: LogFileIndex, cursor: RecordCursor): Promise<string | undefined> {
  for (;;) {
    const step = cursor.step();
    switch (step) {
      case 'record':
        indexRecord(file, index, cursor);
        break;
      case 'more':
        await cursor.fill();
        break;
      case 'end':
        return undefined;
      case 'damaged':
        return cursor.problem;
    }
  }
}

function indexRecord(file: LogFile, index: LogFileIndex, cursor: RecordCursor): void {
  const isFirst = index.isEmpty;
  if (!index.add(cursor.epoch, cursor.counter, cursor.position, cursor.next)) {
    throw new TxnLogCorruptError(file.path, cursor.position, 'a zxid that is not above the one before it');
  }
  if (isFirst) checkFirst(file, index, cursor.position);
}

function checkFirst(file: LogFile, index: LogFileIndex, position: number): void {
  const first = firstOf(index.runs[0] as Run);
  // Old files are not scanned before somebody asks: their names have to be true.
  if (first !== file.firstZxid) {
    throw new TxnLogCorruptError(file.path, position, 'a first txn that is not the one in the file name');
  }
  if (index.previous !== UNKNOWN && !follows(index.previous, first)) {
    throw new TxnLogCorruptError(file.path, LINK_OFFSET, 'a link to a zxid that does not come before the first txn');
  }
}
