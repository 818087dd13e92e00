// Reads snapshot files: whether they are whole, and their bodies in slices.

import { type FileHandle, type FileSystem, SnapshotCorruptError } from '@zebu/interfaces';
import { ADLER32_SEED, adler32 } from '../adler32.ts';
import {
  bodyEnd,
  FILE_HEADER_BYTES,
  isMark,
  MARK_BYTES,
  MAX_TAIL_BYTES,
  SEAL_BYTES,
  snapshotFileHeader,
} from './snapshot-format.ts';

const SLICE_BYTES = 256 * 1024;
const MAGIC_BYTES = 4;

/** SnapStream.isValidSnapshot: a snapshot that was not finished does not end with "/". Nor is one without the magic number read. */
export async function isWholeSnapshot(fileSystem: FileSystem, path: string): Promise<boolean> {
  const handle = await fileSystem.open(path, 'read');
  try {
    const size = await handle.size();
    if (size < FILE_HEADER_BYTES + SEAL_BYTES || !(await hasMagic(handle))) return false;
    return isMark(await handle.read(size - MARK_BYTES, MARK_BYTES), 0);
  } finally {
    await handle.close();
  }
}

/** The body; throws SnapshotCorruptError, at the end when a checksum is wrong. */
export async function* readSnapshotBody(
  fileSystem: FileSystem,
  path: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await fileSystem.open(path, 'read');
  try {
    const size = await handle.size();
    if (size < FILE_HEADER_BYTES + SEAL_BYTES || !(await hasMagic(handle))) {
      throw new SnapshotCorruptError(path, 'no whole snapshot');
    }
    yield* readBody(handle, path, size);
  } finally {
    await handle.close();
  }
}

/** True when the whole body is there and its checksums are right. */
export async function isSoundSnapshot(fileSystem: FileSystem, path: string): Promise<boolean> {
  try {
    for await (const slice of readSnapshotBody(fileSystem, path)) void slice;
    return true;
  } catch (error) {
    if (error instanceof SnapshotCorruptError) return false;
    throw error;
  }
}

async function* readBody(handle: FileHandle, path: string, size: number): AsyncGenerator<Uint8Array, void, undefined> {
  const tailStart = Math.max(FILE_HEADER_BYTES, size - MAX_TAIL_BYTES);
  let checksum = adler32(await readAll(handle, path, 0, FILE_HEADER_BYTES), 0, FILE_HEADER_BYTES, ADLER32_SEED);
  for (let at = FILE_HEADER_BYTES; at < tailStart; ) {
    const slice = await readAll(handle, path, at, Math.min(SLICE_BYTES, tailStart - at));
    checksum = adler32(slice, 0, slice.length, checksum);
    at += slice.length;
    yield slice;
  }
  const end = bodyEnd(await readAll(handle, path, tailStart, size - tailStart), checksum);
  if (end === undefined) throw new SnapshotCorruptError(path, 'checksum mismatch');
  if (end.length > 0) yield end;
}

async function readAll(handle: FileHandle, path: string, position: number, length: number): Promise<Uint8Array> {
  const bytes = await handle.read(position, length);
  if (bytes.length < length) throw new SnapshotCorruptError(path, 'unexpected end of file');
  return bytes;
}

async function hasMagic(handle: FileHandle): Promise<boolean> {
  const expected = snapshotFileHeader();
  const found = await handle.read(0, MAGIC_BYTES);
  return found.length === MAGIC_BYTES && found.every((byte, index) => byte === expected[index]);
}
