import { connect as connectPlainly } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { createAuthority, createIdentity } from '@zebu/certificates';
import { afterEach, describe, expect, it } from 'vitest';
import type { ClientPortOptions } from '../src/index.ts';
import { frameOf, PortFixture, turns } from './port-fixture.ts';
import { AUTHORITY, CLIENT, connectSecurely, SecureSettings, STRANGER } from './secure-fixture.ts';
import { TcpClient } from './tcp-client.ts';

let fixture: PortFixture;
const clients: TcpClient[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await fixture.stop();
});

const LOOPBACK = { host: '127.0.0.1', port: 0 };

const startSecure = (settings = new SecureSettings(), options: Partial<ClientPortOptions> = {}): Promise<PortFixture> =>
  PortFixture.start({ address: undefined, secureAddress: LOOPBACK, secure: settings, ...options });

const startUnified = (settings = new SecureSettings()): Promise<PortFixture> =>
  PortFixture.start({ portUnification: true, secure: settings });

async function connect(options: Parameters<typeof connectSecurely>[1] = CLIENT): Promise<TcpClient> {
  const client = await connectSecurely(fixture.securePortNumber, options);
  clients.push(client);
  return client;
}

/** Resolves once the port said no, whether this side's handshake had succeeded before or not. */
async function refused(options: Parameters<typeof connectSecurely>[1]): Promise<void> {
  const count = fixture.connected.length;
  const client = await connect(options).catch(() => undefined);
  client?.write(frameOf('let me in'));
  await client?.untilClosed();
  await turns();
  expect(fixture.connected).toHaveLength(count);
}

const problems = (): unknown[] => fixture.logger.warnings.map(({ fields }) => fields['problem']);

const metric = (name: string): number | undefined => {
  const port = fixture.requests.at(-1)?.port;
  return new Map(port?.metrics()).get(name);
};

async function ask(word: string, client: TcpClient): Promise<string> {
  client.write(word);
  await client.untilClosed();
  return client.text();
}

