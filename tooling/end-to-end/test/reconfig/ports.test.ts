// A change of the ensemble that gives a server other ports: it moves without a restart.

import { connect } from 'node:net';
import { type Client, createClient } from '@zebu/client';
import { freePorts } from '@zebu/ensemble/free-ports';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { changed } from '../harness/changed.ts';
import { ChangingEnsemble } from '../harness/changing-ensemble.ts';
import { fourLetterWord } from '../harness/four-letter-word.ts';
import { SittingSession } from '../harness/sitting-session.ts';
import { until } from '../harness/wait.ts';

let ensemble: ChangingEnsemble;
let operator: Client;
beforeEach(async () => {
  ensemble = await ChangingEnsemble.create({ servers: 3 });
  await ensemble.start(1, 2, 3);
  operator = await ensemble.operator(1, 2, 3);
});
afterEach(async ({ task }) => {
  await operator.close();
  await ensemble.dispose(task.result?.state === 'fail');
});

const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });

const modeAt = async (port: number): Promise<string | undefined> =>
  (await fourLetterWord(port, 'srvr'))?.match(/^Mode: (\w+)/m)?.[1];

it('the client port: new clients at the new one, those that are there stay, also after a restart', async () => {
  const server = ensemble.server(2);
  const session = await SittingSession.open(server.address, '/sitting');
  const [port] = (await freePorts(1)) as [number];
  await operator.reconfig({ joining: [ensemble.line(2, { client: port })] });
  await until('clients to be served at the new port', () => modeAt(port));
  await until('the old port to be closed', async () => !(await isOpen(server.ports.client)));
  await session.expectAlive();
  expect(session.events).toEqual(['connected']);
  expect(await fourLetterWord(port, 'conf')).toContain(`clientPort=${port}\n`);
  const newcomer = createClient({ connectionString: `127.0.0.1:${port}`, sessionTimeoutMs: 8000 });
  await newcomer.create('/newcomer');
  await newcomer.close();
  await session.close();

  await server.stop('SIGTERM');
  server.start();
  await until('clients to be served at the new port again', () => modeAt(port));
  expect(await isOpen(server.ports.client)).toBe(false);
});

it('the ports between servers: of a follower, which then leads, and of the leader', async () => {
  const all = [1, 2, 3];
  for (const pick of ['follower', 'leader']) {
    const leader = await ensemble.leaderOf(...all);
    const id = pick === 'leader' ? leader.id : (all.find((each) => each !== leader.id) as number);
    const [quorum, election] = (await freePorts(2)) as [number, number];
    await changed(
      operator,
      { joining: [ensemble.line(id, { quorum, election })] },
      ({ servers }) => servers.get(id)?.includes(`:${quorum}:${election}:`) === true,
    );
    await until('both new ports to be open', async () => (await isOpen(quorum)) && (await isOpen(election)));
    await until('both old ports to be closed', async () => {
      const { ports } = ensemble.server(id);
      return !(await isOpen(ports.quorum)) && !(await isOpen(ports.election));
    });
    // Everybody finds everybody at an election.
    const present = await ensemble.leaderOf(...all);
    await present.stop('SIGKILL');
    await ensemble.leaderOf(...all.filter((each) => each !== present.id));
    present.start();
    await Promise.all(all.map((each) => ensemble.server(each).serving()));
  }
});
