// Where downloaded packages stay from run to run: beside the workspace's own, out of git's sight.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../node_modules/.cache/conformance/', import.meta.url));

export function cacheDirectory(name: string): string {
  const directory = join(root, name);
  mkdirSync(directory, { recursive: true });
  return directory;
}
