// Small files and directories that are there, whole and durable, or not at all.

import type { FileSystem } from '@zebu/interfaces';
import { TEMPORARY_SUFFIX } from './file-names.ts';
import { join, parentOf, trimSlashes } from './paths.ts';

/** Writes a temporary file, fsyncs it, renames it to `name` and fsyncs the directory. */
export async function replaceFile(
  fileSystem: FileSystem,
  directory: string,
  name: string,
  bytes: Uint8Array,
): Promise<void> {
  const temporary = join(directory, `${name}${TEMPORARY_SUFFIX}`);
  await removeIfThere(fileSystem, temporary);
  const handle = await fileSystem.open(temporary, 'create');
  try {
    await handle.write(bytes, 0);
    await handle.datasync();
  } finally {
    await handle.close();
  }
  await fileSystem.rename(temporary, join(directory, name));
  await fileSystem.syncDirectory(directory);
}

/** The whole of a small file; undefined when it does not exist. */
export async function readSmallFile(fileSystem: FileSystem, path: string): Promise<Uint8Array | undefined> {
  if (!(await fileSystem.exists(path))) return undefined;
  const handle = await fileSystem.open(path, 'read');
  try {
    return await handle.read(0, await handle.size());
  } finally {
    await handle.close();
  }
}

/** Makes durable what an earlier process may have left in the page cache. */
export async function syncFile(fileSystem: FileSystem, path: string): Promise<void> {
  const handle = await fileSystem.open(path, 'write');
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

export async function removeIfThere(fileSystem: FileSystem, path: string): Promise<boolean> {
  if (!(await fileSystem.exists(path))) return false;
  await fileSystem.remove(path);
  return true;
}

/** Makes a directory and those above it, durably. */
export async function ensureDirectory(fileSystem: FileSystem, path: string): Promise<void> {
  const directory = trimSlashes(path);
  const parent = parentOf(directory);
  if (directory === '.' || parent === directory) return;
  const isNew = !(await fileSystem.exists(directory));
  if (isNew) {
    await ensureDirectory(fileSystem, parent);
    await unless('EEXIST', fileSystem.makeDirectory(directory));
  }
  // Also when it was there: a crash may have come between its creation and this. Then somebody else may own the parent.
  const synced = fileSystem.syncDirectory(parent);
  await (isNew ? synced : unless('EACCES', synced));
}

async function unless(code: string, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === code)) throw error;
  }
}
