// What a stranger, or a broken peer, may send to the election and the quorum port. It costs the sender its connection; the server, its other
// links and its next ones are as they were.

import { once } from 'node:events';
import type { Ensemble } from '@zebu/protocol';
import { QUORUM_PROTOCOL_VERSION } from '@zebu/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Purpose } from '../src/hello.ts';
import { createElectionTransport, createQuorumTransport, type Listening } from '../src/index.ts';
import { pack } from '../src/msgpack.ts';
import { CloseCode } from '../src/refusal.ts';
import { ensembleAt, realClock, RecordingLogger, seededRandom, serverId, until } from './environment.ts';
import { frameBytes, helloFrame, rawConnection, readToEnd, ScriptedPeer, upgradedConnection } from './scripted-peer.ts';

/** A server with id 1 in the cluster 'blue'; peers 2 and 3 are scripted. */
interface Subject {
  readonly port: number;
  readonly purpose: Purpose;
  readonly logger: RecordingLogger;
  /** Link events since the start, by peer. */
  readonly ups: number[];
  readonly downs: number[];
  readonly delivered: () => number;
  /** Any well-formed message. */
  readonly message: Uint8Array;
  close(): Promise<void>;
}

const MAX_FRAME_BYTES = 100_000;
const OPTIONS = {
  clusterName: 'blue',
  maxFrameBytes: MAX_FRAME_BYTES,
  connectTimeoutMs: 10_000,
  maxUnlistedServers: 0,
};
// The scripted peers listen nowhere: what counts here is what arrives.
const ENSEMBLE: Ensemble = ensembleAt({ 1: 0, 2: 9, 3: 9 });

