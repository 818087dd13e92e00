// Links of the quorum port at their limits, against real and scripted peers.

import { once } from 'node:events';
import type { LinkId, QuorumTransport } from '@zebu/interfaces';
import { makeZxid, type QuorumPacket } from '@zebu/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { createQuorumTransport, type Listening, SnapshotStreamError, type TransportOptions } from '../src/index.ts';
import { encodePacket, encodeSnapshotOffer } from '../src/packet-encoder.ts';
import { CloseCode } from '../src/refusal.ts';
import { ensembleAt, realClock, RecordingLogger, seededRandom, serverId, until } from './environment.ts';
import { helloFrame, rawConnection, ScriptedPeer, ScriptedServer } from './scripted-peer.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Server {
  readonly transport: QuorumTransport & Listening;
  readonly port: number;
  readonly logger: RecordingLogger;
  readonly ups: { readonly link: LinkId; readonly peer: number }[];
  readonly downs: { readonly link: LinkId; readonly reason: string }[];
  readonly batches: QuorumPacket[][];
  readonly streams: AsyncIterable<Uint8Array>[];
}

async function serverOf(self: number, peers: Record<number, number>, options: TransportOptions = {}): Promise<Server> {
  const logger = new RecordingLogger();
  const ensemble = ensembleAt({ ...peers, [self]: 0 });
  const transport = createQuorumTransport(
    { self: serverId(self), ensemble, logger, clock: realClock, random: seededRandom(self) },
    options,
  );
  closers.push(() => transport.close());
  const seen = { ups: [], downs: [], batches: [], streams: [] } as Pick<
    Server,
    'ups' | 'downs' | 'batches' | 'streams'
  >;
  await transport.start({
    onLinkUp: (link, peer) => seen.ups.push({ link, peer }),
    onLinkDown: (link, reason) => seen.downs.push({ link, reason }),
    onPackets: (_link, packets) => seen.batches.push(packets),
    onSnapshot: (_link, chunks) => seen.streams.push(chunks),
  });
  const { port } = transport.listeningAddress as { port: number };
  return { transport, port, logger, ...seen };
}

async function scriptedServer(): Promise<ScriptedServer> {
  const server = await ScriptedServer.open();
  closers.push(() => server.close());
  return server;
}

/** Server 1 dials server 2. */
async function pair(options: TransportOptions = {}) {
  const leader = await serverOf(2, { 1: 9 }, options);
  const learner = await serverOf(1, { 2: leader.port }, options);
  const link = learner.transport.connect(serverId(2));
  await until(() => learner.ups.length === 1 && leader.ups.length === 1, 'the link is up');
  return { leader, learner, outgoing: link, incoming: leader.ups[0]?.link as LinkId };
}

const commitOf = (counter: number): QuorumPacket => ({ type: 'COMMIT', zxid: makeZxid(1 as never, counter) });
const proposalOf = (bytes: number): QuorumPacket => ({ type: 'PROPOSAL', txns: [new Uint8Array(bytes)] });
const quorumHello = (from: number, to: number, details: readonly number[] = []): Uint8Array =>
  helloFrame(from, to, { purpose: 'quorum', details });

describe('frames', () => {
  it('stay under the limit however much is sent in one turn', async () => {
    const { leader, learner, outgoing } = await pair({ maxFrameBytes: 10_000 });
    learner.transport.send(
      outgoing,
      Array.from({ length: 100 }, () => proposalOf(1000)),
    );
    await until(() => leader.batches.flat().length === 100, 'all have arrived');
    expect(leader.batches.length).toBeGreaterThanOrEqual(10);
    expect(leader.downs).toEqual([]);
  });

  it('carry a packet that is longer than a batch should be', async () => {
    const { leader, learner, outgoing } = await pair();
    learner.transport.send(outgoing, [commitOf(1), proposalOf(3_000_000), commitOf(2)]);
    await until(() => leader.batches.flat().length === 3, 'all have arrived');
    expect(leader.batches.flat().map((packet) => packet.type)).toEqual(['COMMIT', 'PROPOSAL', 'COMMIT']);
  });

  it('break the link, not the server, when one packet alone exceeds the limit', async () => {
    const { leader, learner, outgoing } = await pair({ maxFrameBytes: 10_000 });
    learner.transport.send(outgoing, [commitOf(1), proposalOf(20_000), commitOf(2)]);
    expect(learner.downs).toEqual([]);
    await until(() => learner.downs.length === 1 && leader.downs.length === 1, 'both ends are down');
    expect(learner.downs[0]?.reason).toContain('exceeds the frame limit');
    expect(leader.batches.flat()).toEqual([commitOf(1)]);
  });
});

