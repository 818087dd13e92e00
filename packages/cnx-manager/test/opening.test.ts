// How ports are opened at the start, how long whoever connects has to say who it is, and what the kernel watches.

import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { TransportListenError } from '@zebu/interfaces';
import { afterEach, describe, expect, it } from 'vitest';
import { createElectionTransport, type ElectionTransportOptions } from '../src/index.ts';
import { ensembleAt, ManualClock, realClock, RecordingLogger, seededRandom, serverId, until } from './environment.ts';
import { rawConnection, readToEnd, ScriptedServer } from './scripted-peer.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const HANDLER = { onNotification: () => {}, onLinkUp: () => {}, onLinkDown: () => {} };
const NO_RETRY = { backoffMinMs: 60_000, backoffMaxMs: 60_000 };

function transportAt(ports: Record<number, number>, options: ElectionTransportOptions, clock = realClock, self = 1) {
  const logger = new RecordingLogger();
  const dependencies = { self: serverId(self), ensemble: ensembleAt(ports), logger, clock, random: seededRandom(self) };
  const transport = createElectionTransport(dependencies, { ...NO_RETRY, ...options });
  closers.push(() => transport.close());
  return { transport, logger };
}

async function occupied(): Promise<{ readonly port: number; readonly server: Server }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => new Promise((resolve) => server.close(resolve)));
  return { port: (server.address() as { port: number }).port, server };
}

describe('a port that is taken', () => {
  it('is had once it is free, within the tries that there are', async () => {
    const { port, server } = await occupied();
    const clock = new ManualClock();
    const { transport, logger } = transportAt({ 1: port, 2: 9 }, { maxListenTries: 3 }, clock);
    const started = transport.start(HANDLER);
    await until(() => logger.warnings.length === 1, 'the first try has failed');
    expect(logger.warnings[0]).toMatch(/^cannot listen for election connections on 127\.0\.0\.1:\d+: .*; tries again$/);
    await new Promise((resolve) => server.close(resolve));
    clock.advance(1000);
    await started;
    expect(transport.listeningAddress?.port).toBe(port);
  });

  it('ends the start after the last try', async () => {
    const { port } = await occupied();
    const clock = new ManualClock();
    const { transport, logger } = transportAt({ 1: port, 2: 9 }, { maxListenTries: 2 }, clock);
    const started = transport.start(HANDLER);
    const failed = expect(started).rejects.toThrow(TransportListenError);
    await until(() => logger.warnings.length === 1, 'the first try has failed');
    clock.advance(1000);
    await failed;
  });

  it('is not waited for once the transport is closed', async () => {
    const { port } = await occupied();
    const clock = new ManualClock();
    const { transport, logger } = transportAt({ 1: port, 2: 9 }, { maxListenTries: Number.POSITIVE_INFINITY }, clock);
    const started = transport.start(HANDLER);
    await until(() => logger.warnings.length === 1, 'the first try has failed');
    await transport.close();
    await started;
    expect(transport.listeningAddress).toBeUndefined();
  });
});

describe('the time to say who one is', () => {
  it('is its own, apart from that to connect', async () => {
    const silent = await ScriptedServer.open();
    closers.push(() => silent.close());
    const options = { helloTimeoutMs: 30, connectTimeoutMs: 60_000 };
    const { transport, logger } = transportAt({ 1: 0, 2: silent.port }, options);
    await transport.start(HANDLER);
    await until(() => logger.warnings.length > 0, 'the dial is given up');
    expect(logger.warnings[0]).toBe('election port: cannot reach server 2: no hello within 30 ms');
    await readToEnd(await rawConnection(transport.listeningAddress?.port ?? 0));
    expect(logger.warnings).toContain('closed a connection that sent no hello in time');
  });
});

/** What the kernel waits for on the established connections of a local port (linux/net/ipv4/tcp_ipv4.c): 2 is keep-alive. */
function timersOf(port: number): string[] {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const lines = readFileSync('/proc/net/tcp', 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return lines
    .filter(([, address, , state]) => address?.endsWith(local) === true && state === '01')
    .map(([, , , , , timer]) => timer?.slice(0, 2) ?? '');
}

describe.skipIf(!existsSync('/proc/net/tcp'))('TCP keep-alive on a connection', () => {
  it.each([
    [{}, '02'],
    [{ tcpKeepAlive: false }, '00'],
  ])('%j: the timer of the kernel is %s, at both ends', async (options, timer) => {
    const acceptor = transportAt({ 1: 9, 2: 0 }, options, realClock, 2);
    await acceptor.transport.start(HANDLER);
    const port = acceptor.transport.listeningAddress?.port ?? 0;
    const dialler = transportAt({ 1: 0, 2: port }, options);
    await dialler.transport.start(HANDLER);
    const up = () => dialler.logger.lines.find(({ message }) => message === 'election connection up');
    await until(() => up() !== undefined, 'the connection is up');
    // What is under way has a timer of its own for a moment.
    await until(() => timersOf(port).join() === timer, `the acceptor's timer is ${timer}`);
  });
});
