// A change of the ensemble that gives this server another address: it listens there without a restart, and what is connected stays.

import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import type { Ensemble } from '@zebu/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { createElectionTransport, createQuorumTransport, type Listening, type TransportOptions } from '../src/index.ts';
import { ensembleAt, ManualClock, realClock, RecordingLogger, seededRandom, serverId, until } from './environment.ts';
import { helloFrame, ScriptedPeer } from './scripted-peer.ts';

const closers: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const PEER = 2;
const NO_RETRY = { backoffMinMs: 60_000, backoffMaxMs: 60_000 };

interface Subject {
  readonly transport: Listening & { setEnsemble(ensemble: Ensemble): void };
  readonly logger: RecordingLogger;
  readonly downs: () => number;
  readonly clock: ManualClock;
}

async function subjectOf(
  purpose: 'election' | 'quorum',
  port: number,
  options: TransportOptions = {},
  host?: string,
): Promise<Subject> {
  const logger = new RecordingLogger();
  const clock = new ManualClock();
  const ensemble = ensembleAt({ 1: port, [PEER]: 9 }, host);
  const dependencies = { self: serverId(1), ensemble, logger, clock, random: seededRandom(1) };
  let downs = 0;
  const onLinkDown = (): void => {
    downs += 1;
  };
  const ignore = (): void => {};
  if (purpose === 'election') {
    const transport = createElectionTransport(dependencies, { ...options, ...NO_RETRY });
    closers.push(() => transport.close());
    await transport.start({ onNotification: ignore, onLinkUp: ignore, onLinkDown });
    return { transport, logger, downs: () => downs, clock };
  }
  const transport = createQuorumTransport(dependencies, options);
  closers.push(() => transport.close());
  await transport.start({ onPackets: ignore, onSnapshot: ignore, onLinkUp: ignore, onLinkDown });
  return { transport, logger, downs: () => downs, clock };
}

const portOf = ({ transport }: Subject): number | undefined => transport.listeningAddress?.port;

/** Nobody listens there, a moment ago. */
async function freePort(): Promise<number> {
  const server = await occupy();
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function occupy(): Promise<Server> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

const isRefused = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(true));
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
  });

describe.each(['election', 'quorum'] as const)('the %s port', (purpose) => {
  const linked = async (subject: Subject, incarnation = 1): Promise<ScriptedPeer> => {
    const hello = helloFrame(PEER, 1, { purpose, details: [0, incarnation, 1] });
    const peer = await ScriptedPeer.linked(portOf(subject) as number, hello);
    closers.push(() => peer.webSocket.terminate());
    return peer;
  };

  it('is listened on at the new address, and given up at the old one, with the connections left alone', async () => {
    const subject = await subjectOf(purpose, 0);
    const before = portOf(subject) as number;
    const peer = await linked(subject);
    const after = await freePort();
    subject.transport.setEnsemble(ensembleAt({ 1: after, [PEER]: 9 }));
    await until(() => portOf(subject) === after, 'it listens at the new address');
    expect(await isRefused(before)).toBe(true);
    expect(peer.closed).toBeUndefined();
    expect(subject.downs()).toBe(0);
    expect(subject.logger.lines.map((line) => line.message)).toContain(`${purpose} port moved`);
    const next = await linked(subject, 2);
    expect(next.closed).toBeUndefined();
  });

  it('stays at the old address while the new one cannot be had, and moves when it can', async () => {
    const subject = await subjectOf(purpose, 0);
    const before = portOf(subject) as number;
    const squatter = await occupy();
    const { port: after } = squatter.address() as { port: number };
    subject.transport.setEnsemble(ensembleAt({ 1: after, [PEER]: 9 }));
    await until(
      () => subject.logger.warnings.some((line) => line.includes(`cannot move the ${purpose} port`)),
      'a try',
    );
    expect(portOf(subject)).toBe(before);
    await linked(subject);
    await new Promise((resolve) => squatter.close(resolve));
    subject.clock.advance(1_000);
    await until(() => portOf(subject) === after, 'it listens at the new address');
    expect(await isRefused(before)).toBe(true);
  });

  it('moves between one address and every address at the same port', async () => {
    const port = await freePort();
    const subject = await subjectOf(purpose, port, {}, '0.0.0.0');
    subject.transport.setEnsemble(ensembleAt({ 1: port, [PEER]: 9 }, '127.0.0.1'));
    await until(() => subject.transport.listeningAddress?.host === '127.0.0.1', 'it listens at the one address');
    expect(portOf(subject)).toBe(port);
    await linked(subject);
  });

  it('does not move when only the host changes and it listens on every address', async () => {
    const port = await freePort();
    const subject = await subjectOf(purpose, port, { listenOnAllAddresses: true });
    subject.transport.setEnsemble(ensembleAt({ 1: port, [PEER]: 9 }, 'localhost'));
    await linked(subject);
    expect(subject.logger.lines.map((line) => line.message)).not.toContain(`${purpose} port moved`);
  });

  it('follows a second change that comes while the first is under way', async () => {
    const subject = await subjectOf(purpose, 0);
    const [first, second] = [await freePort(), await freePort()];
    subject.transport.setEnsemble(ensembleAt({ 1: first, [PEER]: 9 }));
    subject.transport.setEnsemble(ensembleAt({ 1: second, [PEER]: 9 }));
    await until(() => portOf(subject) === second, 'it listens at the second address');
    expect(await isRefused(first)).toBe(true);
  });

  it('stays where it is when the new ensemble is without this server', async () => {
    const subject = await subjectOf(purpose, 0);
    const before = portOf(subject);
    subject.transport.setEnsemble(ensembleAt({ [PEER]: 9, 3: 9 }));
    await linked(subject);
    expect(portOf(subject)).toBe(before);
  });
});

describe('a peer whose election address changes', () => {
  it('is dialled there at once, though the dial to the old address hangs', async () => {
    const silent = await occupy();
    closers.push(() => void silent.close());
    const peer = await occupy();
    closers.push(() => void peer.close());
    const [silentPort, peerPort] = [silent, peer].map((server) => (server.address() as { port: number }).port);
    const transport = createElectionTransport(
      {
        self: serverId(1),
        ensemble: ensembleAt({ 1: 0, [PEER]: silentPort as number }),
        logger: new RecordingLogger(),
        clock: realClock,
        random: seededRandom(1),
      },
      { ...NO_RETRY, connectTimeoutMs: 60_000 },
    );
    closers.unshift(() => transport.close());
    const [hung, dialled] = [once(silent, 'connection'), once(peer, 'connection')];
    await transport.start({ onNotification: () => {}, onLinkUp: () => {}, onLinkDown: () => {} });
    await hung;
    transport.setEnsemble(ensembleAt({ 1: 0, [PEER]: peerPort as number }));
    await dialled;
  });
});
