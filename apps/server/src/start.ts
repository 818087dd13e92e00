// From arguments to a running process: shared by the binary and the container.

import { USAGE } from '@zebu/config';
import { endingOf, reasonOf } from './exit-code.ts';
import { reconfig } from './reconfig/reconfig.ts';
import { recover } from './recover/recover.ts';
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
  } else if (args[0] === 'recover' || args[0] === 'reconfig') {
    process.exitCode = await runCommand(args[0] === 'recover' ? recover : reconfig, args.slice(1));
  } else {
    const log = await createServerLog({ isTTY: process.stdout.isTTY, level: process.env['ZEBU_LOG_LEVEL'] });
    await new ServerProcess(log).run(args);
  }
}

/** A command of an operator: what it says goes to stdout, why it ended otherwise to stderr. */
async function runCommand(
  command: (args: readonly string[], print: (line: string) => void) => Promise<number>,
  args: readonly string[],
): Promise<number> {
  try {
    return await command(args, (line) => void process.stdout.write(`${line}\n`));
  } catch (error) {
    process.stderr.write(`${reasonOf(error)}\n`);
    return endingOf(error).code;
  }
}
