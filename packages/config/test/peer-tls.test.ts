import { describe, expect, it } from 'vitest';
import { ConfigError, loadServerConfig, type ServerConfig } from '../src/index.ts';

const ENSEMBLE =
  'dataDir=/data\ninitLimit=10\nsyncLimit=5\nserver.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n';
const STORES = 'ssl.quorum.keyStore.location=/etc/server.p12\nssl.quorum.trustStore.location=/etc/ca.pem\n';

const load = (lines: string, servers = ENSEMBLE): ServerConfig =>
  loadServerConfig('zoo.cfg', {
    readText: (path) =>
      path === 'zoo.cfg' ? `${servers}clientPort=2181\n${lines}` : path === '/data/myid' ? '1' : undefined,
  });

const refusal = (lines: string): string => {
  try {
    load(lines);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was taken');
};

describe('TLS between servers', () => {
  it('is off, whatever stores are named', () => {
    expect(load('').peers.tls).toBeUndefined();
    expect(load(STORES).peers.tls).toBeUndefined();
  });

  it.each([
    ['portUnification=true\n', { dials: false, takesPlain: true }],
    ['sslQuorum=true\nportUnification=true\n', { dials: true, takesPlain: true }],
    ['sslQuorum=true\n', { dials: true, takesPlain: false }],
  ])('goes by three steps: %j', (lines, step) => {
    expect(load(lines + STORES).peers.tls).toMatchObject(step);
  });

  it('has the defaults of ZooKeeper', () => {
    const store = { type: undefined, password: undefined, passwordPath: undefined };
    expect(load(`sslQuorum=true\n${STORES}`).peers.tls).toEqual({
      dials: true,
      takesPlain: false,
      keyStore: { key: 'ssl.quorum.keyStore', location: '/etc/server.p12', ...store },
      trustStore: { key: 'ssl.quorum.trustStore', location: '/etc/ca.pem', ...store },
      clientAuth: 'need',
      protocols: undefined,
      cipherSuites: undefined,
      verifiesHostnames: true,
      verifiesClientHostnames: true,
      allowReverseDnsLookup: false,
      detectionTimeoutMs: 5000,
      reloads: false,
    });
  });

  it('is read from its own keys, not from those for clients', () => {
    const { tls } = load(`sslQuorum=true
ssl.quorum.keyStore.location=/etc/server
ssl.quorum.keyStore.type=pkcs12
ssl.quorum.keyStore.password=secret
ssl.quorum.keyStore.passwordPath=/etc/password
ssl.quorum.trustStore.location=/etc/ca.p12
ssl.quorum.clientAuth=WANT
ssl.quorum.enabledProtocols=TLSv1.2, TLSv1.3
ssl.quorum.ciphersuites=TLS_AES_256_GCM_SHA384
ssl.quorum.clientHostnameVerification=false
ssl.quorum.allowReverseDnsLookup=true
ssl.quorum.handshakeDetectionTimeoutMillis=100
sslQuorumReloadCertFiles=true
ssl.clientAuth=none
ssl.protocol=TLSv1.2
`).peers;
    expect(tls).toMatchObject({
      keyStore: { type: 'PKCS12', password: 'secret', passwordPath: '/etc/password' },
      clientAuth: 'want',
      protocols: ['TLSv1.2', 'TLSv1.3'],
      cipherSuites: ['TLS_AES_256_GCM_SHA384'],
      verifiesHostnames: true,
      verifiesClientHostnames: false,
      allowReverseDnsLookup: true,
      detectionTimeoutMs: 100,
      reloads: true,
    });
  });

  it('without names of hosts asks for them in neither direction', () => {
    const { tls } = load(`sslQuorum=true\nssl.quorum.hostnameVerification=false\n${STORES}`).peers;
    expect(tls).toMatchObject({ verifiesHostnames: false, verifiesClientHostnames: false });
  });

  it('wants a key store and a trust store, also where the others only may speak it', () => {
    expect(refusal('sslQuorum=true\n')).toBe(
      'zoo.cfg: ssl.quorum.keyStore.location: is missing, and sslQuorum wants a key and a certificate; ' +
        'add ssl.quorum.keyStore.location=/path/to/store.p12 (or .pem), or remove sslQuorum',
    );
    expect(
      refusal('portUnification=true\nssl.quorum.keyStore.location=/etc/server.p12\nssl.quorum.clientAuth=none\n'),
    ).toBe(
      'zoo.cfg: ssl.quorum.trustStore.location: is missing, and portUnification wants the authorities of the other servers; ' +
        'add ssl.quorum.trustStore.location=/path/to/authorities.pem (or .p12), or remove portUnification',
    );
  });

  it('says that plain connections are taken beside it', () => {
    const remark = /^portUnification=true: other servers are taken without TLS/;
    const { warnings } = load(`sslQuorum=true\nportUnification=true\n${STORES}`);
    expect(warnings.filter((warning) => remark.test(warning))).toHaveLength(1);
    expect(load(`sslQuorum=true\n${STORES}`).warnings).toEqual([]);
  });

  it('is nothing to a standalone server, which says so', () => {
    const { peers, warnings } = load('sslQuorum=true\n', 'dataDir=/data\n');
    expect(peers.tls).toBeUndefined();
    expect(warnings).toEqual(['sslQuorum=true on a standalone server: there are no other servers to speak TLS to']);
  });
});
