// Servers with several addresses, of which only the second is one that this machine has.

import { afterEach, expect, it } from 'vitest';
import { expectNothingLost } from '../harness/acknowledged.ts';
import { EnsembleProcesses } from '../harness/ensemble-processes.ts';
import type { ServerProcess } from '../harness/server-process.ts';
import { WriteLoad } from '../harness/write-load.ts';
import { giveSecondAddress, NOWHERE } from './second-address.ts';

let ensemble: EnsembleProcesses | undefined;
let load: WriteLoad | undefined;
afterEach(async ({ task }) => {
  await load?.stop();
  await ensemble?.dispose(task.result?.state === 'fail');
  [load, ensemble] = [undefined, undefined];
});

it('a network that is not there keeps no ensemble from serving over the other', async () => {
  ensemble = await EnsembleProcesses.create({ lines: ['multiAddress.enabled=true'] });
  for (const server of ensemble.servers) {
    giveSecondAddress(server);
    server.start();
  }
  await ensemble.serving();
  load = new WriteLoad(ensemble.connectString, '/load', 4);
  await load.acknowledgedMore(50);
  const leader = await ensemble.leader();
  await leader.stop('SIGKILL');
  await load.acknowledgedMore(50);
  leader.start();
  await leader.serving();
  await load.stop();
  await expectNothingLost(ensemble.servers, load);
  expect(leader.log()).toContain(`cannot listen for election connections on ${NOWHERE}`);
});

it('several addresses are refused where that is not enabled', async () => {
  ensemble = await EnsembleProcesses.create();
  const [server] = ensemble.servers as [ServerProcess];
  giveSecondAddress(server);
  server.start();
  expect(await server.exited()).toBe(2);
  expect(server.log()).toContain('multiAddress.enabled: is off, and server.1 has several addresses');
});
