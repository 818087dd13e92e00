// pnpm fuzz: runs the fuzzer with progress lines; a failure is made small and printed. Exit code 1 for a failure, 2 for bad arguments.

import { describeFailure } from './failure-report.ts';
import { fuzz, FuzzError } from './fuzz.ts';
import { type CommandLine, parseCommandLine } from './options.ts';
import { breaksServer } from './reproduce.ts';
import { shrink } from './shrink.ts';

const SHRINK_LIMITS = { attempts: 300, limitMs: 300_000 };

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function commandLine(): CommandLine | undefined {
  try {
    return parseCommandLine(process.argv.slice(2), Date.now() % 2 ** 31);
  } catch (error) {
    say((error as Error).message);
    return undefined;
  }
}

async function run({ seed, frames, limitMs, rounds }: CommandLine): Promise<number> {
  say(`seed ${seed}`);
  try {
    const limit = limitMs === undefined ? {} : { limitMs };
    const report = await fuzz({
      seed,
      frames,
      rounds,
      progress: say,
      ...limit,
    });
    say(`${report.frames} frames in ${report.seconds.toFixed(1)} s, and the server is well`);
    return 0;
  } catch (error) {
    if (!(error instanceof FuzzError)) throw error;
    say(`${error.message}\nmaking it small...`);
    say(describeFailure(error, await shrink(error.suspects, breaksServer, SHRINK_LIMITS)));
    return 1;
  }
}

const options = commandLine();
process.exitCode = options === undefined ? 2 : await run(options);
