// Servers whose disks lost something: one heals by itself; with a majority nobody leads, and the log says what to do.

import { closeSync, openSync, readdirSync, readSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@zebu/client';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';
import type { ServerProcess } from './harness/server-process.ts';
import { listTree } from './harness/tree-listing.ts';
import { until } from './harness/wait.ts';
import { WriteLoad } from './harness/write-load.ts';

const DAMAGED = 'this server is damaged: it is in no quorum until it has received everything from a leader';

let ensemble: EnsembleProcesses;
beforeEach(async () => {
  ensemble = await EnsembleProcesses.start();
  const client = createClient({ connectionString: ensemble.connectString, sessionTimeoutMs: 10_000 });
  for (let n = 0; n < 50; n++) await client.create(`/n${n}`, 'z'.repeat(100));
  await client.close();
});
afterEach(({ task }) => ensemble.dispose(task.result?.state === 'fail'));

it('a server with a flipped byte in its log heals under load, counts again, and nothing is lost', async () => {
  const follower = await ensemble.follower();
  await follower.stop('SIGKILL');
  flipByteInLog(follower);
  const load = new WriteLoad(
    ensemble.servers
      .filter((server) => server !== follower)
      .map(({ address }) => address)
      .join(','),
    '/load',
    3,
  );
  await load.acknowledgedMore(300);
  follower.start();
  await follower.serving();
  expect(follower.logged(DAMAGED)).toHaveLength(1);
  expect(String(follower.logged(DAMAGED)[0]?.['reason'])).toContain('log.');
  await load.acknowledgedMore(300);
  await load.stop();
  await until(
    'the trees to be equal',
    async () => (await treeOf(follower)) === (await treeOf(await ensemble.leader())),
  );
  const files = readdirSync(versionDirectory(follower));
  expect(files).toContain('set-aside-1');
  expect(files).not.toContain('damaged');
  expect(readdirSync(join(versionDirectory(follower), 'set-aside-1')).some((name) => name.startsWith('log.'))).toBe(
    true,
  );

  // It is one of two now: nothing is written without it.
  const third = ensemble.servers.find((server) => server !== follower) as ServerProcess;
  await third.stop('SIGKILL');
  const client = createClient({ connectionString: ensemble.connectString, sessionTimeoutMs: 10_000 });
  await client.create('/after', 'healed');
  await client.close();
  await follower.stop('SIGKILL');
  follower.start();
  await follower.serving();
  expect(follower.logged(DAMAGED)).toHaveLength(1);
});

it('with a majority damaged nobody leads, and the log names the remedy', async () => {
  const [healthy, ...damaged] = ensemble.servers as [ServerProcess, ServerProcess, ServerProcess];
  await Promise.all(ensemble.servers.map((server) => server.stop('SIGKILL')));
  for (const server of damaged) flipByteInLog(server);
  for (const server of ensemble.servers) server.start();
  for (const server of ensemble.servers)
    await until('the remedy in the log', () => server.log().includes('zebu-server recover'));
  expect(healthy.log()).toMatch(/no quorum is left that may elect a leader: servers 2, 3 are damaged/);
  expect(await Promise.all(ensemble.servers.map((server) => server.mode()))).toEqual([undefined, undefined, undefined]);
  // Started again they are what they were: a mark outlives its process.
  await Promise.all(damaged.map((server) => server.stop('SIGKILL')));
  for (const server of damaged) server.start();
  await until('both to be marked again', () => damaged.every((server) => server.logged(DAMAGED).length === 2));
  expect(await healthy.mode()).toBeUndefined();
});

const versionDirectory = (server: ServerProcess): string => join(server.dataDirectory, 'version-2');
const treeOf = async (server: ServerProcess): Promise<string> => JSON.stringify(await listTree(server.address));

/** In the middle of what was written to the newest log. */
function flipByteInLog(server: ServerProcess): void {
  const log = readdirSync(versionDirectory(server))
    .filter((name) => name.startsWith('log.'))
    .sort()
    .at(-1) as string;
  const descriptor = openSync(join(versionDirectory(server), log), 'r+');
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, 2000);
  byte[0] = (byte[0] as number) ^ 0x10;
  writeSync(descriptor, byte, 0, 1, 2000);
  closeSync(descriptor);
}
