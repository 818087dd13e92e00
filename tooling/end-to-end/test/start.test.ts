// `pnpm start` behind its build: three servers, one command, the same data the next time.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from '@zebu/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fourLetterWord } from './harness/four-letter-word.ts';
import { until } from './harness/wait.ts';

const MAIN = fileURLToPath(new URL('../../ensemble/dist/main.js', import.meta.url));
/** Away from what a developer may have running on 2181; the quorum and election ports move along. */
const FIRST_PORT = 12_181;
const CONNECT = [0, 1, 2].map((n) => `127.0.0.1:${FIRST_PORT + n}`).join(',');

let directory: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-start-'));
});
afterEach(async () => {
  await stop('SIGTERM');
  rmSync(directory, { recursive: true, force: true });
});

function start(): { output: () => string } {
  const chunks: Buffer[] = [];
  child = spawn(process.execPath, [MAIN, '--client-port', String(FIRST_PORT), '--data', join(directory, 'data')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { output: () => Buffer.concat(chunks).toString('utf8') };
}

function stop(signal: NodeJS.Signals): Promise<number | null> {
  const running = child;
  child = undefined;
  if (running === undefined || running.exitCode !== null) return Promise.resolve(running?.exitCode ?? null);
  const gone = new Promise<number | null>((resolve) => running.once('exit', (code) => resolve(code)));
  running.kill(signal);
  return gone;
}

const serving = (): Promise<unknown> =>
  until('three servers', async () => {
    const answers = await Promise.all([0, 1, 2].map((n) => fourLetterWord(FIRST_PORT + n, 'srvr')));
    return answers.every((answer) => /Mode: (leader|follower)/.test(answer ?? ''));
  });

it('serves on three ports, says how to connect, ends all with Ctrl-C, and goes on with the same data', async () => {
  const { output } = start();
  await serving();
  await until('the connection string', () => output().includes(CONNECT));
  const writer = createClient({ connectionString: CONNECT });
  await writer.create('/kept', 'data');
  await writer.close();
  expect(await stop('SIGINT')).toBe(0);
  expect(await Promise.all([0, 1, 2].map((n) => fourLetterWord(FIRST_PORT + n, 'ruok')))).toEqual([
    undefined,
    undefined,
    undefined,
  ]);

  start();
  await serving();
  const reader = createClient({ connectionString: CONNECT });
  await reader.sync('/');
  expect(new TextDecoder().decode((await reader.getData('/kept')).data ?? undefined)).toBe('data');
  await reader.close();
});

it('names the port that is taken', async () => {
  const holder = createServer();
  await new Promise<void>((resolve) => holder.listen(FIRST_PORT + 1, '127.0.0.1', () => resolve()));
  const { output } = start();
  const code = await new Promise((resolve) => child?.once('exit', resolve));
  holder.close();
  expect(code).not.toBe(0);
  expect(output()).toContain(String(FIRST_PORT + 1));
});
