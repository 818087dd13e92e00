// From arguments to a running process: shared by the binary and the container.

import { USAGE } from '@zebu/config';
import { createServerLog } from './server-log.ts';
import { ServerProcess } from './server-process.ts';
import { FULL_VERSION } from './version.ts';

export async function start(args: readonly string[]): Promise<void> {
  // A reader of our output that leaves is no reason to stop serving. (Touching process.stdout also keeps writes to a full pipe from blocking.)
  process.stdout.on('error', () => {});
  process.stderr.on('error', () => {});
  if (args[0] === '--help' || args[0] === '-h') {
    process.stdout.write(`${USAGE}\n`);
  } else if (args[0] === '--version') {
    process.stdout.write(`${FULL_VERSION}\n`);
  } else {
    const log = await createServerLog({ isTTY: process.stdout.isTTY, level: process.env['ZEBU_LOG_LEVEL'] });
    await new ServerProcess(log).run(args);
  }
}
