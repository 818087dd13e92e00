// Stores as openssl and Java's keytool write them (stores/make.sh). Those of PEM with a private key are written here from the same
// keys: whoever looks for secrets in a repository looks for such text.

import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readKeyStore } from '../src/key-store.ts';
import { readTrustStore } from '../src/trust-store.ts';
import type { StoreSettings } from '../src/index.ts';

const directory = mkdtempSync(join(tmpdir(), 'zebu-tls-'));
const WRITTEN: ReadonlySet<string> = new Set(['server-ec.key', 'key-and-chain.pem', 'encrypted-key-and-chain.pem']);
const stored = (name: string): string =>
  WRITTEN.has(name) ? join(directory, name) : fileURLToPath(new URL(`stores/${name}`, import.meta.url));

function file(name: string, content: string): string {
  const path = join(directory, name);
  writeFileSync(path, content);
  return path;
}

function copy(name: string, as: string): string {
  const path = join(directory, as);
  copyFileSync(stored(name), path);
  return path;
}

const keyStore = (location: string, settings: Partial<StoreSettings> = {}): StoreSettings => ({
  key: 'ssl.keyStore',
  location,
  type: undefined,
  password: 'secret',
  passwordPath: undefined,
  ...settings,
});

const trustStore = (location: string, settings: Partial<StoreSettings> = {}): StoreSettings =>
  keyStore(location, { key: 'ssl.trustStore', ...settings });

const names = (certificates: readonly { readonly subject: string }[]): string[] =>
  certificates.map(({ subject }) => subject);

beforeAll(() => {
  const key = (name: string, encryption: object = {}): string =>
    String(readKeyStore(keyStore(stored(name))).key.export({ type: 'pkcs8', format: 'pem', ...encryption }));
  const chain = (name: string): string =>
    readFileSync(stored(name), 'utf8') + readFileSync(stored('intermediate.pem'), 'utf8');
  const encrypted = key('openssl-ec.p12', { cipher: 'aes-256-cbc', passphrase: 'secret' });
  file('server-ec.key', key('openssl-ec.p12'));
  file('key-and-chain.pem', key('openssl-rsa.p12') + chain('server-rsa.pem'));
  file('encrypted-key-and-chain.pem', encrypted + chain('server-ec.pem'));
});

describe('a key store', () => {
  it.each([
    ['key-and-chain.pem', 'rsa', ['CN=server', 'CN=Intermediate']],
    ['encrypted-key-and-chain.pem', 'ec', ['CN=server', 'CN=Intermediate']],
    ['openssl-rsa.p12', 'rsa', ['CN=server', 'CN=Intermediate', 'CN=Root']],
    ['openssl-ec.p12', 'ec', ['CN=server', 'CN=Intermediate', 'CN=Root']],
    ['openssl-legacy.p12', 'rsa', ['CN=server', 'CN=Intermediate', 'CN=Root']],
    ['keytool-ec.p12', 'ec', ['CN=server', 'CN=Intermediate', 'CN=Root']],
  ])('%s: its key, and the chain from the server up', (name, algorithm, chain) => {
    const store = readKeyStore(keyStore(stored(name)));
    expect(store.key.asymmetricKeyType).toBe(algorithm);
    expect(store.chain[0]?.checkPrivateKey(store.key)).toBe(true);
    expect(names(store.chain)).toEqual(chain);
  });

  it('may have a password beyond ASCII', () => {
    const settings = keyStore(stored('openssl-utf8-password.p12'), { password: 'geheimnisträger' });
    expect(readKeyStore(settings).chain).toHaveLength(3);
  });

  it('may have no password', () => {
    const store = readKeyStore(keyStore(stored('openssl-no-password.p12'), { password: undefined }));
    expect(names(store.chain)).toEqual(['CN=server']);
  });

  it('its password may stand in a file, which counts first', () => {
    const passwordPath = file('password', 'secret\n');
    const settings = keyStore(stored('openssl-ec.p12'), { password: 'wrong', passwordPath });
    expect(readKeyStore(settings).chain).toHaveLength(3);
  });

  it('its type counts before its name', () => {
    const location = copy('openssl-ec.p12', 'store.pem');
    expect(readKeyStore(keyStore(location, { type: 'PKCS12' })).chain).toHaveLength(3);
  });
});

describe('a trust store', () => {
  it.each([
    ['root.pem', ['CN=Root']],
    ['keytool-trust.p12', ['CN=Root', 'CN=Intermediate']],
    ['openssl-trust.p12', ['CN=Root']],
    // The chain of the key in it is not trusted.
    ['keytool-both.p12', ['CN=Root']],
  ])('%s', (name, trusted) => {
    expect(names(readTrustStore(trustStore(stored(name)))).sort()).toEqual([...trusted].sort());
  });

  it('of several PEM certificates', () => {
    expect(readTrustStore(trustStore(stored('key-and-chain.pem')))).toHaveLength(2);
  });
});

