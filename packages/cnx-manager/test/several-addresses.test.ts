// Servers with several addresses: all are listened on, the first that answers is taken, and one that answers no more is left for another.

import type { Ensemble, Notification, PeerAddresses, ServerId, ServerSpecification, Zxid } from '@zebu/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { createElectionTransport, type ElectionTransportOptions } from '../src/index.ts';
import { ManualClock, realClock, RecordingLogger, seededRandom, serverId, until } from './environment.ts';
import { decodeNotification } from '../src/notification-codec.ts';
import { helloFrame, rawConnection, ScriptedPeer, ScriptedServer } from './scripted-peer.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** For documentation (RFC 5737): nobody has it, and this machine cannot listen there. */
const NOWHERE = '192.0.2.1';

type Place = readonly [host: string, port: number];

function ensembleOf(servers: Readonly<Record<number, readonly Place[]>>): Ensemble {
  const specifications = Object.entries(servers).map(([id, places]): [ServerId, ServerSpecification] => {
    const [first, ...others] = places.map(([host, port]): PeerAddresses => {
      return { quorumAddress: { host, port }, electionAddress: { host, port } };
    });
    const several = others.length === 0 ? {} : { otherAddresses: others };
    return [
      serverId(Number(id)),
      { id: serverId(Number(id)), role: 'participant', ...(first as PeerAddresses), ...several },
    ];
  });
  return { version: 0n, servers: new Map(specifications) };
}

async function serverOf(
  servers: Readonly<Record<number, readonly Place[]>>,
  options: ElectionTransportOptions = {},
  clock: ManualClock | typeof realClock = realClock,
) {
  const logger = new RecordingLogger();
  const dependencies = { self: serverId(3), ensemble: ensembleOf(servers), logger, clock, random: seededRandom(3) };
  const transport = createElectionTransport(dependencies, options);
  closers.push(() => transport.close());
  const events: string[] = [];
  await transport.start({
    onLinkUp: (peer) => events.push(`up ${peer}`),
    onLinkDown: (peer) => events.push(`down ${peer}`),
    onNotification: () => {},
  });
  return { transport, logger, events };
}

async function scriptedServer(): Promise<ScriptedServer> {
  const server = await ScriptedServer.open();
  closers.push(() => server.close());
  return server;
}

/** Nobody listens there, a moment ago. */
async function freePort(): Promise<number> {
  const server = await ScriptedServer.open();
  const { port } = server;
  await server.close();
  return port;
}

const notification = (round: number): Notification => ({
  state: 'LOOKING',
  vote: { leader: serverId(1), zxid: 1n as Zxid, peerEpoch: 1 as never },
  electionEpoch: BigInt(round),
  configVersion: 0n,
});

describe('a server with several addresses', () => {
  it('is dialled at the first that answers, whatever its place in the list', async () => {
    const other = await scriptedServer();
    const closed = await freePort();
    const places = [
      [NOWHERE, other.port],
      ['127.0.0.1', closed],
      ['127.0.0.1', other.port],
    ] as const;
    const { logger } = await serverOf({ 1: places, 3: [['127.0.0.1', 0]] });
    (await other.dialled()).send(helloFrame(1, 3));
    await until(() => logger.lines.some(({ message }) => message === 'election connection up'), 'the connection is up');
    expect(logger.warnings).toEqual([]);
    expect(other.peers).toHaveLength(1);
  });

  it('is not reached when none of them answers, and the log names all', async () => {
    const [one, two] = [await freePort(), await freePort()];
    const { logger } = await serverOf({
      1: [
        ['127.0.0.1', one],
        ['127.0.0.1', two],
      ],
      3: [['127.0.0.1', 0]],
    });
    await until(() => logger.warnings.length > 0, 'the dial has failed');
    expect(logger.warnings[0]).toContain(`:${one}, connect ECONNREFUSED`);
    const line = logger.lines.find(({ level }) => level === 'warn');
    expect(line?.fields).toMatchObject({ peer: 1, address: `127.0.0.1:${one}|127.0.0.1:${two}` });
  });
});

