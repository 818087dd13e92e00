// Servers with two addresses, of which only the second is one that this machine has.

import { readFileSync, writeFileSync } from 'node:fs';
import type { ServerProcess } from '../harness/server-process.ts';

/** For documentation (RFC 5737). */
export const NOWHERE = '192.0.2.1';

export function giveSecondAddress({ configuration }: ServerProcess): void {
  const text = readFileSync(configuration, 'utf8');
  writeFileSync(configuration, text.replace(/^(server\.\d+)=(127[\d.]+):(\d+:\d+)/gm, `$1=${NOWHERE}:$3|$2:$3`));
}