describe('what cannot be used is refused with key, file and remedy', () => {
  const missing = join(directory, 'missing.p12');
  const cases: readonly (readonly [what: string, read: () => unknown, message: string | RegExp])[] = [
    [
      'a missing file',
      () => readKeyStore(keyStore(missing)),
      `ssl.keyStore.location=${missing}: the file does not exist; make it a file that this user may read`,
    ],
    [
      'a directory',
      () => readKeyStore(keyStore(directory, { type: 'PEM' })),
      /the file cannot be read \(EISDIR\); make it a file/,
    ],
    [
      'a name that does not tell',
      () => readKeyStore(keyStore('/etc/store.crt')),
      'ssl.keyStore.location=/etc/store.crt: the name does not tell the type of the file; ' +
        'set ssl.keyStore.type to PEM or PKCS12, or let the name end in .pem or .p12',
    ],
    [
      'JKS by name',
      () => readKeyStore(keyStore('/etc/zk/server.jks')),
      'ssl.keyStore.location=/etc/zk/server.jks: only Java reads a JKS store; convert it with ' +
        '`keytool -importkeystore -srckeystore /etc/zk/server.jks -destkeystore /etc/zk/server.p12 -deststoretype PKCS12`, ' +
        'then set ssl.keyStore.location=/etc/zk/server.p12',
    ],
    [
      'JKS by type, and a path that a shell would tear',
      () => readTrustStore(trustStore("/my stores/it's", { type: 'JKS' })),
      /-srckeystore '\/my stores\/it'\\''s' -destkeystore .* then set ssl\.trustStore\.location=\/my stores\/it's\.p12 and ssl\.trustStore\.type=PKCS12$/,
    ],
    [
      'JKS under a wrong name',
      () => readTrustStore(trustStore(copy('java.jks', 'really-jks.p12'))),
      /only Java reads a JKS store; convert it with `keytool /,
    ],
    [
      'BCFKS',
      () => readKeyStore(keyStore('/etc/server.bcfks')),
      /only Java reads a BCFKS store; convert it with `keytool -importkeystore .*-srcstoretype BCFKS .*-deststoretype PKCS12`/,
    ],
    [
      'PEM under the name of PKCS12',
      () => readKeyStore(keyStore(copy('key-and-chain.pem', 'really-pem.p12'))),
      /it holds PEM text, not PKCS12; set ssl\.keyStore\.type=PEM$/,
    ],
    [
      'PKCS12 under the name of PEM',
      () => readKeyStore(keyStore(copy('openssl-ec.p12', 'really-p12.pem'))),
      /it holds no PEM text .*; set ssl\.keyStore\.type=PKCS12$/,
    ],
    ['nonsense for PKCS12', () => readKeyStore(keyStore(file('no.p12', 'hello'))), /it is no PKCS12 file; write/],
    [
      'broken PKCS12',
      () => readKeyStore(keyStore(file('broken.p12', '0\u0003hello'))),
      /it cannot be read as PKCS12 \(.*\); write the store anew/,
    ],
    ['nonsense for PEM', () => readKeyStore(keyStore(file('no.pem', 'hello'))), /it holds no PEM text/],
    [
      'a wrong password',
      () => readKeyStore(keyStore(stored('openssl-ec.p12'), { password: 'hunter2' })),
      /the password does not fit; correct ssl\.keyStore\.password or ssl\.keyStore\.passwordPath$/,
    ],
    [
      'no password',
      () => readTrustStore(trustStore(stored('keytool-trust.p12'), { password: undefined })),
      /it wants a password; set ssl\.trustStore\.password or ssl\.trustStore\.passwordPath$/,
    ],
    [
      'no password for an encrypted key',
      () => readKeyStore(keyStore(stored('encrypted-key-and-chain.pem'), { password: undefined })),
      /its private key is encrypted; set ssl\.keyStore\.password/,
    ],
    [
      'a wrong password for an encrypted key',
      () => readKeyStore(keyStore(stored('encrypted-key-and-chain.pem'), { password: 'hunter2' })),
      /its private key cannot be decrypted; correct ssl\.keyStore\.password/,
    ],
    [
      'a missing password file',
      () => readKeyStore(keyStore(stored('openssl-ec.p12'), { passwordPath: missing })),
      `ssl.keyStore.passwordPath=${missing}: the file does not exist; make it a file that this user may read`,
    ],
    [
      'PEM without a key',
      () => readKeyStore(keyStore(stored('root.pem'))),
      /it holds no private key; put the key .* into this one file$/,
    ],
    [
      'PEM without a certificate',
      () => readKeyStore(keyStore(stored('server-ec.key'), { type: 'PEM' })),
      /it holds no certificate; append/,
    ],
    [
      'PEM whose first certificate is that of another key',
      () => {
        const key = copy('server-ec.key', 'key.tmp');
        return readKeyStore(keyStore(joined('mixed.pem', key, stored('server-rsa.pem'), stored('server-ec.pem'))));
      },
      /its first certificate is not that of its private key; put/,
    ],
    [
      'PKCS12 without a key',
      () => readKeyStore(keyStore(stored('keytool-trust.p12'))),
      /it holds no private key; export the store with its key/,
    ],
    [
      'a key store for a trust store',
      () => readTrustStore(trustStore(stored('openssl-ec.p12'))),
      /ssl\.trustStore\.location=.*: it holds no trusted certificate; import the authorities: keytool -importcert/,
    ],
    [
      'a damaged certificate',
      () =>
        readTrustStore(trustStore(file('bad.pem', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'))),
      /one of its certificates cannot be read/,
    ],
  ];

  it.each(cases)('%s', (_what, read, message) => {
    expect(read).toThrow(message);
    expect(read).not.toThrow(/hunter2/);
  });
});

function joined(name: string, ...paths: readonly string[]): string {
  return file(name, paths.map((path) => readFileSync(path, 'utf8')).join('\n'));
}
