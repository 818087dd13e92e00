import { describe, expect, it } from 'vitest';
import { ConfigError, loadServerConfig, type ServerConfig } from '../src/index.ts';

const STORES = 'ssl.keyStore.location=/etc/server.p12\nssl.trustStore.location=/etc/ca.pem\n';

const load = (lines: string): ServerConfig =>
  loadServerConfig('zoo.cfg', { readText: (path) => (path === 'zoo.cfg' ? `dataDir=/data\n${lines}` : undefined) });

const refusal = (lines: string): string => {
  try {
    load(lines);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('the configuration was taken');
};

describe('ports with TLS', () => {
  it('secureClientPort beside clientPort, or alone', () => {
    const both = load(`clientPort=2181\nsecureClientPort=2281\nsecureClientPortAddress=[::1]\n${STORES}`);
    expect(both.clients).toMatchObject({
      address: { host: '0.0.0.0', port: 2181 },
      secureAddress: { host: '::1', port: 2281 },
      portUnification: false,
    });
    const alone = load(`secureClientPort=2281\n${STORES}`);
    expect(alone.clients).toMatchObject({ address: undefined, secureAddress: { host: '0.0.0.0', port: 2281 } });
    expect(alone.warnings).toEqual([]);
  });

  it('client.portUnification: TLS at clientPort', () => {
    const { clients } = load(`clientPort=2181\nclient.portUnification=true\n${STORES}`);
    expect(clients.portUnification).toBe(true);
    expect(clients.tls).toBeDefined();
  });

  it('the keys alone, which clients read, too, mean nothing to a server without TLS', () => {
    expect(load('clientPort=2181\nssl.keyStore.location=/none.jks\n').clients.tls).toBeUndefined();
  });

  it('the same port twice is refused', () => {
    expect(refusal(`clientPort=2181\nsecureClientPort=2181\n${STORES}`)).toBe(
      'zoo.cfg:3: secureClientPort=2181: is the port of plain clients, too; ' +
        'choose another one, or serve both at clientPort with client.portUnification=true',
    );
  });

  it('what does nothing is mentioned', () => {
    const { warnings } = load('clientPort=2181\nsecureClientPortAddress=127.0.0.1\n');
    expect(warnings).toEqual(['secureClientPortAddress without secureClientPort does nothing']);
    expect(load(`secureClientPort=2281\nclient.portUnification=true\n${STORES}`).warnings).toEqual([
      'client.portUnification without clientPort does nothing',
    ]);
  });
});

describe('the keys of TLS', () => {
  it('have the defaults of ZooKeeper', () => {
    expect(load(`secureClientPort=2281\n${STORES}`).clients.tls).toEqual({
      keyStore: {
        key: 'ssl.keyStore',
        location: '/etc/server.p12',
        type: undefined,
        password: undefined,
        passwordPath: undefined,
      },
      trustStore: {
        key: 'ssl.trustStore',
        location: '/etc/ca.pem',
        type: undefined,
        password: undefined,
        passwordPath: undefined,
      },
      clientAuth: 'need',
      protocols: undefined,
      cipherSuites: undefined,
      verifiesClientHostnames: false,
      allowReverseDnsLookup: false,
      reloads: false,
    });
  });

  it('are read', () => {
    const tls = load(`secureClientPort=2281
ssl.keyStore.location=/etc/server
ssl.keyStore.type=pkcs12
ssl.keyStore.password=secret
ssl.keyStore.passwordPath=/etc/password
ssl.trustStore.location=/etc/ca.p12
ssl.clientAuth=WANT
ssl.protocol=TLSv1.2
ssl.enabledProtocols=TLSv1.2, TLSv1.3
ssl.ciphersuites=TLS_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
ssl.clientHostnameVerification=true
ssl.allowReverseDnsLookup=true
client.certReload=true
`).clients.tls;
    expect(tls).toMatchObject({
      keyStore: { type: 'PKCS12', password: 'secret', passwordPath: '/etc/password' },
      clientAuth: 'want',
      protocols: ['TLSv1.2', 'TLSv1.3'],
      cipherSuites: ['TLS_AES_256_GCM_SHA384', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'],
      verifiesClientHostnames: true,
      allowReverseDnsLookup: true,
      reloads: true,
    });
  });

  it('ssl.protocol is the one protocol', () => {
    const { tls } = load(`secureClientPort=2281\nssl.protocol=TLSv1.3\n${STORES}`).clients;
    expect(tls?.protocols).toEqual(['TLSv1.3']);
  });

  it('ssl.hostnameVerification=false turns that of clients off, too', () => {
    const lines = 'ssl.clientHostnameVerification=true\nssl.hostnameVerification=false\n';
    expect(load(`secureClientPort=2281\n${lines}${STORES}`).clients.tls?.verifiesClientHostnames).toBe(false);
  });

  it('outstandingHandshake.limit, under both names', () => {
    const limit = (lines: string) => load(`clientPort=2181\n${lines}`).clients.maxOutstandingHandshakes;
    expect(limit('outstandingHandshake.limit=10\n')).toBe(10);
    expect(limit('netty.server.outstandingHandshake.limit=0\n')).toBe(Number.POSITIVE_INFINITY);
  });

  it('a key store there must be', () => {
    expect(refusal('clientPort=2181\nsecureClientPort=2281\n')).toBe(
      'zoo.cfg: ssl.keyStore.location: is missing, and secureClientPort wants a key and a certificate; ' +
        'add ssl.keyStore.location=/path/to/store.p12 (or .pem), or remove secureClientPort',
    );
    expect(refusal('clientPort=2181\nclient.portUnification=true\nssl.keyStore.location=\n')).toMatch(
      /ssl\.keyStore\.location=: is missing, and client\.portUnification wants/,
    );
  });

  it('a trust store there must be, unless nobody is asked for a certificate', () => {
    const lines = 'secureClientPort=2281\nssl.keyStore.location=/etc/server.p12\n';
    expect(refusal(lines)).toBe(
      'zoo.cfg: ssl.trustStore.location: is missing, and ssl.clientAuth is need by default; ' +
        "add ssl.trustStore.location=/path/to/authorities.pem (or .p12), or ssl.clientAuth=none to ask for no client's certificate",
    );
    expect(load(`${lines}ssl.clientAuth=none\n`).clients.tls?.trustStore).toBeUndefined();
    // Then one that is named is not looked at.
    expect(load(`secureClientPort=2281\n${STORES}ssl.clientAuth=none\n`).clients.tls?.trustStore).toBeUndefined();
  });

  it.each(['ssl.crl', 'ssl.ocsp'])('%s is refused: nothing here asks whether a certificate was revoked', (key) => {
    expect(refusal(`secureClientPort=2281\n${STORES}${key}=true\n`)).toMatch(
      new RegExp(`^zoo\\.cfg:5: ${key}=true: asks for protection that is not in this release; remove ${key}`),
    );
  });

  it('a secret is in no message', () => {
    expect(refusal('secureClientPort=2281\nssl.keyStore.password=hunter2\n')).not.toContain('hunter2');
    const malformed = refusal('secureClientPort=2281\nssl.keyStore.password=hunter\\user\n');
    expect(malformed).toMatch(/the value of ssl\.keyStore\.password .*\\u/);
    expect(malformed).not.toContain('hunter');
  });
});
