// The two version-2 directories of a server, which may be one.

import type { FileSystem, Logger } from '@zebu/interfaces';
import { setAsideName, setAsideNumber } from './file-names.ts';

export interface StorageDirectories {
  readonly fileSystem: FileSystem;
  readonly logger: Logger;
  /** <dataDir>/version-2: snapshots and epoch files. */
  readonly snapshots: string;
  /** <dataLogDir>/version-2: txn logs. */
  readonly logs: string;
}

export const distinct = ({ snapshots, logs }: StorageDirectories): string[] =>
  snapshots === logs ? [snapshots] : [snapshots, logs];

/** A name for what is set aside next: `set-aside-<n>`, new in both directories. */
export async function nextSetAsideName(directories: StorageDirectories): Promise<string> {
  let highest = 0;
  for (const directory of distinct(directories)) {
    for (const name of await directories.fileSystem.list(directory))
      highest = Math.max(highest, setAsideNumber(name) ?? 0);
  }
  return setAsideName(highest + 1);
}