describe('a link', () => {
  it('delivers what was sent before closeLink()', async () => {
    const { leader, learner, outgoing } = await pair();
    learner.transport.send(outgoing, [commitOf(1), proposalOf(500_000)]);
    learner.transport.closeLink(outgoing);
    await until(() => leader.downs.length === 1, 'the peer sees the link down');
    expect(leader.batches.flat().map((packet) => packet.type)).toEqual(['COMMIT', 'PROPOSAL']);
  });

  it('delivers what was sent while it was being dialled', async () => {
    const leader = await serverOf(2, { 1: 9 });
    const learner = await serverOf(1, { 2: leader.port });
    const link = learner.transport.connect(serverId(2));
    learner.transport.send(link, [commitOf(1)]);
    expect(learner.transport.queuedBytes(link)).toBeGreaterThan(0);
    await until(() => leader.batches.length === 1, 'it has arrived');
    expect(leader.batches).toEqual([[commitOf(1)]]);
  });

  it('tells nothing more after closeLink(), not even what was about to be told', async () => {
    const { learner, outgoing } = await pair({ maxFrameBytes: 10_000 });
    learner.transport.send(outgoing, [proposalOf(20_000)]);
    learner.transport.closeLink(outgoing);
    const failing = learner.transport.connect(serverId(9));
    await until(() => learner.downs.length === 1, 'the later connect has failed');
    expect(learner.downs[0]?.link).toBe(failing);
  });

  it('is given up when the peer does not answer within the connect timeout', async () => {
    const silent = await scriptedServer();
    const learner = await serverOf(1, { 2: silent.port }, { connectTimeoutMs: 20 });
    learner.transport.connect(serverId(2));
    await until(() => learner.downs.length === 1, 'the connect has failed');
    expect(learner.downs[0]?.reason).toMatch(/no (hello|connection) within 20 ms/);
    await silent.peers[0]?.ended();
  });

  it.each<[string, Uint8Array, string]>([
    ['another server', quorumHello(3, 1, [1]), 'server 2 was dialled, server 3 answered'],
    ['no link number', quorumHello(2, 1), 'hello without a link number'],
    ['a map', Uint8Array.of(0x80), 'is not used between servers'],
  ])('is given up when %s answers', async (_name, answer, reason) => {
    const other = await scriptedServer();
    const learner = await serverOf(1, { 2: other.port });
    learner.transport.connect(serverId(2));
    (await other.dialled()).send(answer);
    await until(() => learner.downs.length === 1, 'the connect has failed');
    expect(learner.downs[0]?.reason).toContain(reason);
    expect(learner.logger.warnings.join()).toContain(reason);
  });

  it('is refused to a connect at a port where something else answers', async () => {
    const election = await scriptedServer();
    const learner = await serverOf(1, { 2: election.port });
    learner.transport.connect(serverId(2));
    (await election.dialled()).webSocket.close(CloseCode.WRONG_SERVER, 'quorum connection on the election port');
    await until(() => learner.downs.length === 1, 'the connect has failed');
    expect(learner.downs[0]?.reason).toContain('quorum connection on the election port');
  });

  it('is taken from a peer that has many, and its oldest closed', async () => {
    const leader = await serverOf(2, { 1: 9 });
    const peers: ScriptedPeer[] = [];
    for (let i = 0; i < 9; i++) peers.push(await ScriptedPeer.linked(leader.port, quorumHello(1, 2)));
    await peers[0]?.ended();
    expect(leader.downs).toEqual([{ link: leader.ups[0]?.link, reason: 'too many links of this server' }]);
  });
});

describe('a stranger', () => {
  it('that says nothing is closed after the connect timeout', async () => {
    const { port, logger } = await serverOf(2, { 1: 9 }, { connectTimeoutMs: 20 });
    const socket = await rawConnection(port);
    await once(socket, 'close');
    expect(logger.warnings).toEqual(['closed a connection that sent no hello in time']);
  });
});

