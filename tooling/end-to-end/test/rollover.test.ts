// Real servers whose epochs have a hundred zxids: their leader goes on in the next epoch, again and again, and clients stay.

import { afterEach, beforeEach, expect, it } from 'vitest';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';
import type { ServerProcess } from './harness/server-process.ts';
import { SittingSession } from './harness/sitting-session.ts';
import { listTree } from './harness/tree-listing.ts';
import { WriteLoad } from './harness/write-load.ts';

let ensemble: EnsembleProcesses;
beforeEach(async () => {
  ensemble = await EnsembleProcesses.start({
    lines: [`testingonly.initialZxid=${0xffff_ffff - 100}`, 'snapCount=150'],
  });
});
afterEach(async ({ task }) => {
  await ensemble.dispose(task.result?.state === 'fail');
});

it('the epoch rolls over under load, and a server that was away comes back to a later one', async () => {
  const load = new WriteLoad(ensemble.connectString, '/load', 4);
  const leader = await ensemble.leader();
  const [host, away] = ensemble.servers.filter((server) => server !== leader) as [ServerProcess, ServerProcess];
  const sitting = await SittingSession.open(host.address, '/sitting');
  const rollovers = (): number =>
    ensemble.servers.reduce((sum, server) => sum + server.logged('LEADING: goes on in a new epoch').length, 0);
  try {
    await load.acknowledgedMore(500);
    expect(rollovers()).toBeGreaterThan(2);
    await away.stop('SIGKILL');
    await load.acknowledgedMore(300);
    away.start();
    await away.serving();
    await load.acknowledgedMore(300);
  } finally {
    await load.stop();
  }
  expect(rollovers()).toBeGreaterThan(5);
  expect(load.violations).toEqual([]);
  await sitting.expectAlive();
  await sitting.close();
  const trees = await Promise.all(ensemble.servers.map((server) => listTree(server.address)));
  expect(trees[1]).toEqual(trees[0]);
  expect(trees[2]).toEqual(trees[0]);
  const data = new Map(
    (trees[0] ?? []).map((znode) => [znode.path, Buffer.from(znode.data ?? '', 'base64').toString()]),
  );
  expect(load.acknowledged.filter((created) => data.get(created.path) !== created.data)).toEqual([]);
  expect(new Set(await Promise.all(ensemble.servers.map((server) => server.digestAtRest()))).size).toBe(1);
}, 240_000);
