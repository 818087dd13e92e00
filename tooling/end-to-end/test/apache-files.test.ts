// ZooKeeper's files, both ways: Apache ZooKeeper serves what Zebu wrote, and Zebu what Apache ZooKeeper wrote.

import { CreateMode, createClient } from '@zebu/client';
import { freePorts } from '@zebu/ensemble/free-ports';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ApacheServer, formatLog, formatSnapshot } from './harness/apache.ts';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';
import { ServerProcess } from './harness/server-process.ts';
import { listSurface, SURFACE, SURFACE_LINES, surfaceActs, surfaceLoad } from './harness/surface-load.ts';
import { type ListedZnode, listTree } from './harness/tree-listing.ts';

const CHECK_INTERVAL_MS = 250;

let directory: string;
let cleanUp: (() => Promise<unknown>)[];
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-files-'));
  cleanUp = [];
});
afterEach(async () => {
  for (const action of cleanUp) await action();
  rmSync(directory, { recursive: true, force: true });
});

it('Apache ZooKeeper 3.8 starts on a directory that Zebu wrote under load, serves the same tree, and finds no digest mismatch', async () => {
  const ensemble = await EnsembleProcesses.start({
    lines: [
      'snapCount=400',
      'preAllocSize=64',
      'autopurge.snapRetainCount=50',
      ...SURFACE_LINES,
      `znode.container.checkIntervalMs=${CHECK_INTERVAL_MS}`,
    ],
  });
  cleanUp.push(() => ensemble.dispose());
  await surfaceLoad((await ensemble.leader()).ports.client);
  const detached = await mixedLoad(ensemble.connectString, 1500);
  const server = await ensemble.leader();
  const expected = await listTree(server.address, [SURFACE]);
  const expectedSurface = await listSurface(server.ports.client);
  await Promise.all(ensemble.servers.map((each) => each.stop('SIGKILL')));

  const files = readdirSync(join(server.dataDirectory, 'version-2'));
  const logs = files.filter((file) => file.startsWith('log.'));
  const snapshots = files.filter((file) => file.startsWith('snapshot.'));
  expect(snapshots.length).toBeGreaterThanOrEqual(2);
  expect(logs.length).toBeGreaterThanOrEqual(3);
  for (const file of logs)
    expect(await formatLog(join(server.dataDirectory, 'version-2', file))).not.toMatch(
      /CRC ERROR|EOF reached unexpectedly/i,
    );
  for (const file of snapshots)
    expect(await formatSnapshot(join(server.dataDirectory, 'version-2', file))).toContain('ZNode Details');

  const [port] = await freePorts(1);
  const apache = preparedApache(port as number, SURFACE_LINES);
  cpSync(join(server.dataDirectory, 'version-2'), join(apache.dataDirectory, 'version-2'), { recursive: true });
  await apache.start();
  cleanUp.unshift(() => apache.stop());
  expect(detached).not.toBe(0n);
  expectSameTree(await listTree(apache.address, [SURFACE]), expected);
  expect(await listSurface(port as number)).toEqual(expectedSurface);
  await surfaceActs(port as number);
  expect(await apache.digestMismatchCount()).toBe('0');
});

it('Zebu starts on a directory that Apache ZooKeeper 3.8 wrote under load, and serves the same tree', async () => {
  const [apachePort, client, quorum, election] = (await freePorts(4)) as [number, number, number, number];
  const apache = preparedApache(apachePort, ['snapCount=400', 'preAllocSize=64', ...SURFACE_LINES]);
  await apache.start();
  cleanUp.push(() => apache.stop());
  await surfaceLoad(apachePort);
  await mixedLoad(apache.address, 1500);
  const expected = await listTree(apache.address, [SURFACE]);
  const expectedSurface = await listSurface(apachePort);
  await apache.stop();
  cleanUp = [];

  const home = join(directory, 'zebu');
  mkdirSync(join(home, 'data'), { recursive: true });
  cpSync(join(apache.dataDirectory, 'version-2'), join(home, 'data', 'version-2'), { recursive: true });
  const lines = [
    'tickTime=2000',
    `dataDir=${join(home, 'data')}`,
    `clientPort=${client}`,
    'clientPortAddress=127.0.0.1',
    '4lw.commands.whitelist=*',
    ...SURFACE_LINES,
    `znode.container.checkIntervalMs=${CHECK_INTERVAL_MS}`,
  ];
  const zebu = new ServerProcess(1, home, { client, quorum, election }, lines);
  zebu.start();
  cleanUp.push(() => zebu.stop('SIGKILL'));
  await zebu.serving();
  expectSameTree(await listTree(zebu.address, [SURFACE]), expected);
  expect(await listSurface(client)).toEqual(expectedSurface);
  await surfaceActs(client);
  expect(zebu.log()).not.toContain('digest mismatch');
  expect(zebu.logged("the tree differs from the leader's")).toEqual([]);
});

/** Not started yet; it looks for unused znodes as often as Zebu is told to. */
const preparedApache = (port: number, lines: readonly string[]): ApacheServer =>
  new ApacheServer(join(directory, 'apache'), port, lines, [`-Dznode.container.checkIntervalMs=${CHECK_INTERVAL_MS}`]);

/** Creates, sets, deletes, ephemerals, sequential znodes and multis; returns the session that still owns ephemerals when it is left behind. */
async function mixedLoad(connectString: string, count: number): Promise<bigint> {
  const client = createClient({ connectionString: connectString, sessionTimeoutMs: 40_000 });
  await client.create('/parent', 'p');
  const pending: Promise<unknown>[] = [];
  for (let n = 0; n < count; n++) {
    // In waves, so that snapshots are taken on the way.
    if (n % 100 === 0) await Promise.all(pending.splice(0));
    const kind = n % 6;
    if (kind === 0) pending.push(client.create(`/parent/n${n}`, `data ${n}`));
    else if (kind === 1) pending.push(client.setData(`/parent/n${n - 1}`, `changed ${n}`));
    else if (kind === 2)
      pending.push(client.create('/parent/s-', `seq ${n}`, { mode: CreateMode.PERSISTENT_SEQUENTIAL }));
    else if (kind === 3) pending.push(client.create(`/parent/e${n}`, 'mine', { mode: CreateMode.EPHEMERAL }));
    else if (kind === 4) {
      pending.push(
        client.multi([
          { type: n % 4 === 0 ? 'create2' : 'create', path: `/parent/m${n}`, data: 'in multi' },
          { type: 'setData', path: '/parent', data: `multi ${n}` },
        ]),
        client
          .multi([
            { type: 'create', path: `/parent/x${n}` },
            { type: 'delete', path: '/parent/missing' },
          ])
          .catch(() => undefined),
      );
    } else if (n % 5 === 0) pending.push(client.delete(`/parent/n${n - 5}`));
    // Refused writes are txns too.
    if (n % 50 === 0) pending.push(client.create('/parent').catch(() => undefined));
  }
  await Promise.all(pending);
  return client.detach().id;
}

function expectSameTree(actual: readonly ListedZnode[], expected: readonly ListedZnode[]): void {
  expect(expected.length).toBeGreaterThan(500);
  expect(actual).toEqual(expected);
}
