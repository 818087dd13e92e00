// TLS between servers: who is let in, who is believed, and what the logs say of the others.

import { once } from 'node:events';
import { connect as connectSecurely, type ConnectionOptions } from 'node:tls';
import { createIdentity } from '@zebu/certificates';
import type { LinkId, QuorumTransport } from '@zebu/interfaces';
import { makeZxid, type QuorumPacket } from '@zebu/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { createQuorumTransport, type Listening, type PeerTls } from '../src/index.ts';
import { ensembleAt, realClock, RecordingLogger, seededRandom, serverId, until } from './environment.ts';
import { AUTHORITY, OTHER_AUTHORITY, PeerTlsSettings, tlsOptions } from './peer-tls-settings.ts';
import { rawConnection, readToEnd } from './scripted-peer.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

interface Server {
  readonly transport: QuorumTransport & Listening;
  readonly port: number;
  readonly logger: RecordingLogger;
  readonly ups: LinkId[];
  readonly downs: string[];
  readonly packets: QuorumPacket[];
}

async function serverOf(
  self: number,
  peers: Record<number, number>,
  tls: PeerTls | undefined,
  host = '127.0.0.1',
): Promise<Server> {
  const logger = new RecordingLogger();
  const own = ensembleAt({ [self]: 0 });
  const others = ensembleAt(peers, host);
  const ensemble = { ...own, servers: new Map([...own.servers, ...others.servers]) };
  const transport = createQuorumTransport(
    { self: serverId(self), ensemble, logger, clock: realClock, random: seededRandom(self) },
    tls === undefined ? {} : { tls },
  );
  closers.push(() => transport.close());
  const seen = { ups: [], downs: [], packets: [] } as Pick<Server, 'ups' | 'downs' | 'packets'>;
  await transport.start({
    onLinkUp: (link) => seen.ups.push(link),
    onLinkDown: (_link, reason) => seen.downs.push(reason),
    onPackets: (_link, packets) => seen.packets.push(...packets),
    onSnapshot: () => {},
  });
  return { transport, logger, port: transport.listeningAddress?.port ?? 0, ...seen };
}

/** Server 1 dials server 2, by its address unless told. */
async function pair(learnerTls: PeerTls | undefined, leaderTls: PeerTls | undefined, host?: string) {
  const leader = await serverOf(2, { 1: 9 }, leaderTls);
  const learner = await serverOf(1, { 2: leader.port }, learnerTls, host);
  const link = learner.transport.connect(serverId(2));
  return { leader, learner, link };
}

async function linked(learnerTls: PeerTls | undefined, leaderTls: PeerTls | undefined, host?: string) {
  const servers = await pair(learnerTls, leaderTls, host);
  await until(() => servers.learner.ups.length + servers.learner.downs.length > 0, 'the dial is decided');
  expect(servers.learner.downs).toEqual([]);
  return servers;
}

async function refused(learnerTls: PeerTls | undefined, leaderTls: PeerTls | undefined, host?: string) {
  const { leader, learner } = await pair(learnerTls, leaderTls, host);
  await until(() => learner.downs.length > 0, 'the dial failed');
  expect(leader.ups).toEqual([]);
  expect(learner.ups).toEqual([]);
  return { leader, learner };
}

/** Either end may be the first that knows. */
const said = ({ logger }: Server, problem: string | RegExp): Promise<void> =>
  until(
    () => logger.warnings.some((said) => (typeof problem === 'string' ? said.includes(problem) : problem.test(said))),
    `${problem} is said`,
  );

const protocolOf = ({ logger }: Server): unknown =>
  logger.lines.find(({ message }) => message === 'quorum link up')?.fields?.['tls'];

const STRANGER = createIdentity('stranger', OTHER_AUTHORITY);
const EXPIRED = createIdentity('expired', AUTHORITY, { expired: true });
const ELSEWHERE = createIdentity('elsewhere', AUTHORITY, { hosts: ['192.0.2.1', 'elsewhere.example'] });