describe('a secure port', () => {
  it('carries frames and words, and says who the client is', async () => {
    const settings = new SecureSettings();
    fixture = await startSecure(settings);
    expect(fixture.port.address).toBeUndefined();
    const client = await connect();
    client.write(frameOf('hello'));
    await fixture.until(() => fixture.frames.length === 1);
    expect(fixture.identities).toEqual([['x509:CN=client']]);
    expect(settings.certificates).toHaveLength(1);
    expect(await ask('srvr', await connect())).toBe('answer to srvr');
  });

  it('refuses a client without a certificate, one with a wrong one, and one that names nobody', async () => {
    const settings = new SecureSettings();
    fixture = await startSecure(settings);
    await refused({});
    // One line a second.
    fixture.clock.advance(1000);
    await refused(STRANGER);
    fixture.clock.advance(1000);
    settings.identities = [];
    await refused(CLIENT);
    expect(problems()[0]).toMatch(/PEER_DID_NOT_RETURN_A_CERTIFICATE/);
    expect(problems()[1]).toMatch(/its certificate is not trusted \(UNABLE_TO_VERIFY_LEAF_SIGNATURE\)/);
    expect(problems()[2]).toBe('its certificate names nobody');
    expect(fixture.logger.warnings.map(({ fields }) => fields['remoteAddress'])).toEqual(
      Array.from({ length: 3 }, () => expect.stringMatching(/^127\.0\.0\.1:\d+$/)),
    );
    expect(fixture.logger.warnings.every(({ message }) => message === 'a client was refused by TLS')).toBe(true);
  });

  it('counts all clients of another authority that come at once', async () => {
    fixture = await startSecure();
    await Promise.all([STRANGER, STRANGER, STRANGER].map((stranger) => refused(stranger)));
    expect(fixture.logger.warnings).toHaveLength(1);
    await ask('ruok', await connect());
    expect(metric('unsuccessful_handshake')).toBe(3);
  });

  it('clientAuth=want: lets in without a certificate, not with a wrong one', async () => {
    fixture = await startSecure(new SecureSettings({ clientAuth: 'want' }));
    await refused(STRANGER);
    const client = await connect({});
    client.write(frameOf('nobody'));
    await fixture.until(() => fixture.frames.length === 1);
    const known = await connect();
    known.write(frameOf('somebody'));
    await fixture.until(() => fixture.frames.length === 2);
    expect(fixture.identities).toEqual([[], ['x509:CN=client']]);
  });

  it('clientAuth=none: asks nobody', async () => {
    const settings = new SecureSettings({ clientAuth: 'none' });
    fixture = await startSecure(settings);
    const client = await connect(STRANGER);
    client.write(frameOf('hello'));
    await fixture.until(() => fixture.frames.length === 1);
    expect(fixture.identities).toEqual([[]]);
    expect(settings.certificates).toEqual([]);
  });

  it('ssl.clientHostnameVerification: the certificate must be that of the address', async () => {
    const asked: string[] = [];
    const settings = new SecureSettings({
      isCertificateOf: (host, certificate) => {
        asked.push(host);
        return Promise.resolve(certificate.checkIP(host) !== undefined);
      },
    });
    fixture = await startSecure(settings);
    await refused(createIdentity('elsewhere', AUTHORITY, { hosts: ['10.9.8.7'] }));
    const client = await connect();
    client.write(frameOf('hello'));
    await fixture.until(() => fixture.frames.length === 1);
    expect(asked).toEqual(['127.0.0.1', '127.0.0.1']);
  });

  it('lets nobody in when the look-up fails', async () => {
    fixture = await startSecure(new SecureSettings({ isCertificateOf: () => Promise.reject(new Error('no DNS')) }));
    await refused(CLIENT);
  });

  it('plain frames and words are no handshake', async () => {
    fixture = await startSecure();
    for (const bytes of [Buffer.from('srvr'), frameOf('x'.repeat(100)), Buffer.alloc(1000, 0x16)]) {
      const client = await TcpClient.connect(fixture.securePortNumber);
      clients.push(client);
      client.write(bytes);
      await client.untilClosed();
      expect(client.text()).not.toContain('answer');
    }
    expect(fixture.connected).toEqual([]);
  });

  it('a connection that closes without a byte is a health check: no failure, and no line in the log', async () => {
    fixture = await startSecure();
    await new Promise<void>((resolve) => {
      const socket = connectPlainly({ host: '127.0.0.1', port: fixture.securePortNumber }, () => socket.end());
      socket.on('data', () => {});
      socket.on('close', () => resolve());
    });
    await ask('ruok', await connect());
    expect(metric('unsuccessful_handshake')).toBe(0);
    expect(fixture.logger.warnings).toEqual([]);
  });

  it('a handshake that is begun and left alone ends with the time for the first frame', async () => {
    fixture = await startSecure();
    const client = await TcpClient.connect(fixture.securePortNumber);
    clients.push(client);
    client.write(Uint8Array.of(0x16, 3, 1, 0, 200, 1));
    await turns(20);
    fixture.clock.advance(10_000);
    await client.untilClosed();
    const silent = await connect(); // handshake done, not a word
    fixture.clock.advance(10_000);
    await silent.untilClosed();
    expect(fixture.connected).toEqual([]);
  });

  it('connections count from the first moment, at each port for itself', async () => {
    fixture = await startSecure(new SecureSettings(), { address: LOOPBACK, maxConnectionsPerAddress: 2 });
    const halfOpen = await TcpClient.connect(fixture.securePortNumber);
    clients.push(halfOpen, await connect());
    await expect(connect()).rejects.toThrow();
    const plain = await fixture.connect();
    expect(await ask('ruok', plain)).toBe('answer to ruok');
    expect(metric('connection_rejected')).toBe(1);
    halfOpen.close();
    await halfOpen.untilClosed();
    await turns(20);
    expect((await connect()).closed()).toBe(false);
  });

  it('counts handshakes: those under way, failed ones, and those above the limit', async () => {
    fixture = await startSecure(new SecureSettings(), { maxOutstandingHandshakes: 1 });
    const begun = await TcpClient.connect(fixture.securePortNumber);
    clients.push(begun);
    begun.write(Uint8Array.of(0x16, 3));
    await turns(20);
    await expect(connect()).rejects.toThrow();
    begun.write('garbage');
    await begun.untilClosed();
    await turns(5);
    expect(await ask('srvr', await connect())).toBe('answer to srvr');
    expect([metric('tls_handshake_exceeded'), metric('unsuccessful_handshake'), metric('auth_failed_count')]).toEqual([
      1, 1, 1,
    ]);
    expect(metric('outstanding_tls_handshake')).toBe(0);
  });

  it('shows a new certificate to those who come after it, and keeps the others', async () => {
    const settings = new SecureSettings();
    fixture = await startSecure(settings);
    const before = await connect();
    before.write(frameOf('before'));
    await fixture.until(() => fixture.frames.length === 1);
    const authority = createAuthority('New CA');
    const renewed = createIdentity('renewed', authority);
    settings.change({ ...renewed, ca: authority.cert });
    await refused(CLIENT);
    const after = await connect({ ...createIdentity('new client', authority), ca: authority.cert });
    expect((after.socket as TLSSocket).getPeerCertificate().subject.CN).toBe('renewed');
    before.write(frameOf('still here'));
    await fixture.until(() => fixture.frames.length === 2);
    await fixture.port.close();
    expect(settings.watched).toBe(false);
  });

  it('closes in one turn of the loop, handshakes under way, too', async () => {
    fixture = await startSecure();
    const begun = await TcpClient.connect(fixture.securePortNumber);
    clients.push(begun, await connect());
    await fixture.port.close();
    for (const client of clients) await client.untilClosed();
  });
});

describe('client.portUnification', () => {
  it('TLS and plain clients at one port, told apart by the first byte', async () => {
    fixture = await startUnified();
    const secure = await connectSecurely(fixture.portNumber);
    clients.push(secure);
    secure.write(frameOf('secure'));
    await fixture.until(() => fixture.frames.length === 1);
    const plain = await fixture.connect();
    plain.write(frameOf('plain'));
    await fixture.until(() => fixture.frames.length === 2);
    expect(fixture.identities).toEqual([['x509:CN=client'], []]);
    expect(await ask('ruok', await fixture.connect())).toBe('answer to ruok');
    expect([metric('non_mtls_local_conn_count'), metric('non_mtls_remote_conn_count')]).toEqual([2, 0]);
  });

  it('a plain frame may come byte by byte', async () => {
    fixture = await startUnified();
    const plain = await fixture.connect();
    for (const byte of frameOf('slow')) {
      plain.write(Uint8Array.of(byte));
      await turns(2);
    }
    await fixture.until(() => fixture.frames.length === 1);
    expect(Buffer.from(fixture.frames[0]?.bytes ?? []).toString('latin1')).toContain('slow');
  });

  it('a connection that closes without a byte leaves nothing behind', async () => {
    fixture = await startUnified();
    await new Promise<void>((resolve) => {
      const socket = connectPlainly({ host: '127.0.0.1', port: fixture.portNumber }, () => socket.end());
      socket.on('data', () => {});
      socket.on('close', () => resolve());
    });
    expect(await ask('ruok', await fixture.connect())).toBe('answer to ruok');
    expect(fixture.strangers.at(-1)).toHaveLength(1);
  });
});
