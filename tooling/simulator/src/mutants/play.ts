// A process of its own for a mutant, or for the servers as they are.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PlayReport, PlayRequest } from './reports.ts';

/** The build, also when this is read as a source. */
const BUILD = new URL('../../dist/mutants/', import.meta.url);
/** A seed takes a second or two; this machine may have others to serve. */
const SILENCE_LIMIT_MS = 300_000;
/** Of the errors of a process that ended without an answer. */
const ERROR_CHARACTERS = 2000;

/** Rejects when the process ends in any other way than by having answered. `mutant` undefined: the servers as they are. */
export async function play(
  mutant: string | undefined,
  request: PlayRequest,
  onReport: (report: PlayReport) => void,
): Promise<void> {
  const hooks = mutant === undefined ? [] : ['--import', new URL('register.js', BUILD).href];
  const child = spawn(
    process.execPath,
    [...hooks, fileURLToPath(new URL('child.js', BUILD)), JSON.stringify(request)],
    {
      env: { ...process.env, SIMULATOR_MUTANT: mutant },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors = (errors + text).slice(-ERROR_CHARACTERS);
  });
  const watchdog = new Watchdog(() => child.kill('SIGKILL'));
  for await (const line of createInterface({ input: child.stdout })) {
    watchdog.hear();
    onReport(JSON.parse(line) as PlayReport);
  }
  const code = await ended;
  watchdog.stop();
  if (watchdog.hasBitten) throw new Error(`no answer for ${SILENCE_LIMIT_MS / 1000} s`);
  if (code !== 0) throw new Error(`the process ended with ${code ?? 'a signal'}: ${errors.trim()}`);
}

/** A mutant may go round in circles at one moment of simulated time. */
class Watchdog {
  readonly #bite: () => void;
  #timer: NodeJS.Timeout;
  hasBitten = false;

  constructor(bite: () => void) {
    this.#bite = bite;
    this.#timer = this.#start();
  }

  hear(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.hasBitten = true;
      this.#bite();
    }, SILENCE_LIMIT_MS);
  }
}