describe('servers that both speak TLS', () => {
  it('link, and say which TLS it is', async () => {
    const { leader, learner, link } = await linked(new PeerTlsSettings(), new PeerTlsSettings());
    learner.transport.send(link, [{ type: 'ACK', zxid: makeZxid(1 as never, 1) }]);
    await until(() => leader.packets.length === 1, 'the packet has arrived');
    expect([protocolOf(learner), protocolOf(leader)]).toEqual(['TLSv1.3', 'TLSv1.3']);
    expect([...learner.logger.warnings, ...leader.logger.warnings]).toEqual([]);
  });

  it('link over the one protocol that both have', async () => {
    const old = { ...tlsOptions(), maxVersion: 'TLSv1.2' as const };
    const servers = await linked(new PeerTlsSettings(), new PeerTlsSettings({ tls: old }));
    expect(protocolOf(servers.leader)).toBe('TLSv1.2');
    const { leader, learner } = await refused(
      new PeerTlsSettings({ tls: { ...tlsOptions(), minVersion: 'TLSv1.3' } }),
      new PeerTlsSettings({ tls: old }),
    );
    await said(leader, /the handshake failed: .*protocol/);
    await said(learner, /TLS: .*protocol version/);
  });

  it('ask for the certificate that the server list names', async () => {
    const byName: Partial<PeerTls> = {
      isCertificateOfDialled: async ({ host }, certificate) => certificate.checkHost(host) !== undefined,
    };
    const named = tlsOptions(createIdentity('named', AUTHORITY, { hosts: ['localhost'] }));
    const trusting = { isCertificateOfDialler: undefined };
    await linked(new PeerTlsSettings(byName), new PeerTlsSettings({ tls: named, ...trusting }), 'localhost');
    const { learner } = await refused(new PeerTlsSettings(byName), new PeerTlsSettings(trusting), 'localhost');
    await said(learner, 'the certificate of the other end is not that of localhost');
  });
});

describe('a server that dials is refused', () => {
  it.each([
    ['another authority', STRANGER, 'its certificate is not trusted (UNABLE_TO_VERIFY_LEAF_SIGNATURE)'],
    ['a certificate out of date', EXPIRED, 'its certificate is not trusted (CERT_HAS_EXPIRED)'],
    ['a certificate of another address', ELSEWHERE, 'its certificate is not that of its address'],
  ])('with %s', async (_name, identity, problem) => {
    const { leader, learner } = await refused(
      new PeerTlsSettings({ tls: tlsOptions(identity) }),
      new PeerTlsSettings(),
    );
    await said(leader, `refused a connection: TLS: ${problem}`);
    await said(learner, 'if it refused the certificate of this server, its log says why');
  });

  it('when the look-up of its name fails', async () => {
    const isCertificateOfDialler = () => Promise.reject(new Error('no DNS'));
    const { leader } = await refused(new PeerTlsSettings(), new PeerTlsSettings({ isCertificateOfDialler }));
    await said(leader, 'not that of its address');
  });

  it('without a certificate, unless it is only wanted, or not asked for', async () => {
    const anonymous = { tls: { ca: AUTHORITY.cert, ciphers: tlsOptions().ciphers as string } };
    const refusing = await refused(new PeerTlsSettings(anonymous), new PeerTlsSettings());
    await said(refusing.leader, 'refused a connection: TLS: it shows no certificate');
    for (const clientAuth of ['want', 'none'] as const) {
      const { leader } = await linked(new PeerTlsSettings(anonymous), new PeerTlsSettings({ clientAuth }));
      expect(leader.logger.warnings).toEqual([]);
    }
  });

  it('with a wrong certificate, also where it need have none', async () => {
    const stranger = new PeerTlsSettings({ tls: tlsOptions(STRANGER) });
    const { leader } = await refused(stranger, new PeerTlsSettings({ clientAuth: 'want' }));
    await said(leader, 'its certificate is not trusted');
    await linked(stranger, new PeerTlsSettings({ clientAuth: 'none' }));
  });
});

