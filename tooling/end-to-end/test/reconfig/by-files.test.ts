// Where clients may not change the ensemble it is changed by restarts with other server lists (ZOOKEEPER-3814, ZOOKEEPER-3842): a leader that was added
// so must commit, and nobody may go on asking for a server that was left out.

import { readFileSync } from 'node:fs';
import { afterEach, expect, it } from 'vitest';
import { expectNothingLost } from '../harness/acknowledged.ts';
import { EnsembleProcesses } from '../harness/ensemble-processes.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { until } from '../harness/wait.ts';
import { WriteLoad } from '../harness/write-load.ts';

let ensemble: EnsembleProcesses | undefined;
let load: WriteLoad | undefined;
afterEach(async ({ task }) => {
  await load?.stop();
  await ensemble?.dispose(task.result?.state === 'fail');
});

/** What the list of this server says of another. */
function addressesOf(id: number, { configuration }: ServerProcess): string {
  const line = readFileSync(configuration, 'utf8')
    .split('\n')
    .find((each) => each.startsWith(`server.${id}=`));
  return (line as string).slice(line?.indexOf('=')).slice(1);
}

/** Since it was started last. */
const latestLog = (server: ServerProcess): string =>
  server.log().slice(Math.max(0, server.log().lastIndexOf('"msg":"stopped"')));

it('a fourth server is added by restarts with longer lists, and leads; the first is taken out likewise', async () => {
  const running = await EnsembleProcesses.create({ servers: 4 });
  ensemble = running;
  const [first, , , fourth] = running.servers as [ServerProcess, ServerProcess, ServerProcess, ServerProcess];
  const added = addressesOf(4, first);
  const old = running.servers.filter((server) => server !== fourth);
  for (const server of old) {
    server.reconfigure({ 'server.4': undefined });
    server.start();
  }
  await Promise.all(old.map((server) => server.serving()));
  load = new WriteLoad(running.connectString, '/by-files', 4);
  await load.acknowledgedMore(100);

  const restart = async (server: ServerProcess, keys: Parameters<ServerProcess['reconfigure']>[0]): Promise<void> => {
    expect(await server.stop()).toBe(0);
    server.reconfigure(keys);
    server.start();
  };
  // With the longer list a quorum is three, so the first two wait for each other.
  fourth.start();
  for (const server of old) await restart(server, { 'server.4': added });
  await running.serving();
  await load.acknowledgedMore(100);
  for (let round = 0; (await running.leader()) !== fourth; round++) {
    expect(round).toBeLessThan(10);
    const leader = await running.leader();
    await leader.stop('SIGKILL');
    await until('another to lead', async () => (await running.leader()) !== leader);
    leader.start();
    await leader.serving();
    await load.acknowledgedMore(50);
  }

  await first.stop();
  const rest = running.servers.filter((server) => server !== first);
  for (const server of rest) {
    await restart(server, { 'server.1': undefined });
    await server.serving();
    await load.acknowledgedMore(50);
  }
  await load.acknowledgedMore(100);
  await load.stop();
  await expectNothingLost(rest, load);
  for (const server of rest) expect(latestLog(server)).not.toContain('"peer":1,');
}, 240_000);
