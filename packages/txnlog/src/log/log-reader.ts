// Reads flushed txns back from the files.

import { type FileSystem, TxnLogCorruptError } from '@zebu/interfaces';
import { counterOf, epochOf, type Zxid } from '@zebu/protocol';
import type { History } from './history.ts';
import type { LogFile, LogFileIndex } from './log-file.ts';
import type { ReadBudget } from './read-budget.ts';
import { RecordCursor } from './record-cursor.ts';

const SLICE_BYTES = 256 * 1024;

/** Adds flushed txns above `after` to the budget, oldest first; true when it got to the end of the files. */
export async function readFiles(
  fileSystem: FileSystem,
  history: History,
  after: Zxid,
  budget: ReadBudget,
): Promise<boolean> {
  for (let at = history.fileFor(after); at < history.files.length; at++) {
    const file = history.files[at] as LogFile;
    if (file.index !== undefined && !(await readFile(fileSystem, file, { index: file.index, after, budget })))
      return false;
  }
  return true;
}

interface FileRead {
  readonly index: LogFileIndex;
  readonly after: Zxid;
  readonly budget: ReadBudget;
}

async function readFile(fileSystem: FileSystem, file: LogFile, request: FileRead): Promise<boolean> {
  const { index, after } = request;
  // Appends go on meanwhile: what is flushed now is read now.
  const limit = index.endOffset;
  const handle = await fileSystem.open(file.path, 'read');
  try {
    const start = index.offsetFor(after);
    const cursor = new RecordCursor(handle, { path: file.path, start, limit, sliceBytes: SLICE_BYTES });
    const reachedEnd = await takeRecords(cursor, file.path, request);
    if (reachedEnd && cursor.position < limit) {
      throw new TxnLogCorruptError(file.path, cursor.position, 'zeros instead of a record');
    }
    return reachedEnd;
  } finally {
    await handle.close();
  }
}

async function takeRecords(cursor: RecordCursor, path: string, request: FileRead): Promise<boolean> {
  const epoch = epochOf(request.after);
  const counter = counterOf(request.after);
  for (;;) {
    const step = cursor.step();
    switch (step) {
      case 'record': {
        const above = cursor.epoch > epoch || (cursor.epoch === epoch && cursor.counter > counter);
        if (above && !request.budget.take(cursor.txn)) return false;
        break;
      }
      case 'more':
        await cursor.fill();
        break;
      case 'end':
        return true;
      case 'damaged':
        throw new TxnLogCorruptError(path, cursor.position, cursor.problem);
    }
  }
}
