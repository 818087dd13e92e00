// Leadership handed over by real servers: before a stop, and on SIGUSR2. Nobody elects, and no client loses its session.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';
import type { ServerProcess } from './harness/server-process.ts';
import { SittingSession } from './harness/sitting-session.ts';
import { creationOrder, listTree } from './harness/tree-listing.ts';
import { until } from './harness/wait.ts';
import { WriteLoad } from './harness/write-load.ts';

let ensemble: EnsembleProcesses;
beforeEach(async () => {
  ensemble = await EnsembleProcesses.start();
});
afterEach(async ({ task }) => {
  await ensemble.dispose(task.result?.state === 'fail');
});

const others = (server: ServerProcess): ServerProcess[] => ensemble.servers.filter((each) => each !== server);

/** Elections that these servers have begun. */
const elections = (servers: readonly ServerProcess[]): number =>
  servers.reduce((sum, server) => sum + server.logged('New election').length, 0);

it('a rolling restart under load costs no election, no session and nothing that was acknowledged', async () => {
  const load = new WriteLoad(ensemble.connectString, '/load', 4);
  try {
    for (const server of ensemble.servers) {
      await load.acknowledgedMore(100);
      const leads = (await server.mode()) === 'leader';
      const survivors = others(server);
      const sitting = await SittingSession.open(survivors[0]?.address as string, `/sitting-${server.id}`);
      const before = elections(survivors);
      expect(await server.stop('SIGTERM')).toBe(0);
      await load.acknowledgedMore(100);
      expect(elections(survivors)).toBe(before);
      expect(server.logged('leadership handed over')).toHaveLength(leads ? 1 : 0);
      await sitting.expectAlive();
      await sitting.close();
      server.start();
      await server.serving();
    }
    // Of three servers in turn one has led, and another after it.
    expect(ensemble.servers.flatMap((server) => server.logged('leadership handed over')).length).toBeGreaterThan(0);
  } finally {
    await load.stop();
  }
  expect(load.violations).toEqual([]);
  const trees = await Promise.all(ensemble.servers.map((server) => listTree(server.address)));
  expect(trees[1]).toEqual(trees[0]);
  expect(trees[2]).toEqual(trees[0]);
  const order = creationOrder(trees[0] ?? []);
  expect(new Set(order).size).toBe(order.length);
  const data = new Map(
    (trees[0] ?? []).map((znode) => [znode.path, Buffer.from(znode.data ?? '', 'base64').toString()]),
  );
  expect(load.acknowledged.filter((created) => data.get(created.path) !== created.data)).toEqual([]);
}, 120_000);

it('SIGUSR2 makes a leader a follower of another one; a follower says that it does not lead', async () => {
  const leader = await ensemble.leader();
  const before = elections(ensemble.servers);
  leader.signal('SIGUSR2');
  await until('the leader to follow', async () => (await leader.mode()) === 'follower');
  const successor = await ensemble.leader();
  expect(successor).not.toBe(leader);
  expect(leader.logged('leadership handed over')).toMatchObject([{ to: successor.id }]);
  expect(elections(ensemble.servers)).toBe(before);
  leader.signal('SIGUSR2');
  await until('a refusal', async () => leader.logged('leadership not handed over')[0]);
  expect(leader.logged('leadership not handed over')).toMatchObject([
    { reason: `this server does not lead, server ${successor.id} does` },
  ]);
  expect(await leader.mode()).toBe('follower');
});

it('a leader that nobody can follow stops all the same', async () => {
  const leader = await ensemble.leader();
  const [one, other] = others(leader) as [ServerProcess, ServerProcess];
  await one.stop('SIGKILL');
  const isGone = (): boolean => leader.logged('quorum link down').some(({ peer }) => peer === one.id);
  await until('the leader to miss its follower', async () => isGone());
  expect(await leader.stop('SIGTERM')).toBe(0);
  expect(leader.logged('leadership not handed over')).toMatchObject([
    { reason: 'without this server there is no quorum' },
  ]);
  await other.stop('SIGKILL');
});