describe("several addresses of one's own", () => {
  it('are all listened on, and those that cannot be had do not keep it from starting', async () => {
    const [one, two] = [await freePort(), await freePort()];
    const own = [
      ['127.0.0.1', one],
      [NOWHERE, one],
      ['127.0.0.1', two],
    ] as const;
    const { logger } = await serverOf({ 1: [['127.0.0.1', 9]], 3: own });
    for (const port of [one, two]) (await ScriptedPeer.linked(port, helloFrame(1, 3))).webSocket.terminate();
    await until(() => logger.warnings.some((warning) => warning.includes(NOWHERE)), 'the log says what is not had');
  });

  it('are each logged once while they cannot be had, however often they are tried', async () => {
    const clock = new ManualClock();
    const port = await freePort();
    const own = [
      ['127.0.0.1', port],
      [NOWHERE, port],
      [NOWHERE, port + 1],
    ] as const;
    const { logger } = await serverOf({ 1: [['127.0.0.1', 9]], 3: own }, {}, clock);
    const said = (level: string): number =>
      logger.lines.filter((line) => line.level === level && line.message.includes(NOWHERE)).length;
    await until(() => said('warn') === 2, 'both are missed');
    for (const tries of [2, 4]) {
      await until(() => (clock.advance(1000), said('debug') >= tries), 'both are tried again');
    }
    expect(said('warn')).toBe(2);
  });

  it('end the start when none can be had', async () => {
    await expect(
      serverOf({
        1: [['127.0.0.1', 9]],
        3: [
          [NOWHERE, 1024],
          [NOWHERE, 1025],
        ],
      }),
    ).rejects.toThrow(/cannot listen/);
  });

  it('are one where all addresses of a port are listened on', async () => {
    const port = await freePort();
    const own = [
      [NOWHERE, port],
      ['127.0.0.1', port],
    ] as const;
    const { logger } = await serverOf({ 1: [['127.0.0.1', 9]], 3: own }, { listenOnAllAddresses: true });
    (await ScriptedPeer.linked(port, helloFrame(1, 3))).webSocket.terminate();
    expect(logger.warnings.filter((warning) => warning.includes('listen'))).toEqual([]);
  });

  it('come and go with the ensemble, and connections stay', async () => {
    const [one, two] = [await freePort(), await freePort()];
    const peer = { 1: [['127.0.0.1', 9]] } as const;
    const { transport, events } = await serverOf({ ...peer, 3: [['127.0.0.1', one]] });
    transport.setEnsemble(
      ensembleOf({
        ...peer,
        3: [
          ['127.0.0.1', one],
          ['127.0.0.1', two],
        ],
      }),
    );
    const listens = (port: number): Promise<boolean> =>
      rawConnection(port).then(
        (socket) => (socket.destroy(), true),
        () => false,
      );
    const deadline = Date.now() + 10_000;
    while (!(await listens(two)) && Date.now() < deadline);
    await ScriptedPeer.linked(two, helloFrame(1, 3));
    transport.setEnsemble(ensembleOf({ ...peer, 3: [['127.0.0.1', one]] }));
    while ((await listens(two)) && Date.now() < deadline);
    expect(await listens(two)).toBe(false);
    expect(await listens(one)).toBe(true);
    expect(events).toEqual(['up 1']);
  });
});

describe('a connection whose address answers no more', () => {
  const places = (port: number): readonly Place[] => [
    ['127.0.0.1', port],
    [NOWHERE, port],
  ];
  const CHECKED = { reachabilityTimeoutMs: 500, connectTimeoutMs: 60_000 };

  async function linked(options: ElectionTransportOptions) {
    const other = await scriptedServer();
    const clock = new ManualClock();
    const server = await serverOf({ 1: places(other.port), 3: [['127.0.0.1', 0]] }, options, clock);
    (await other.dialled()).send(helloFrame(1, 3));
    await until(() => server.events.length === 1, 'the connection is up');
    return { ...server, other, clock };
  }

  it('is given up when something is to be sent, and that is said over the next', async () => {
    const { transport, other, clock, events, logger } = await linked(CHECKED);
    transport.send(serverId(1), notification(7));
    // Before the check could hear anything.
    clock.advance(500);
    expect(events).toEqual(['up 1', 'down 1']);
    expect(logger.warnings.join()).toMatch(
      /gave up the connection to server 1: 127\.0\.0\.1:\d+ does not answer any more/,
    );
    clock.advance(10_000);
    const again = await nextDial(other);
    again.send(helloFrame(1, 3, { details: [0, 1, 2] }));
    await until(() => again.frames.length > 1, 'the notification has come again');
    expect(Number(decodeNotification(again.frames[1] as Uint8Array).electionEpoch)).toBe(7);
  });

  /** The peer of the next dial, once it has said hello. */
  async function nextDial(other: ScriptedServer): Promise<ScriptedPeer> {
    const nth = other.peers.findIndex((peer, index) => index > 0 && peer.frames.length > 0);
    if (nth > 0) return other.peers[nth] as ScriptedPeer;
    return other.dialled(2);
  }

  it('stays while it answers, and is not asked where that is off, or where there is no other', async () => {
    const answering = await linked(CHECKED);
    answering.transport.send(serverId(1), notification(1));
    // Long enough for the answer of this machine, and nothing of the clock.
    await until(() => (answering.other.peers[0]?.frames.length ?? 0) > 1, 'the notification has come');
    await new Promise((resolve) => setTimeout(resolve, 100));
    answering.clock.advance(500);
    expect(answering.events).toEqual(['up 1']);

    const off = await linked({ connectTimeoutMs: 60_000 });
    off.transport.send(serverId(1), notification(1));
    off.clock.advance(500);
    expect(off.events).toEqual(['up 1']);
  });
});
