// Dials, pauses and races of the election port, against peers that the test plays itself.

import type { LookupFunction } from 'node:net';
import type { Notification, Zxid } from '@zebu/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { createElectionTransport, type ElectionTransportOptions } from '../src/index.ts';
import { decodeNotification, encodeNotification } from '../src/notification-codec.ts';
import { CloseCode } from '../src/refusal.ts';
import { ensembleAt, ManualClock, realClock, RecordingLogger, seededRandom, serverId, until } from './environment.ts';
import { helloFrame, ScriptedPeer, ScriptedServer } from './scripted-peer.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** Far enough that only what a test does leads to another dial. */
const NO_RETRY = { backoffMinMs: 60_000, backoffMaxMs: 60_000 };
const INCARNATION = [0, 1] as const;

async function serverOf(self: number, peers: Record<number, number>, options: ElectionTransportOptions = NO_RETRY) {
  const logger = new RecordingLogger();
  const events: string[] = [];
  const received: number[] = [];
  const transport = createElectionTransport(
    {
      self: serverId(self),
      ensemble: ensembleAt({ ...peers, [self]: 0 }),
      logger,
      clock: realClock,
      random: seededRandom(self),
    },
    options,
  );
  closers.push(() => transport.close());
  await transport.start({
    onLinkUp: (peer) => events.push(`up ${peer}`),
    onLinkDown: (peer) => events.push(`down ${peer}`),
    onNotification: (_from, { electionEpoch }) => received.push(Number(electionEpoch)),
  });
  const { port } = transport.listeningAddress as { port: number };
  return { transport, logger, events, received, port };
}

type Served = Awaited<ReturnType<typeof serverOf>>;

async function scriptedServer(): Promise<ScriptedServer> {
  const server = await ScriptedServer.open();
  closers.push(() => server.close());
  return server;
}

const notification = (round: number, extensionBytes = 0): Notification => ({
  state: 'LOOKING',
  vote: { leader: serverId(1), zxid: 1n as Zxid, peerEpoch: 1 as never },
  electionEpoch: BigInt(round),
  configVersion: 0n,
  ...(extensionBytes > 0 ? { extension: new Uint8Array(extensionBytes) } : {}),
});
const roundOf = (frame: Uint8Array): number => Number(decodeNotification(frame).electionEpoch);

describe('dials that cross', () => {
  const peerHello = (from: number, to: number, helloNumber: number): Uint8Array =>
    helloFrame(from, to, { details: [...INCARNATION, helloNumber] });

  it('end with the dial of the larger server id: the larger one holds the other back', async () => {
    const smaller = await scriptedServer();
    const { events, port, transport } = await serverOf(3, { 1: smaller.port });
    const ours = await smaller.dialled();
    const theirs = await ScriptedPeer.dial(port);
    theirs.send(peerHello(1, 3, 1));
    // Neither answered nor refused while the larger server's own dial is open.
    ours.send(peerHello(1, 3, 2));
    expect((await theirs.ended()).code).toBe(CloseCode.SUPERSEDED);
    expect(theirs.frames).toEqual([]);
    transport.send(serverId(1), notification(7));
    await until(() => ours.frames.length === 2, 'the notification has arrived on the dial of the larger');
    expect(events).toEqual(['up 1']);
  });

  it('end with the dial of the smaller when that of the larger fails', async () => {
    const smaller = await scriptedServer();
    const { events, port } = await serverOf(3, { 1: smaller.port });
    const ours = await smaller.dialled();
    const theirs = await ScriptedPeer.dial(port);
    theirs.send(peerHello(1, 3, 1));
    ours.webSocket.terminate();
    await until(() => theirs.frames.length === 1, 'the dial of the smaller is answered');
    expect(events).toEqual(['up 1']);
  });

  it('end with the dial of the larger server id: the smaller one gives its own up', async () => {
    const larger = await scriptedServer();
    const { events, port, transport } = await serverOf(1, { 3: larger.port });
    const ours = await larger.dialled();
    const theirs = await ScriptedPeer.linked(port, peerHello(3, 1, 1));
    await ours.ended();
    transport.send(serverId(3), notification(7));
    await until(() => theirs.frames.length === 2, 'the notification has arrived on the dial of the larger');
    expect(events).toEqual(['up 3']);
  });

  it('refuse what a held peer sends before it is answered', async () => {
    const smaller = await scriptedServer();
    const { port, received } = await serverOf(3, { 1: smaller.port });
    await smaller.dialled();
    const theirs = await ScriptedPeer.dial(port);
    theirs.send(peerHello(1, 3, 1));
    theirs.send(encodeNotification(notification(1)));
    expect((await theirs.ended()).code).toBe(CloseCode.BAD_FRAME);
    expect(received).toEqual([]);
  });
});

