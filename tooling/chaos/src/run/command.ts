// Runs a program of the system to its end.

import { spawn } from 'node:child_process';

export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly code = 'COMMAND';
}

export interface CommandOptions {
  /** Exit codes that are no failure. */
  readonly accepted?: readonly number[];
}

/** Resolves with what it wrote to stdout; rejects with CommandError, which tells what it wrote to stderr. */
export function command(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { accepted = [0] } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });
    child.once('error', (error) => reject(new CommandError(`${program}: ${error.message}`)));
    child.once('close', (code, signal) => {
      if (code !== null && accepted.includes(code)) return resolve(output);
      const end = signal === null ? `ended with ${code}` : `was ended by ${signal}`;
      reject(new CommandError(`${[program, ...args].join(' ')} ${end}: ${(complaint || output).trim()}`));
    });
  });
}