describe.each([
  ['election', electionSubject],
  ['quorum', quorumSubject],
] as const)('on the %s port', (name, open) => {
  let subject: Subject;
  let witness: ScriptedPeer;
  const hello = (from: number, more = {}): Uint8Array => helloFrame(from, 1, { purpose: subject.purpose, ...more });

  beforeEach(async () => {
    subject = await open();
    witness = await ScriptedPeer.linked(subject.port, hello(2));
  });
  afterEach(async () => {
    witness.webSocket.terminate();
    await subject.close();
  });

  /** The link of before still carries messages, and a new one can be made. */
  async function unharmed(): Promise<void> {
    const before = subject.delivered();
    witness.send(subject.message);
    await until(() => subject.delivered() === before + 1, 'the old link carries a message');
    const newcomer = await ScriptedPeer.linked(subject.port, hello(3, { details: [0, 7, 99] }));
    newcomer.send(subject.message);
    await until(() => subject.delivered() === before + 2, 'a new link carries a message');
    expect(subject.downs.filter((peer) => peer === 2)).toEqual([]);
    newcomer.webSocket.terminate();
  }

  it.each([
    ['binary garbage', Buffer.from([0, 0, 0, 45, 0xff, 0xfe, 0x80, 1, 2, 3])],
    ['another protocol', Buffer.from('EHLO stranger\r\n\r\n')],
    ['half an HTTP request and garbage', Buffer.from('GET / HTTP/1.1\r\nHost: \u0000\u0001\r\n\r\n')],
  ])('closes on %s', async (_name, bytes) => {
    const socket = await rawConnection(subject.port);
    socket.write(bytes);
    await readToEnd(socket);
    expect(subject.logger.warnings.join()).toContain('speaks another protocol');
    await unharmed();
  });

  it('answers an HTTP request with what this port is', async () => {
    const socket = await rawConnection(subject.port);
    socket.write('GET /commands HTTP/1.1\r\nHost: zebu\r\n\r\n');
    const answer = await readToEnd(socket);
    expect(answer).toContain('426 Upgrade Required');
    expect(answer).toContain(`the ${name} port`);
    await unharmed();
  });

  it('closes on a handshake that is no WebSocket handshake', async () => {
    const socket = await rawConnection(subject.port);
    socket.write('GET / HTTP/1.1\r\nHost: zebu\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
    expect(await readToEnd(socket)).toContain('400 Bad Request');
    await unharmed();
  });

  it('survives a connection that ends at once, or in the middle of its hello', async () => {
    (await rawConnection(subject.port)).resetAndDestroy();
    const socket = await upgradedConnection(subject.port);
    socket.end(frameBytes(hello(3).subarray(0, 5), hello(3).length));
    await readToEnd(socket);
    await unharmed();
  });

  it.each<[string, () => Uint8Array | string, number]>([
    ['a text frame', () => 'hello', CloseCode.BAD_FRAME],
    ['an empty frame', () => new Uint8Array(0), CloseCode.BAD_FRAME],
    ['garbage', () => Uint8Array.of(0xc1, 0xff, 0x00), CloseCode.BAD_FRAME],
    ['a truncated hello', () => hello(3).subarray(0, -3), CloseCode.BAD_FRAME],
    ['a map', () => Uint8Array.of(0x81, 0x01, 0x02), CloseCode.BAD_FRAME],
    ['a message before the hello', () => subject.message, CloseCode.BAD_FRAME],
    ['another version', () => pack(['zebu', QUORUM_PROTOCOL_VERSION + 1]), CloseCode.WRONG_VERSION],
    ['an unknown server', () => hello(9), CloseCode.UNKNOWN_SERVER],
    ['its own id', () => hello(1), CloseCode.WRONG_SERVER],
    ['another id meant', () => hello(3, { to: serverId(2) }), CloseCode.WRONG_SERVER],
    ['another cluster', () => hello(3, { clusterName: 'red' }), CloseCode.WRONG_CLUSTER],
    [
      'the other port meant',
      () => hello(3, { purpose: name === 'quorum' ? 'election' : 'quorum' }),
      CloseCode.WRONG_SERVER,
    ],
  ])('refuses a hello that is %s, with code and reason', async (_name, first, code) => {
    const peer = await ScriptedPeer.dial(subject.port);
    peer.send(first());
    const end = await peer.ended();
    expect(end.code).toBe(code);
    expect(end.reason).not.toBe('');
    expect(subject.logger.warnings.at(-1)).toContain(end.reason);
    expect(peer.frames).toEqual([]);
    await unharmed();
  });

  it('takes a hello without a cluster name', async () => {
    const peer = await ScriptedPeer.linked(subject.port, hello(3, { clusterName: '' }));
    expect(subject.ups).toContain(3);
    peer.webSocket.terminate();
  });

  it('refuses a first frame larger than any hello, long before the frame limit', async () => {
    const socket = await upgradedConnection(subject.port);
    socket.write(frameBytes(new Uint8Array(50_000), MAX_FRAME_BYTES - 1));
    await readToEnd(socket);
    expect(subject.logger.warnings.join()).toContain('sent no hello');
    await unharmed();
  });

  it.each<[string, () => Uint8Array | string]>([
    ['a text frame', () => 'hello'],
    ['an empty frame', () => new Uint8Array(0)],
    ['garbage', () => Uint8Array.of(0xc1, 0xff, 0x00)],
    ['a truncated message', () => subject.message.subarray(0, -1)],
    ['a message of another shape', () => pack(['abc', 1, 2])],
    ['integers out of range', () => pack([4, -1, 2 ** 31])],
    ['a map', () => Uint8Array.of(0x81, 0x01, 0x02)],
    ['arrays without end', () => new Uint8Array(50_000).fill(0x91)],
    ['a frame over the limit', () => new Uint8Array(MAX_FRAME_BYTES + 1)],
  ])('closes a link on %s', async (_name, frame) => {
    const peer = await ScriptedPeer.linked(subject.port, hello(3));
    const before = subject.delivered();
    peer.send(frame());
    const { code } = await peer.ended();
    expect([CloseCode.BAD_FRAME, 1009]).toContain(code);
    await until(() => subject.downs.includes(3), 'the link is down');
    expect(subject.delivered()).toBe(before);
    expect(subject.logger.warnings.join()).toContain('bad frame');
    await unharmed();
  });

  it('closes a link on a text frame, even of the right bytes', async () => {
    const peer = await ScriptedPeer.linked(subject.port, hello(3));
    const before = subject.delivered();
    peer.webSocket.send(subject.message, { binary: false });
    expect((await peer.ended()).reason).toContain('text frame');
    expect(subject.delivered()).toBe(before);
    await unharmed();
  });

  it('refuses a frame over the limit by its header', async () => {
    const socket = await upgradedConnection(subject.port);
    socket.write(frameBytes(hello(3)));
    await until(() => subject.ups.includes(3), 'the link is up');
    socket.write(frameBytes(new Uint8Array(0), 2 ** 40));
    await until(() => subject.downs.includes(3), 'the link is down');
    socket.destroy();
    await unharmed();
  });

  it('closes a link on bytes that are no WebSocket frame', async () => {
    const socket = await upgradedConnection(subject.port);
    socket.write(frameBytes(hello(3)));
    await until(() => subject.ups.includes(3), 'the link is up');
    socket.write(Buffer.from('\u00ff\u00ff\u00ff\u00ff garbage', 'latin1'));
    await until(() => subject.downs.includes(3), 'the link is down');
    socket.destroy();
    await unharmed();
  });

  it('closes the oldest of too many connections without a hello', async () => {
    const first = await rawConnection(subject.port);
    const firstClosed = once(first, 'close');
    const others = await Promise.all(Array.from({ length: 140 }, () => rawConnection(subject.port)));
    await firstClosed;
    expect(subject.logger.warnings.join()).toContain('too many connections without a hello');
    await unharmed();
    for (const socket of others) socket.destroy();
  });
});

async function electionSubject(): Promise<Subject> {
  const logger = new RecordingLogger();
  const transport = createElectionTransport(dependencies(logger), { ...OPTIONS, backoffMinMs: 60_000 });
  const events = { ups: [] as number[], downs: [] as number[], delivered: 0 };
  await transport.start({
    onLinkUp: (peer) => events.ups.push(peer),
    onLinkDown: (peer) => events.downs.push(peer),
    onNotification: () => events.delivered++,
  });
  // No retries for a minute: only the scripted peers' own dials count.
  const message = pack([0, 1, 0, 5, 1, 0, 1, 0, 0]);
  return subjectOf(transport, { purpose: 'election', logger, message, ...events, delivered: () => events.delivered });
}

async function quorumSubject(): Promise<Subject> {
  const logger = new RecordingLogger();
  const transport = createQuorumTransport(dependencies(logger), OPTIONS);
  const peers = new Map<number, number>();
  const events = { ups: [] as number[], downs: [] as number[], delivered: 0 };
  await transport.start({
    onLinkUp: (link, peer) => {
      peers.set(link, peer);
      events.ups.push(peer);
    },
    onLinkDown: (link) => events.downs.push(peers.get(link) as number),
    onPackets: (_link, packets) => {
      events.delivered += packets.length;
    },
    onSnapshot: () => {},
  });
  const message = pack([4, 1, 2]);
  return subjectOf(transport, { purpose: 'quorum', logger, message, ...events, delivered: () => events.delivered });
}

const dependencies = (logger: RecordingLogger) => ({
  self: serverId(1),
  ensemble: ENSEMBLE,
  logger,
  clock: realClock,
  random: seededRandom(1),
});

function subjectOf(transport: Listening & { close(): Promise<void> }, rest: Omit<Subject, 'port' | 'close'>): Subject {
  const { port } = transport.listeningAddress as { port: number };
  return { ...rest, port, close: () => transport.close() };
}
