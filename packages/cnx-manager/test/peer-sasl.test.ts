// SASL between servers: the three steps in which it is switched on, and who stays outside.

import type { QuorumTransport } from '@zebu/interfaces';
import { QUORUM_PROTOCOL_VERSION } from '@zebu/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createElectionTransport,
  createQuorumTransport,
  type Listening,
  type PeerSasl,
  type TransportOptions,
} from '../src/index.ts';
import { pack } from '../src/msgpack.ts';
import { encodeSasl } from '../src/peer-sasl.ts';
import { CloseCode } from '../src/refusal.ts';
import { ensembleAt, realClock, RecordingLogger, seededRandom, serverId, until } from './environment.ts';
import { peerSasl } from './peer-sasl-settings.ts';
import { helloFrame, ScriptedPeer, ScriptedServer } from './scripted-peer.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Server {
  readonly transport: QuorumTransport & Listening;
  readonly port: number;
  readonly logger: RecordingLogger;
  readonly ups: unknown[];
  readonly downs: string[];
  readonly snapshots: AsyncIterable<Uint8Array>[];
}

const withSasl = (sasl: PeerSasl | undefined): TransportOptions => (sasl === undefined ? {} : { sasl });

async function serverOf(self: number, peers: Record<number, number>, sasl: PeerSasl | undefined): Promise<Server> {
  const logger = new RecordingLogger();
  const ensemble = ensembleAt({ ...peers, [self]: 0 });
  const transport = createQuorumTransport(
    { self: serverId(self), ensemble, logger, clock: realClock, random: seededRandom(self) },
    withSasl(sasl),
  );
  closers.push(() => transport.close());
  const seen = { ups: [], downs: [], snapshots: [] } as Pick<Server, 'ups' | 'downs' | 'snapshots'>;
  await transport.start({
    onLinkUp: (link) => seen.ups.push(link),
    onLinkDown: (_link, reason) => seen.downs.push(reason),
    onPackets: () => {},
    onSnapshot: (_link, chunks) => seen.snapshots.push(chunks),
  });
  return { transport, logger, port: transport.listeningAddress?.port ?? 0, ...seen };
}

/** Server 1 dials server 2; resolves once that is decided. */
async function pair(learnerSasl: PeerSasl | undefined, leaderSasl: PeerSasl | undefined) {
  const leader = await serverOf(2, { 1: 9 }, leaderSasl);
  const learner = await serverOf(1, { 2: leader.port }, learnerSasl);
  const link = learner.transport.connect(serverId(2));
  await until(() => learner.ups.length + learner.downs.length > 0, 'the dial is decided');
  return { leader, learner, link, linked: learner.ups.length > 0 };
}

const saslOf = ({ logger }: Server): unknown =>
  logger.lines.find(({ message }) => message === 'quorum link up')?.fields?.['sasl'];

const OFF = undefined;
const enabled = () => peerSasl({ ownPassword: undefined, required: false });
const proving = () => peerSasl({ required: false });
const required = () => peerSasl();

describe('the steps of switching it on', () => {
  it.each([
    [OFF, enabled(), 'none'],
    [enabled(), OFF, 'none'],
    [enabled(), enabled(), 'none'],
    [enabled(), proving(), 'none'],
    [proving(), enabled(), 'zebu'],
    [proving(), proving(), 'zebu'],
    [proving(), required(), 'zebu'],
    [required(), proving(), 'zebu'],
    [required(), required(), 'zebu'],
  ])('never part two servers of neighbouring steps (%#)', async (learnerSasl, leaderSasl, user) => {
    const { leader, learner, linked } = await pair(learnerSasl, leaderSasl);
    expect(linked).toBe(true);
    expect(saslOf(leader)).toBe(user);
    expect([...leader.logger.warnings, ...learner.logger.warnings]).toEqual([]);
  });

  it('left out part them, and both logs say which', async () => {
    const early = await pair(proving(), OFF);
    expect(early.linked).toBe(false);
    const off = 'SASL: authentication is off here; set quorum.auth.enableSasl=true first';
    expect(early.leader.logger.warnings).toEqual([`refused a connection: ${off}`]);
    expect(early.learner.logger.warnings.join()).toContain(off);

    for (const learner of [OFF, enabled()]) {
      const late = await pair(learner, required());
      expect(late.linked).toBe(false);
      const missing = 'SASL: authentication is required; set quorum.auth.learnerRequireSasl=true';
      expect(late.leader.logger.warnings).toEqual([`refused a connection: ${missing}`]);
      expect(late.learner.logger.warnings.join()).toContain(missing);
    }
  });
});