describe('a server that is dialled is not believed', () => {
  it.each([
    ['another authority', STRANGER, /TLS: .*\(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/],
    ['a certificate out of date', EXPIRED, /TLS: .*\(CERT_HAS_EXPIRED\)/],
    [
      'a certificate of another address',
      ELSEWHERE,
      /TLS: the certificate of the other end is not that of 127\.0\.0\.1/,
    ],
  ])('with %s', async (_name, identity, problem) => {
    const { learner } = await refused(new PeerTlsSettings(), new PeerTlsSettings({ tls: tlsOptions(identity) }));
    await said(learner, problem);
  });

  it('when the look-up of its name fails', async () => {
    const isCertificateOfDialled = () => Promise.reject(new Error('no DNS'));
    const { learner } = await refused(new PeerTlsSettings({ isCertificateOfDialled }), new PeerTlsSettings());
    await said(learner, 'is not that of 127.0.0.1');
  });

  it('is not asked for its name where that does not count', async () => {
    const learner = new PeerTlsSettings({ isCertificateOfDialled: undefined });
    await linked(learner, new PeerTlsSettings({ tls: tlsOptions(ELSEWHERE) }));
  });
});

describe('plain and TLS', () => {
  const unified = (dials: boolean): PeerTlsSettings => new PeerTlsSettings({ dials, takesPlain: true });

  it('are both taken where the ports are unified', async () => {
    for (const [learner, leader, protocol] of [
      [undefined, unified(false), 'none'],
      [unified(false), undefined, 'none'],
      [unified(false), unified(true), 'none'],
      [unified(true), unified(false), 'TLSv1.3'],
      [new PeerTlsSettings(), unified(true), 'TLSv1.3'],
      [unified(true), new PeerTlsSettings(), 'TLSv1.3'],
    ] as const) {
      const { leader: dialled } = await linked(learner, leader);
      expect(protocolOf(dialled)).toBe(protocol);
    }
  });

  it('do not meet elsewhere, and the log says why', async () => {
    const plainToTls = await refused(undefined, new PeerTlsSettings());
    await said(plainToTls.leader, 'it speaks no TLS, and nothing else is taken here without portUnification');
    const tlsToPlain = await refused(new PeerTlsSettings(), undefined);
    await said(tlsToPlain.leader, 'speaks another protocol: TLS, which is off here');
  });

  it('are told apart by the first byte, which does not come for ever', async () => {
    const { port, logger } = await serverOf(1, { 2: 9 }, new PeerTlsSettings({ detectionTimeoutMs: 20 }));
    await readToEnd(await rawConnection(port));
    expect(logger.warnings).toEqual(['refused a connection: it began no TLS handshake within 20 ms']);
    const both = await serverOf(1, { 2: 9 }, new PeerTlsSettings({ detectionTimeoutMs: 20, takesPlain: true }));
    const silent = await rawConnection(both.port);
    await new Promise((resolve) => setTimeout(resolve, 60));
    silent.write('GET / HTTP/1.1\r\nHost: zebu\r\n\r\n');
    expect(await readToEnd(silent)).toContain('426 Upgrade Required');
  });
});

describe('what a stranger sends to a port with TLS', () => {
  const secureConnection = async (port: number) => {
    const socket = connectSecurely({ ...(tlsOptions() as ConnectionOptions), host: '127.0.0.1', port });
    socket.on('error', () => {});
    await once(socket, 'secureConnect');
    return socket;
  };

  it.each([
    ['nothing', ''],
    ['garbage that begins as a handshake', '\x16\x03\x01\x00\x05garbage'],
    ['half a handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
  ])('%s costs it its connection', async (_name, bytes) => {
    const servers = await linked(new PeerTlsSettings(), new PeerTlsSettings());
    const socket = await rawConnection(servers.leader.port);
    socket.end(Buffer.from(bytes, 'latin1'));
    await readToEnd(socket);
    await linkCarries(servers);
  });

  it('garbage behind the handshake costs it its connection', async () => {
    const servers = await linked(new PeerTlsSettings(), new PeerTlsSettings());
    const socket = await secureConnection(servers.leader.port);
    socket.write('EHLO stranger\r\n\r\n');
    await readToEnd(socket);
    expect(servers.leader.logger.warnings.join()).toContain('speaks another protocol');
    await linkCarries(servers);
  });

  async function linkCarries({ leader, learner, link }: Awaited<ReturnType<typeof linked>>): Promise<void> {
    learner.transport.send(link, [{ type: 'ACK', zxid: makeZxid(1 as never, 7) }]);
    await until(() => leader.packets.length === 1, 'the link still carries a packet');
  }
});

describe('new certificates', () => {
  it('are for the connections to come, in both directions; those that are there stay', async () => {
    const [learnerTls, leaderTls] = [new PeerTlsSettings(), new PeerTlsSettings()];
    const { leader, learner, link } = await linked(learnerTls, leaderTls);
    const replaced = tlsOptions(createIdentity('server', OTHER_AUTHORITY), OTHER_AUTHORITY.cert);
    leaderTls.change(replaced);
    const second = learner.transport.connect(serverId(2));
    await until(() => learner.downs.length === 1, 'the old authority does not know the new certificate');
    learnerTls.change(replaced);
    learner.transport.connect(serverId(2));
    await until(() => leader.ups.length === 2, 'the new certificates fit each other');
    expect(second).not.toBe(link);
    learner.transport.send(link, [{ type: 'ACK', zxid: makeZxid(1 as never, 1) }]);
    await until(() => leader.packets.length === 1, 'the first link still carries a packet');
  });

  it('are heard of no more once the transport is closed', async () => {
    const settings = new PeerTlsSettings();
    const { transport } = await serverOf(1, { 2: 9 }, settings);
    expect(settings.listenerCount).toBe(1);
    await transport.close();
    expect(settings.listenerCount).toBe(0);
  });
});
