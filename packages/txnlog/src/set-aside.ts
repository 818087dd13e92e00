// Files that are no longer part of the history are moved away, never deleted: they may be all that is left of what somebody believed.

import type { FileSystem } from '@zebu/interfaces';
import { ensureDirectory } from './durable-file.ts';
import { join } from './paths.ts';

/** Moves those of the named files that are there into `<directory>/<aside>`, durably. Can be repeated after a crash. */
export async function setAside(
  fileSystem: FileSystem,
  directory: string,
  files: { readonly aside: string; readonly names: readonly string[] },
): Promise<void> {
  if (files.names.length === 0) return;
  const target = join(directory, files.aside);
  await ensureDirectory(fileSystem, target);
  for (const name of files.names) {
    const path = join(directory, name);
    if (await fileSystem.exists(path)) await fileSystem.rename(path, join(target, name));
  }
  await fileSystem.syncDirectory(target);
  await fileSystem.syncDirectory(directory);
}