describe('who has not the password', () => {
  it('is refused, whether he need have one or not', async () => {
    for (const leaderSasl of [required(), proving()]) {
      const { leader, learner, linked } = await pair(peerSasl({ ownPassword: 'a guess' }), leaderSasl);
      expect(linked).toBe(false);
      expect(leader.logger.warnings).toEqual(['refused a connection: SASL: no such user, or another password']);
      expect(learner.logger.warnings.join()).toContain('SASL: no such user, or another password');
      for (const { lines } of [leader.logger, learner.logger]) {
        expect(JSON.stringify(lines)).not.toMatch(/a guess|secret/);
      }
    }
  });

  it('is not believed when he is dialled', async () => {
    const server = await ScriptedServer.open();
    closers.push(() => server.close());
    const { transport, logger } = await serverOf(1, { 2: server.port }, required());
    transport.connect(serverId(2));
    const impostor = await server.dialled();
    // He goes on as if he had seen enough.
    impostor.send(helloFrame(2, 1, { purpose: 'quorum', details: [7] }));
    expect((await impostor.ended()).code).toBe(CloseCode.BAD_FRAME);
    await until(() => logger.warnings.length > 0, 'the dial failed');
    expect(logger.warnings.join()).toContain('no answer to SASL');
    expect(impostor.frames).toHaveLength(1);
  });
});

describe('both ports and the streams of snapshots', () => {
  it('are alike', async () => {
    const { leader, learner } = await pair(required(), required());
    const [link] = leader.ups as [never];
    const sent = leader.transport.sendSnapshot(
      link,
      (async function* () {
        yield Uint8Array.of(1, 2, 3);
      })(),
    );
    await until(() => learner.snapshots.length === 1, 'the snapshot is offered');
    const chunks: number[] = [];
    for await (const chunk of learner.snapshots[0] as AsyncIterable<Uint8Array>) chunks.push(...chunk);
    await sent;
    expect(chunks).toEqual([1, 2, 3]);
  });

  it('refuse what is not proven', async () => {
    const { leader } = await pair(required(), required());
    const logger = new RecordingLogger();
    const election = createElectionTransport(
      { self: serverId(2), ensemble: ensembleAt({ 1: 9, 2: 0 }), logger, clock: realClock, random: seededRandom(2) },
      withSasl(required()),
    );
    closers.push(() => election.close());
    await election.start({ onNotification: () => {}, onLinkUp: () => {}, onLinkDown: () => {} });
    for (const [port, purpose] of [
      [leader.port, 'quorum'],
      [leader.port, 'snapshot'],
      [election.listeningAddress?.port ?? 0, 'election'],
    ] as const) {
      const stranger = await ScriptedPeer.dial(port);
      stranger.send(helloFrame(1, 2, { purpose }));
      expect((await stranger.ended()).code).toBe(CloseCode.NOT_AUTHENTICATED);
      expect(stranger.frames).toEqual([]);
    }
  });
});

describe('what a stranger sends in the place of SASL', () => {
  it.each([
    ['garbage for a token', encodeSasl(Uint8Array.of(0xff, 0, 1)), CloseCode.NOT_AUTHENTICATED],
    ['no token', pack(['zebu-sasl', QUORUM_PROTOCOL_VERSION]), CloseCode.BAD_FRAME],
    ['a long token', pack(['zebu-sasl', QUORUM_PROTOCOL_VERSION, new Uint8Array(5000)]), CloseCode.BAD_FRAME],
    ['another version', pack(['zebu-sasl', QUORUM_PROTOCOL_VERSION + 1, 'x']), CloseCode.WRONG_VERSION],
  ])('costs him his connection: %s', async (_name, frame, code) => {
    const { port, logger } = await serverOf(2, { 1: 9 }, required());
    const stranger = await ScriptedPeer.dial(port);
    stranger.send(frame);
    expect((await stranger.ended()).code).toBe(code);
    expect(logger.warnings).toHaveLength(1);
  });

  it('does not last: an exchange that is begun has the time of a hello', async () => {
    const logger = new RecordingLogger();
    const transport = createQuorumTransport(
      { self: serverId(2), ensemble: ensembleAt({ 1: 9, 2: 0 }), logger, clock: realClock, random: seededRandom(2) },
      { ...withSasl(required()), connectTimeoutMs: 50 },
    );
    closers.push(() => transport.close());
    await transport.start({ onLinkUp: () => {}, onLinkDown: () => {}, onPackets: () => {}, onSnapshot: () => {} });
    const stranger = await ScriptedPeer.dial(transport.listeningAddress?.port ?? 0);
    stranger.send(encodeSasl(new TextEncoder().encode('n,,n=zebu,r=x')));
    await until(() => stranger.frames.length === 1, 'the challenge has come');
    expect((await stranger.ended()).code).toBe(1006);
    expect(logger.warnings.join()).toContain('sent no hello in time');
  });
});