describe('a peer that connects anew', () => {
  const linked = (port: number, details: readonly number[]): Promise<ScriptedPeer> =>
    ScriptedPeer.linked(port, helloFrame(1, 2, { details }));

  it('replaces its connection when it wrote the new hello later', async () => {
    const { events, port } = await serverOf(2, { 1: 9 });
    const old = await linked(port, [...INCARNATION, 4]);
    await linked(port, [...INCARNATION, 5]);
    await old.ended();
    expect(events).toEqual(['up 1', 'down 1', 'up 1']);
  });

  it('replaces its connection when it has restarted', async () => {
    const { events, port } = await serverOf(2, { 1: 9 });
    const old = await linked(port, [...INCARNATION, 4]);
    await linked(port, [0, 2, 1]);
    await old.ended();
    expect(events).toEqual(['up 1', 'down 1', 'up 1']);
  });

  it('is refused with a hello from before the present connection', async () => {
    const { events, port } = await serverOf(2, { 1: 9 });
    await linked(port, [...INCARNATION, 4]);
    const late = await ScriptedPeer.dial(port);
    late.send(helloFrame(1, 2, { details: [...INCARNATION, 3] }));
    expect((await late.ended()).code).toBe(CloseCode.SUPERSEDED);
    expect(events).toEqual(['up 1']);
  });

  it('is refused without an incarnation in its hello', async () => {
    const { events, port } = await serverOf(2, { 1: 9 });
    const peer = await ScriptedPeer.dial(port);
    peer.send(helloFrame(1, 2, { details: [] }));
    expect((await peer.ended()).code).toBe(CloseCode.BAD_FRAME);
    expect(events).toEqual([]);
  });
});

describe('a dialled server', () => {
  it.each<[string, Uint8Array, number, string]>([
    ['another server', helloFrame(4, 1), CloseCode.WRONG_SERVER, 'server 2 was dialled, server 4 answered'],
    ['another cluster', helloFrame(2, 1, { clusterName: 'red' }), CloseCode.WRONG_CLUSTER, 'cluster blue'],
    [
      'another election module',
      helloFrame(2, 1, { electionModule: 'other' }),
      CloseCode.WRONG_ELECTION_MODULE,
      'by other',
    ],
    ['no incarnation', helloFrame(2, 1, { details: [] }), CloseCode.BAD_FRAME, 'incarnation'],
    ['garbage', Uint8Array.of(1, 2, 3), CloseCode.BAD_FRAME, 'no array'],
  ])('that answers with %s is refused, with a clear line in the log', async (_name, answer, code, reason) => {
    const other = await scriptedServer();
    const { events, logger } = await serverOf(
      1,
      { 2: other.port },
      { ...NO_RETRY, clusterName: 'blue', electionModule: 'fle' },
    );
    const dialled = await other.dialled();
    dialled.send(answer);
    expect((await dialled.ended()).code).toBe(code);
    await until(() => logger.warnings.length > 0, 'the log says why');
    expect(logger.warnings.join()).toContain('cannot reach server 2');
    expect(logger.warnings.join()).toContain(reason);
    expect(events).toEqual([]);
  });

  it('that refuses is quoted in the log', async () => {
    const other = await scriptedServer();
    const { logger } = await serverOf(1, { 2: other.port });
    (await other.dialled()).webSocket.close(CloseCode.UNKNOWN_SERVER, 'server 1 is not in the server list of server 2');
    await until(() => logger.warnings.length > 0, 'the log says why');
    expect(logger.warnings[0]).toContain('server 1 is not in the server list of server 2');
  });

  it('that never answers is given up after the connect timeout, and dialled again', async () => {
    const other = await scriptedServer();
    const options = { connectTimeoutMs: 20, backoffMinMs: 1, backoffMaxMs: 1 };
    const { logger } = await serverOf(1, { 2: other.port }, options);
    await other.dialled(2);
    expect(logger.warnings[0]).toMatch(/no (hello|connection) within 20 ms/);
  });
});

describe('servers with different election modules', () => {
  it('stay apart however often they dial, and each says so once', async () => {
    const often = { backoffMinMs: 1, backoffMaxMs: 2 };
    const listening = await serverOf(2, { 1: 9, 3: 9 }, { ...NO_RETRY, electionModule: 'fle' });
    const others = [1, 3].map((self) => serverOf(self, { 2: listening.port }, { ...often, electionModule: 'other' }));
    const [first, second] = (await Promise.all(others)) as [Served, Served];
    const sentence = 'server 2 elects by fle, server 1 by other: all need one electionModule';
    const repeated = ({ logger }: Served): number => logger.lines.filter(({ level }) => level === 'debug').length;
    await until(() => repeated(first) >= 10 && repeated(second) >= 10, 'both have dialled ten times');
    expect(first.logger.warnings).toEqual([
      expect.stringContaining(`cannot reach server 2: the peer closed: ${sentence}`),
    ]);
    const refusals = listening.logger.warnings.filter((warning) => warning.includes('refused a connection'));
    expect(refusals.toSorted()).toEqual([
      `refused a connection: ${sentence}`,
      `refused a connection: ${sentence.replace('server 1', 'server 3')}`,
    ]);
    expect([...listening.events, ...first.events, ...second.events]).toEqual([]);
  });
});

