// Seeds in several processes: the next free one gets the next seed.

import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { SeedOutcome } from './outcome.ts';
import type { SeedShape } from './seed-shape.ts';
import type { SeedRequest } from './worker.ts';

export interface WorkerPoolOptions {
  readonly jobs: number;
  readonly shape: SeedShape;
  /** Undefined ends the run once what is under way is done. */
  readonly nextSeed: () => number | undefined;
  readonly onOutcome: (outcome: SeedOutcome) => void;
  /** Kills what is under way. */
  readonly signal?: AbortSignal;
  /** Where `worker.js` was built to, for those who do not run from there. */
  readonly worker?: URL;
}

export class WorkerDiedError extends Error {
  override readonly name = 'WorkerDiedError';
  readonly code = 'WORKER_DIED';
  readonly seed: number;

  constructor(seed: number, how: string) {
    super(`the process that ran seed ${seed} ended: ${how}`);
    this.seed = seed;
  }
}

/** Rejects with WorkerDiedError. */
export async function runInWorkers(options: WorkerPoolOptions): Promise<void> {
  const failure = new AbortController();
  const signal = AbortSignal.any([failure.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  try {
    await Promise.all(Array.from({ length: options.jobs }, () => runWorker({ ...options, signal })));
  } catch (error) {
    failure.abort();
    throw error;
  }
}

function runWorker({ shape, nextSeed, onOutcome, signal, worker }: WorkerPoolOptions): Promise<void> {
  const first = nextSeed();
  if (first === undefined || signal?.aborted === true) return Promise.resolve();
  const path = fileURLToPath(worker ?? new URL('worker.js', import.meta.url));
  // Without the parent's own arguments: a test runner's would have it read sources.
  const child = fork(path, { serialization: 'advanced', execArgv: [] });
  return new Promise((resolve, reject) => {
    let seed = first;
    let ended = false;
    const end = (settle: () => void): void => {
      if (ended) return;
      ended = true;
      signal?.removeEventListener('abort', abort);
      stop(child);
      settle();
    };
    const abort = (): void => end(resolve);
    signal?.addEventListener('abort', abort);
    const send = (): void => void child.send({ seed, shape } satisfies SeedRequest);
    child.on('message', (outcome: SeedOutcome) => {
      onOutcome(outcome);
      const next = nextSeed();
      if (next === undefined) return end(resolve);
      seed = next;
      send();
    });
    child.on('error', (error) => end(() => reject(new WorkerDiedError(seed, String(error)))));
    child.on('exit', (code, killedBy) =>
      end(() => reject(new WorkerDiedError(seed, `code ${code}, signal ${killedBy}`))),
    );
    send();
  });
}

function stop(child: ChildProcess): void {
  child.removeAllListeners();
  // It may be in the middle of a seed, and deaf.
  child.kill('SIGKILL');
}
