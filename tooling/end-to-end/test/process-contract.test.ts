// The process contract of the server binary: the forms of its arguments, its signals, its exit codes.

import { createClient } from '@zebu/client';
import { freePorts } from '@zebu/ensemble/free-ports';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fourLetterWord } from './harness/four-letter-word.ts';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';
import { until } from './harness/wait.ts';

const MAIN = fileURLToPath(new URL('../../../apps/server/dist/main.js', import.meta.url));

let directory: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-contract-'));
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(directory, { recursive: true, force: true });
});

const exitOf = (process: ChildProcess): Promise<number | null> =>
  new Promise((resolve) => process.once('exit', resolve));

it('port and data directory start a standalone server; SIGTERM ends it with 0 and keeps the data', async () => {
  const [port] = await freePorts(1);
  for (const round of [0, 1]) {
    child = spawn(process.execPath, [MAIN, String(port), join(directory, 'data')], { stdio: 'ignore' });
    const exit = exitOf(child);
    await until(
      'the server',
      async () => (await fourLetterWord(port as number, 'srvr'))?.includes('Mode: standalone') === true,
    );
    const client = createClient({ connectionString: `127.0.0.1:${port}` });
    if (round === 0) await client.create('/kept', 'data');
    else expect((await client.getData('/kept')).stat.version).toBe(0);
    await client.close();
    child.kill(round === 0 ? 'SIGTERM' : 'SIGINT');
    expect(await exit).toBe(0);
  }
});

it('without arguments it serves 127.0.0.1:2181 from ./zebu-data', async () => {
  if ((await fourLetterWord(2181, 'srvr')) !== undefined)
    throw new Error('something else holds port 2181; stop it for this test');
  child = spawn(process.execPath, [MAIN], { stdio: 'ignore', cwd: directory });
  const exit = exitOf(child);
  await until('the server', async () => (await fourLetterWord(2181, 'srvr'))?.includes('Mode: standalone') === true);
  child.kill('SIGTERM');
  expect(await exit).toBe(0);
});

it('every server of an ensemble ends with 0 on SIGTERM', async () => {
  const ensemble = await EnsembleProcesses.start();
  expect(await Promise.all(ensemble.servers.map((server) => server.stop('SIGTERM')))).toEqual([0, 0, 0]);
  await ensemble.dispose();
});

it('logs one JSON object a line', async () => {
  const ensemble = await EnsembleProcesses.start({ servers: 1 });
  await ensemble.server(1).stop('SIGTERM');
  const lines = ensemble.server(1).log().trim().split('\n');
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({ level: expect.anything(), msg: expect.any(String) });
  await ensemble.dispose();
});
