import { statSync } from 'node:fs';

/** Something that differs when the file was written or replaced; links are followed. */
export function fingerprintOf(file: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${dev}:${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch {
    return 'none';
  }
}
