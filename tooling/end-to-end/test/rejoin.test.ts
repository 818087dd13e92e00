// How a server comes back: the path that the leader chose is read from the leader's log.

import { createClient } from '@zebu/client';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';
import type { ServerProcess } from './harness/server-process.ts';
import { listTree } from './harness/tree-listing.ts';
import { until } from './harness/wait.ts';
import { WriteLoad } from './harness/write-load.ts';

let ensemble: EnsembleProcesses;
beforeEach(async () => {
  ensemble = await EnsembleProcesses.start({ lines: ['snapCount=500', 'commitLogCount=300'] });
});
afterEach(({ task }) => ensemble.dispose(task.result?.state === 'fail'));

it('a leader cut off with a logged, uncommitted txn loses exactly that txn (TRUNC), also after one more restart', async () => {
  const leader = await ensemble.leader();
  const followers = ensemble.servers.filter((server) => server !== leader);
  await write(leader, '/kept');
  const client = createClient({ connectionString: leader.address, sessionTimeoutMs: 10_000 });
  await client.connected();
  // The followers stand still: the leader logs the txn, nobody acknowledges it, and what is on its way to them dies with them.
  for (const server of followers) server.pause();
  const alone = client.create('/alone').then(
    () => 'acknowledged',
    () => 'not acknowledged',
  );
  await until("the txn to be in the leader's log", () => leader.logContains('/alone'));
  await leader.stop('SIGKILL');
  await Promise.all(followers.map((server) => server.stop('SIGKILL')));
  client.detach();
  expect(await alone).toBe('not acknowledged');

  for (const server of followers) server.start();
  const next = await ensembleLeader(followers);
  await write(next, '/later');
  leader.start();
  await leader.serving();
  expect(syncPaths(followers, leader.id)).toContain('TRUNC');
  await expectTree(leader, ['/kept', '/later']);

  await leader.stop('SIGKILL');
  leader.start();
  await leader.serving();
  await expectTree(leader, ['/kept', '/later']);
});

it('a new empty server joins by SNAP under load', async () => {
  const load = new WriteLoad(ensemble.connectString, '/load', 3);
  await load.acknowledgedMore(1000);
  const follower = await ensemble.follower();
  await follower.stop('SIGKILL');
  rmSync(join(follower.dataDirectory, 'version-2'), { recursive: true });
  follower.start();
  await follower.serving();
  expect(syncPaths(ensemble.servers, follower.id).at(-1)).toBe('SNAP');
  await load.acknowledgedMore(200);
  await load.stop();
  expect(await listTree(follower.address)).toEqual(await listTree((await ensemble.leader()).address));
});

it('a briefly stopped server joins by DIFF, from memory when it missed little and from disk when it missed more', async () => {
  const follower = await ensemble.follower();
  const leader = await ensemble.leader();
  const load = new WriteLoad(leader.address, '/first', 1);
  await load.acknowledgedMore(50);
  await load.stop();
  await follower.stop('SIGTERM');
  await write(leader, '/missed');
  follower.start();
  await follower.serving();
  expect(syncPaths([leader], follower.id).at(-1)).toBe('DIFF');

  await follower.stop('SIGTERM');
  const more = new WriteLoad(leader.address, '/second', 4);
  await more.acknowledgedMore(600);
  await more.stop();
  follower.start();
  await follower.serving();
  expect(syncPaths([leader], follower.id).at(-1)).toBe('DIFF_FROM_DISK');
  expect(await listTree(follower.address)).toEqual(await listTree(leader.address));
});

const syncPaths = (leaders: readonly ServerProcess[], sid: number): unknown[] =>
  leaders.flatMap((leader) =>
    leader
      .logged('learner synchronized')
      .filter((entry) => entry['sid'] === sid)
      .map((entry) => entry['path']),
  );

function ensembleLeader(servers: readonly ServerProcess[]): Promise<ServerProcess> {
  return until('a new leader', async () => {
    for (const server of servers) if ((await server.mode()) === 'leader') return server;
    return undefined;
  });
}

async function write(server: ServerProcess, path: string): Promise<void> {
  const client = createClient({ connectionString: server.address, sessionTimeoutMs: 10_000 });
  await client.create(path);
  await client.close();
}

async function expectTree(server: ServerProcess, paths: readonly string[]): Promise<void> {
  expect((await listTree(server.address)).map((znode) => znode.path)).toEqual(paths);
}