describe('a snapshot stream', () => {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(10);
  }
  const streamHello = (details: readonly number[]): Uint8Array => helloFrame(1, 2, { purpose: 'snapshot', details });

  it('is refused for a link that is down, or was never there, or is another server\u2019s', async () => {
    const leader = await serverOf(2, { 1: 9, 3: 9 });
    await ScriptedPeer.linked(leader.port, quorumHello(3, 2));
    for (const details of [[], [77, 2], [leader.ups[0]?.link as number, 2]]) {
      const stream = await ScriptedPeer.dial(leader.port);
      stream.send(streamHello(details));
      expect((await stream.ended()).code).toBe(CloseCode.UNKNOWN_LINK);
    }
  });

  it('is refused when nobody offered it', async () => {
    const leader = await serverOf(2, { 1: 9 });
    await ScriptedPeer.linked(leader.port, quorumHello(1, 2));
    const stream = await ScriptedPeer.dial(leader.port);
    stream.send(streamHello([leader.ups[0]?.link as number, 2]));
    expect((await stream.ended()).code).toBe(CloseCode.STREAM_BROKEN);
    expect(leader.streams).toEqual([]);
  });

  it('waits for its offer when it arrives first', async () => {
    const leader = await serverOf(2, { 1: 9 });
    const link = await ScriptedPeer.linked(leader.port, quorumHello(1, 2));
    const stream = await ScriptedPeer.dial(leader.port);
    stream.send(streamHello([leader.ups[0]?.link as number, 1]));
    link.send(encodePacket(commitOf(1)));
    await until(() => leader.batches.length === 1, 'the link was read');
    expect(stream.frames).toEqual([]);
    link.send(encodeSnapshotOffer(1));
    await until(() => stream.frames.length === 1, 'the stream is answered');
    expect(leader.streams).toHaveLength(1);
  });

  it('that the peer never connects is given up after the connect timeout', async () => {
    const leader = await serverOf(2, { 1: 9 }, { connectTimeoutMs: 50 });
    const link = await ScriptedPeer.linked(leader.port, quorumHello(1, 2));
    const sending = leader.transport.sendSnapshot(leader.ups[0]?.link as LinkId, chunks());
    await expect(sending).rejects.toThrow('it did not connect within 50 ms');
    await expect(sending).rejects.toBeInstanceOf(SnapshotStreamError);
    expect(link.closed).toBeUndefined();
  });

  it('breaks when its reader sends something', async () => {
    const leader = await serverOf(2, { 1: 9 });
    await ScriptedPeer.linked(leader.port, quorumHello(1, 2));
    const link = leader.ups[0]?.link as LinkId;
    const sending = expect(leader.transport.sendSnapshot(link, endless())).rejects.toThrow('bad frame');
    const stream = await ScriptedPeer.linked(leader.port, streamHello([link, 2]));
    stream.send(Uint8Array.of(1));
    expect((await stream.ended()).code).toBe(CloseCode.BAD_FRAME);
    await sending;
    expect(leader.downs).toEqual([]);
  });

  it('costs the link of a peer that offers too many', async () => {
    const leader = await serverOf(2, { 1: 9 });
    const link = await ScriptedPeer.linked(leader.port, quorumHello(1, 2));
    for (const stream of [1, 3, 5, 7, 9]) link.send(encodeSnapshotOffer(stream));
    expect((await link.ended()).reason).toContain('more than 4 snapshot streams');
    expect(leader.downs).toHaveLength(1);
  });

  it('costs the link of a peer that offers a stream which is not its own', async () => {
    const leader = await serverOf(2, { 1: 9 });
    const link = await ScriptedPeer.linked(leader.port, quorumHello(1, 2));
    link.send(encodeSnapshotOffer(2));
    expect((await link.ended()).code).toBe(CloseCode.BAD_FRAME);
  });
});

describe('close()', () => {
  it('leaves no socket behind', async () => {
    const sockets = (): string[] => process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'));
    const before = sockets().length;
    const { leader, learner, incoming } = await pair();
    const silent = await rawConnection(leader.port);
    const sending = expect(leader.transport.sendSnapshot(incoming, endless())).rejects.toThrow();
    await until(() => learner.streams.length === 1, 'the stream has arrived');
    learner.transport.connect(serverId(2));
    await Promise.all([leader.transport.close(), learner.transport.close()]);
    await sending;
    silent.destroy();
    await until(() => sockets().length <= before, 'no socket is left');
    expect(leader.transport.listeningAddress).toBeUndefined();
  });
});

describe('close() with a peer that does not read', () => {
  it('does not wait for it', async () => {
    const sockets = (): number => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const other = await scriptedServer();
    const learner = await serverOf(1, { 2: other.port });
    const before = sockets();
    learner.transport.connect(serverId(2));
    const peer = await other.dialled();
    peer.send(quorumHello(2, 1, [1]));
    await until(() => learner.ups.length === 1, 'the link is up');
    peer.webSocket.pause();
    await learner.transport.close();
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    // Only the peer's own end is left.
    expect(sockets()).toBe(before + 1);
  });
});

async function* endless(): AsyncGenerator<Uint8Array> {
  for (;;) yield new Uint8Array(10_000);
}
