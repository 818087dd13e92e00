// kill -9 under load: nothing acknowledged is ever lost, and all servers end with one history.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';
import { creationOrder, listTree } from './harness/tree-listing.ts';
import { WriteLoad } from './harness/write-load.ts';

const WRITES_BETWEEN_FAULTS = 200;

let ensemble: EnsembleProcesses;
let load: WriteLoad;
beforeEach(async () => {
  ensemble = await EnsembleProcesses.start({ lines: ['snapCount=300'] });
  load = new WriteLoad(ensemble.connectString, '/load', 4);
  await load.acknowledgedMore(WRITES_BETWEEN_FAULTS);
});
afterEach(async ({ task }) => {
  await load.stop();
  await ensemble.dispose(task.result?.state === 'fail');
});

describe('under a write load', () => {
  it('10 times kill -9 of the leader, and restart', async () => {
    for (let round = 0; round < 10; round++) {
      const leader = await ensemble.leader();
      await leader.stop('SIGKILL');
      await load.acknowledgedMore(WRITES_BETWEEN_FAULTS);
      leader.start();
      await leader.serving();
    }
    await expectOneHistory();
  }, 240_000);

  it('5 times kill -9 of a follower, and restart', async () => {
    for (let round = 0; round < 5; round++) {
      const follower = await ensemble.follower();
      await follower.stop('SIGKILL');
      await load.acknowledgedMore(WRITES_BETWEEN_FAULTS);
      follower.start();
      await follower.serving();
    }
    await expectOneHistory();
  }, 180_000);

  it('3 times kill -9 of all three at once, and restart', async () => {
    for (let round = 0; round < 3; round++) {
      await Promise.all(ensemble.servers.map((server) => server.stop('SIGKILL')));
      for (const server of ensemble.servers) server.start();
      await ensemble.serving();
      await load.acknowledgedMore(WRITES_BETWEEN_FAULTS);
    }
    await expectOneHistory();
  }, 180_000);
});

async function expectOneHistory(): Promise<void> {
  await load.stop();
  expect(load.violations).toEqual([]);
  const trees = [];
  for (const server of ensemble.servers) trees.push(await listTree(server.address));
  const [first, second, third] = trees;
  expect(second).toEqual(first);
  expect(third).toEqual(first);
  const order = creationOrder(first ?? []);
  expect(new Set(order).size).toBe(order.length);
  const data = new Map(
    (first ?? []).map((znode) => [znode.path, Buffer.from(znode.data ?? '', 'base64').toString('utf8')]),
  );
  const lost = load.acknowledged.filter((created) => data.get(created.path) !== created.data);
  expect(lost).toEqual([]);
  // Every server checked its tree digest against the leader's at every txn, and would have said so.
  for (const server of ensemble.servers) {
    expect(server.logged("the tree differs from the leader's")).toEqual([]);
    expect(server.log()).not.toContain('digest mismatch');
  }
  expect(new Set(await Promise.all(ensemble.servers.map((server) => server.digestAtRest()))).size).toBe(1);
}
