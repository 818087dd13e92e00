// Runs this program once more, in a sandbox, and waits for its end. The sandbox ends with us: its input is a pipe that breaks when we are gone.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { ENTER, sandboxCommand } from './sandbox.ts';

/** After it was told to stop. The kernel takes apart what is left then. */
const STOP_PATIENCE_MS = 20_000;

export interface Sandboxed {
  readonly mainFile: string;
  readonly args: readonly string[];
  readonly signal: AbortSignal;
}

/** Resolves with the exit code. */
export async function runInSandbox({ mainFile, args, signal }: Sandboxed): Promise<number> {
  const inside = [process.execPath, mainFile, ...args];
  const [program, ...rest] = [...sandboxCommand(), 'sh', '-e', '-c', `${ENTER} && exec "$@"`, 'sh', ...inside];
  const child = spawn(program as string, rest, { stdio: ['pipe', 'inherit', 'inherit'] });
  let patience: NodeJS.Timeout | undefined;
  const stop = (): void => {
    child.stdin.end();
    patience = setTimeout(() => child.kill('SIGKILL'), STOP_PATIENCE_MS);
  };
  signal.addEventListener('abort', stop);
  const [code] = (await once(child, 'exit')) as [number | null];
  signal.removeEventListener('abort', stop);
  clearTimeout(patience);
  return code ?? 1;
}

/** In the sandbox: when whoever made it wants it to end, or is gone. */
export function onToldToStop(stop: () => void): void {
  process.stdin.once('end', stop);
  process.stdin.once('error', stop);
  process.stdin.resume();
  process.stdin.unref();
}
