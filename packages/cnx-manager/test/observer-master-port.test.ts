// The second port of the quorum transport: the same number on every server, at the address of its quorum port.

import { createServer, type AddressInfo } from 'node:net';
import { createIdentity } from '@zebu/certificates';
import type { LinkId, QuorumPort, QuorumTransport } from '@zebu/interfaces';
import {
  type Ensemble,
  makeZxid,
  type PeerAddresses,
  type QuorumPacket,
  type ServerId,
  type ServerSpecification,
} from '@zebu/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { createQuorumTransport, type Listening, type TransportOptions } from '../src/index.ts';
import { realClock, RecordingLogger, seededRandom, serverId, until } from './environment.ts';
import { peerSasl } from './peer-sasl-settings.ts';
import { AUTHORITY, PeerTlsSettings, tlsOptions } from './peer-tls-settings.ts';

interface Up {
  readonly link: LinkId;
  readonly peer: ServerId;
  readonly direction: 'outgoing' | 'incoming';
  readonly port: QuorumPort;
}

interface Server {
  readonly transport: QuorumTransport & Listening;
  readonly logger: RecordingLogger;
  readonly ups: Up[];
  readonly downs: { readonly link: LinkId; readonly reason: string }[];
  readonly packets: QuorumPacket[];
  readonly snapshots: number[][];
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const hostOf = (id: number): string => `127.0.0.${10 + id}`;

/** Every server at an address of its own, as in an ensemble of several machines. */
function ensembleOf(ports: Readonly<Record<number, number>>): Ensemble {
  const servers = Object.entries(ports).map(([id, port]): [ServerId, ServerSpecification] => {
    const self = serverId(Number(id));
    const address = { host: hostOf(self), port };
    return [self, { id: self, role: 'participant', quorumAddress: address, electionAddress: address }];
  });
  return { version: 0n, servers: new Map(servers) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function started(
  self: number,
  members: Record<number, number> | Ensemble,
  observerMasterPort?: number,
  security: Pick<TransportOptions, 'tls' | 'sasl'> = {},
): Promise<Server> {
  const logger = new RecordingLogger();
  const ensemble = 'servers' in members ? (members as Ensemble) : ensembleOf(members);
  const transport = createQuorumTransport(
    { self: serverId(self), ensemble, logger, clock: realClock, random: seededRandom(self) },
    observerMasterPort === undefined ? security : { observerMasterPort, ...security },
  );
  closers.push(() => transport.close());
  const seen: Pick<Server, 'ups' | 'downs' | 'packets' | 'snapshots'> = {
    ups: [],
    downs: [],
    packets: [],
    snapshots: [],
  };
  await transport.start({
    onLinkUp: (link, peer, direction, port) => seen.ups.push({ link, peer, direction, port }),
    onLinkDown: (link, reason) => seen.downs.push({ link, reason }),
    onPackets: (_link, packets) => seen.packets.push(...packets),
    onSnapshot: (_link, chunks) => void bytesOf(chunks).then((bytes) => seen.snapshots.push(bytes)),
  });
  return { transport, logger, ...seen };
}

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<number[]> {
  const bytes: number[] = [];
  for await (const chunk of chunks) bytes.push(...chunk);
  return bytes;
}

async function* chunksOf(bytes: readonly number[]): AsyncIterable<Uint8Array> {
  yield new Uint8Array(bytes);
}

/** For documentation (RFC 5737): nobody has it, and this machine cannot listen there. */
const NOWHERE = '192.0.2.1';

/** One of the servers has several addresses. */
function withHosts(ports: Readonly<Record<number, number>>, id: number, hosts: readonly string[]): Ensemble {
  const ensemble = ensembleOf(ports);
  const server = ensemble.servers.get(serverId(id)) as ServerSpecification;
  const [first, ...others] = hosts.map((host): PeerAddresses => {
    const address = { ...server.quorumAddress, host };
    return { quorumAddress: address, electionAddress: address };
  });
  const servers = new Map(ensemble.servers).set(server.id, {
    ...server,
    ...(first as PeerAddresses),
    otherAddresses: others,
  });
  return { ...ensemble, servers };
}

const SERVERS = createIdentity('servers', AUTHORITY, { hosts: ['127.0.0.1', hostOf(1), hostOf(2)] });
const secured = () => ({ tls: new PeerTlsSettings({ tls: tlsOptions(SERVERS) }), sasl: peerSasl() });

const commitOf = (counter: number): QuorumPacket => ({ type: 'COMMIT', zxid: makeZxid(1 as never, counter) });

describe('the port of an observer master', () => {
  it('takes links of its own, with packets both ways and snapshots', async () => {
    const port = await freePort();
    const follower = await started(2, { 1: 9, 2: 0 }, port);
    const observer = await started(1, { 1: 0, 2: 9 }, port);
    const link = observer.transport.connect(serverId(2), 'observerMaster');
    await until(() => observer.ups.length === 1 && follower.ups.length === 1, 'the link is up');
    expect(observer.ups).toEqual([{ link, peer: 2, direction: 'outgoing', port: 'observerMaster' }]);
    const [accepted] = follower.ups as [Up];
    expect(accepted).toMatchObject({ peer: 1, direction: 'incoming', port: 'observerMaster' });
    observer.transport.send(link, [commitOf(1)]);
    follower.transport.send(accepted.link, [commitOf(2)]);
    await follower.transport.sendSnapshot(accepted.link, chunksOf([1, 2, 3]));
    await until(() => observer.snapshots.length === 1 && follower.packets.length === 1, 'all has arrived');
    expect(observer.snapshots).toEqual([[1, 2, 3]]);
    expect(observer.packets).toEqual([commitOf(2)]);
    expect(follower.packets).toEqual([commitOf(1)]);
  });

  it('is neither listened on nor dialled where none is configured', async () => {
    const port = await freePort();
    await started(2, { 1: 9, 2: 0 });
    const without = await started(1, { 1: 0, 2: 9 });
    const undialled = without.transport.connect(serverId(2), 'observerMaster');
    await until(() => without.downs.length === 1, 'the connect has failed');
    expect(without.downs).toEqual([
      { link: undialled, reason: 'server 2 has no observerMaster port in the server list' },
    ]);
    const observer = await started(3, { 2: 9, 3: 0 }, port);
    const refused = observer.transport.connect(serverId(2), 'observerMaster');
    await until(() => observer.downs.length === 1, 'the connect has failed');
    expect(observer.downs[0]).toMatchObject({ link: refused, reason: expect.stringContaining('ECONNREFUSED') });
  });

  it('refuses whoever means the quorum port', async () => {
    const port = await freePort();
    const follower = await started(2, { 1: 9, 2: 0 }, port);
    const confused = await started(1, { 1: 0, 2: port });
    confused.transport.connect(serverId(2));
    await until(() => confused.downs.length === 1, 'the connect has failed');
    expect(confused.downs[0]?.reason).toContain('quorum connection on the observerMaster port');
    expect(follower.ups).toEqual([]);
  });

  it('speaks TLS and asks for SASL as the quorum port does, also for snapshots', async () => {
    const port = await freePort();
    const follower = await started(2, { 1: 9, 2: 0 }, port, secured());
    const observer = await started(1, { 1: 0, 2: 9 }, port, secured());
    observer.transport.connect(serverId(2), 'observerMaster');
    await until(() => observer.ups.length === 1 && follower.ups.length === 1, 'the link is up');
    const securityOf = ({ logger }: Server) =>
      logger.lines.find(({ message }) => message === 'quorum link up')?.fields ?? {};
    expect(securityOf(observer)).toMatchObject({ port: 'observerMaster', tls: 'TLSv1.3', sasl: 'proven' });
    expect(securityOf(follower)).toMatchObject({ port: 'observerMaster', tls: 'TLSv1.3', sasl: 'zebu' });
    await follower.transport.sendSnapshot(follower.ups[0]?.link as LinkId, chunksOf([4, 5, 6]));
    await until(() => observer.snapshots.length === 1, 'the snapshot has arrived');
    expect(observer.snapshots).toEqual([[4, 5, 6]]);
    expect([...observer.logger.warnings, ...follower.logger.warnings]).toEqual([]);
  });

  it.each([
    ['speaks plainly', {}, 'it speaks no TLS'],
    ['does not log in', { tls: secured().tls }, 'SASL: authentication is required'],
    ['has another password', { ...secured(), sasl: peerSasl({ password: 'a guess' }) }, 'SASL: no such user'],
  ])('refuses who %s', async (_name, security, problem) => {
    const port = await freePort();
    const follower = await started(2, { 1: 9, 2: 0 }, port, secured());
    const observer = await started(1, { 1: 0, 2: 9 }, port, security);
    observer.transport.connect(serverId(2), 'observerMaster');
    await until(() => observer.downs.length === 1, 'the connect has failed');
    expect(follower.ups).toEqual([]);
    await until(() => follower.logger.warnings.join().includes(problem), 'the log says why');
  });

  it('is at every address of its server, once where two of them are of one host', async () => {
    const port = await freePort();
    const follower = await started(2, withHosts({ 1: 9, 2: 0 }, 2, [NOWHERE, hostOf(2), hostOf(2), hostOf(3)]), port);
    for (const [id, host] of [
      [4, hostOf(2)],
      [5, hostOf(3)],
    ] as const) {
      const observer = await started(id, withHosts({ 2: 9, [id]: 0 }, 2, [NOWHERE, host, host]), port);
      observer.transport.connect(serverId(2), 'observerMaster');
      await until(() => observer.ups.length === 1, 'the link is up');
      expect(observer.logger.warnings).toEqual([]);
    }
    const problems = follower.logger.warnings.filter((warning) => warning.includes('observerMaster'));
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(NOWHERE);
  });

  it('moves with the address of its server', async () => {
    const port = await freePort();
    const follower = await started(2, { 1: 9, 2: 0 }, port);
    const moved = { ...ensembleOf({ 1: 9, 2: 0 }) };
    const servers = new Map(moved.servers);
    const address = { host: '127.0.0.99', port: 0 };
    servers.set(serverId(2), { ...(servers.get(serverId(2)) as ServerSpecification), quorumAddress: address });
    follower.transport.setEnsemble({ ...moved, servers });
    const observer = await started(1, { 1: 0, 2: 9 }, port);
    observer.transport.setEnsemble({ ...moved, servers });
    let dialled: LinkId | undefined;
    await until(() => {
      const isDown = dialled === undefined || observer.downs.some(({ link }) => link === dialled);
      if (isDown) dialled = observer.transport.connect(serverId(2), 'observerMaster');
      return observer.ups.length > 0;
    }, 'the observer has found it');
    expect(follower.ups[0]).toMatchObject({ peer: 1, port: 'observerMaster' });
  });
});
