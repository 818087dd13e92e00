// Which release this is.

import { readFileSync } from 'node:fs';

/** The ZooKeeper whose protocol is spoken; some clients look at it. */
const COMPATIBLE_WITH = '3.9.0';

export const VERSION: string = readVersion();

/** In the form of ZooKeeper's, of which tools parse the beginning. */
export const FULL_VERSION = `${COMPATIBLE_WITH}-zebu-${VERSION}, built on Node.js ${process.version}`;

function readVersion(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '0';
}
