// Observers as real processes: behind followers, which come and go, and without a log.

import { afterEach, describe, expect, it } from 'vitest';
import { createClient } from '@zebu/client';
import { freePorts } from '@zebu/ensemble/free-ports';
import { expectNothingLost } from './harness/acknowledged.ts';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';
import type { ServerProcess } from './harness/server-process.ts';
import { until } from './harness/wait.ts';
import { WriteLoad } from './harness/write-load.ts';

const INIT_LIMIT_MS = 20 * 500;

let ensemble: EnsembleProcesses | undefined;
const loads: WriteLoad[] = [];
afterEach(async ({ task }) => {
  for (const load of loads.splice(0)) await load.stop();
  await ensemble?.dispose(task.result?.state === 'fail');
});

/** Servers 1 to 3 vote; followers serve observers, on the same port of every server's own address. */
async function startBehindFollowers(observers: number): Promise<EnsembleProcesses> {
  const [masterPort] = await freePorts(1);
  ensemble = await EnsembleProcesses.start({
    servers: 3 + observers,
    observers,
    hostOf: (id) => `127.0.0.${10 + id}`,
    lines: [`observerMasterPort=${masterPort}`, 'snapCount=300'],
  });
  return ensemble;
}

const observersOf = ({ servers }: EnsembleProcesses): ServerProcess[] => servers.filter(({ id }) => id > 3);

/** Of this server, to others and from them, as its log tells. */
function linksOf(
  server: ServerProcess,
): { readonly peer: number; readonly direction: string; readonly port: string }[] {
  const down = new Set(server.logged('quorum link down').map((entry) => entry['link']));
  return server
    .logged('quorum link up')
    .filter((entry) => !down.has(entry['link']))
    .map(({ peer, direction, port }) => ({ peer, direction, port }) as never);
}

/** The follower that this observer learns at. */
function masterOf(observer: ServerProcess): number | undefined {
  const [link] = linksOf(observer).filter(({ direction }) => direction === 'outgoing');
  return link?.port === 'observerMaster' ? link.peer : undefined;
}

function writeThrough(servers: readonly ServerProcess[], prefix: string): WriteLoad {
  const load = new WriteLoad(servers.map(({ address }) => address).join(','), prefix, 4);
  loads.push(load);
  return load;
}

describe('observers behind followers', () => {
  it('leave the leader alone, and go to the next follower when theirs is killed', async () => {
    const running = await startBehindFollowers(4);
    const observers = observersOf(running);
    const leader = await running.leader();
    for (const observer of observers) expect([1, 2, 3]).toContain(masterOf(observer));
    const followers = new Set(linksOf(leader).map(({ peer }) => peer));
    expect([...followers].filter((peer) => peer > 3)).toEqual([]);

    const load = writeThrough(observers, '/behind');
    await load.acknowledgedMore(200);
    const victim = running.server(masterOf(observers[0] as ServerProcess) as number);
    const orphans = observers.filter((observer) => masterOf(observer) === victim.id);
    await victim.stop('SIGKILL');
    const begunAt = Date.now();
    await until('the observers to move', () =>
      orphans.every((observer) => ![undefined, victim.id].includes(masterOf(observer))),
    );
    await Promise.all(orphans.map((observer) => observer.serving()));
    expect(Date.now() - begunAt).toBeLessThan(INIT_LIMIT_MS / 2);
    await load.acknowledgedMore(200);

    victim.start();
    await victim.serving();
    await leader.stop('SIGKILL');
    await load.acknowledgedMore(200);
    leader.start();
    await running.serving();
    await load.stop();
    await expectNothingLost(running.servers, load);
  }, 240_000);

  it('leave a follower that is stopped without a word', async () => {
    const running = await startBehindFollowers(2);
    const observers = observersOf(running);
    const load = writeThrough(observers, '/stopped');
    await load.acknowledgedMore(100);
    const frozen = running.server(masterOf(observers[0] as ServerProcess) as number);
    frozen.pause();
    await until('the observers to move', () =>
      observers.every((observer) => ![undefined, frozen.id].includes(masterOf(observer))),
    );
    await load.acknowledgedMore(100);
    frozen.resume();
    await running.serving();
    await load.stop();
    await expectNothingLost(running.servers, load);
  }, 180_000);
});

describe('an observer with syncEnabled=false', () => {
  it('serves everything, writes no txn, and catches up at each start', async () => {
    ensemble = await EnsembleProcesses.start({
      servers: 4,
      observers: 1,
      lines: ['syncEnabled=false', 'snapCount=50'],
    });
    const observer = ensemble.server(4);
    const load = writeThrough([observer], '/unlogged');
    await load.acknowledgedMore(200);
    await load.stop();
    const { path = '', data } = load.acknowledged.at(-1) ?? {};
    expect(ensemble.server(1).logContains(path)).toBe(true);
    expect(observer.logContains(path)).toBe(false);
    await observer.stop('SIGKILL');
    observer.start();
    await observer.serving();
    const client = createClient({ connectionString: observer.address });
    expect(new TextDecoder().decode((await client.getData(path)).data ?? undefined)).toBe(data);
    await client.close();
    await expectNothingLost(ensemble.servers, load);
  }, 120_000);
});
