// What the process uses of the system: bytes on disk, file descriptors.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Of the files in a flat directory; a version-2 directory holds a few dozen at most. */
export function directoryBytes(directory: string): number {
  try {
    return readdirSync(directory).reduce((sum, name) => sum + fileBytes(join(directory, name)), 0);
  } catch {
    return 0;
  }
}

/** A file may be purged between the listing and the look. */
function fileBytes(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

/** Linux tells; elsewhere the line is left out. */
export function openFileDescriptorCount(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}

export function maxFileDescriptorCount(): number | undefined {
  try {
    const match = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return match === null ? undefined : Number(match[1]);
  } catch {
    return undefined;
  }
}