describe('pauses between dials', () => {
  it('double up to the maximum, are spread, and a new notification cuts them short', async () => {
    const clock = new ManualClock();
    let dials = 0;
    const lookup: LookupFunction = (_name, _options, done) => {
      dials++;
      setImmediate(() => done(Object.assign(new Error('not found'), { code: 'ENOTFOUND' }), '', 0));
    };
    const logger = new RecordingLogger();
    const servers = new Map([...ensembleAt({ 1: 0 }).servers, ...ensembleAt({ 2: 5 }, 'zebu-2').servers]);
    const transport = createElectionTransport(
      { self: serverId(1), ensemble: { version: 0n, servers }, logger, clock, random: seededRandom(1) },
      { lookup, backoffMinMs: 100, backoffMaxMs: 800, connectTimeoutMs: 100_000 },
    );
    closers.push(() => transport.close());
    await transport.start({ onLinkUp: () => {}, onLinkDown: () => {}, onNotification: () => {} });
    const pauses: number[] = [];
    for (let dial = 1; dial <= 6; dial++) {
      // What is pending is the pause; while the dial is under way it is the connect timeout.
      await until(() => dials === dial && clock.pending.every((ms) => ms < 1000), `dial ${dial} has failed`);
      pauses.push(clock.pending[0] as number);
      clock.advance(pauses.at(-1) as number);
    }
    for (const [i, ceiling] of [100, 200, 400, 800, 800].entries()) {
      expect(pauses[i]).toBeGreaterThanOrEqual(ceiling / 2);
      expect(pauses[i]).toBeLessThanOrEqual(ceiling);
    }
    await until(() => dials === 7 && clock.pending.every((ms) => ms < 1000), 'dial 7 has failed');
    transport.send(serverId(2), notification(1));
    expect(clock.pending).toEqual([100]);
    clock.advance(100);
    await until(() => dials === 8, 'the notification has led to a dial');
    expect(logger.warnings).toHaveLength(1);
    expect(logger.warnings[0]).toContain('not found');
  });

  it('are none once both are there: a dial of either links at once', async () => {
    const { port, events } = await serverOf(2, { 1: 9 }, NO_RETRY);
    await ScriptedPeer.linked(port, helloFrame(1, 2));
    expect(events).toEqual(['up 1']);
  });
});

describe('host names', () => {
  it('are looked up anew for every dial', async () => {
    const peer = await scriptedServer();
    // Nothing listens on the first address; the name has moved by the second dial.
    const addresses = ['127.0.0.9', '127.0.0.1'];
    const lookup: LookupFunction = (_name, options, done) => {
      const address = addresses.length > 1 ? (addresses.shift() as string) : (addresses[0] as string);
      if (options.all === true) done(null, [{ address, family: 4 }]);
      else done(null, address, 4);
    };
    const servers = new Map([...ensembleAt({ 1: 0 }).servers, ...ensembleAt({ 2: peer.port }, 'zebu-2').servers]);
    const transport = createElectionTransport(
      {
        self: serverId(1),
        ensemble: { version: 0n, servers },
        logger: new RecordingLogger(),
        clock: realClock,
        random: seededRandom(1),
      },
      { lookup, backoffMinMs: 1, backoffMaxMs: 1 },
    );
    closers.push(() => transport.close());
    const ups: number[] = [];
    await transport.start({ onLinkUp: (id) => ups.push(id), onLinkDown: () => {}, onNotification: () => {} });
    (await peer.dialled()).send(helloFrame(2, 1));
    await until(() => ups.length === 1, 'the link is up');
    expect(addresses).toEqual(['127.0.0.1']);
  });
});

describe('a peer that does not read', () => {
  it('costs a bounded queue, and gets the newest notification when it reads again', async () => {
    const { port, transport } = await serverOf(2, { 1: 9 });
    const peer = await ScriptedPeer.linked(port, helloFrame(1, 2));
    peer.webSocket.pause();
    const count = 10_000;
    for (let round = 1; round <= count; round++) transport.send(serverId(1), notification(round, 4096));
    peer.webSocket.resume();
    const newest = (): number => roundOf(peer.frames.at(-1) as Uint8Array);
    await until(() => peer.frames.length > 1 && newest() === count, 'the newest has arrived');
    const rounds = peer.frames.slice(1).map(roundOf);
    expect(rounds.length).toBeLessThan(count);
    expect(rounds).toEqual(rounds.toSorted((a, b) => a - b));
  });
});
