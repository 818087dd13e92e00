import { X509Certificate } from 'node:crypto';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext, type TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { Clock, Logger, Timer } from '@zebu/interfaces';
import { beforeEach, describe, expect, it } from 'vitest';
import { createDialledHostCheck, createHostnameCheck, createTlsIdentity, type TlsSettings } from '../src/index.ts';

const stored = (name: string): string => fileURLToPath(new URL(`stores/${name}`, import.meta.url));

class FakeClock implements Clock {
  time = 0;
  wallTime = Date.now();
  timer: { readonly at: number; readonly callback: () => void } | undefined;

  now(): number {
    return this.time;
  }

  wallClock(): number {
    return this.wallTime;
  }

  setTimer(at: number, callback: () => void): Timer {
    const timer = { at, callback };
    this.timer = timer;
    return {
      cancel: () => {
        if (this.timer === timer) this.timer = undefined;
      },
    };
  }

  /** The next look at the files. */
  look(): void {
    const { timer } = this;
    this.timer = undefined;
    this.time = timer?.at ?? this.time;
    timer?.callback();
  }
}

class FakeLogger implements Logger {
  readonly lines: string[] = [];
  debug(): void {}
  info(message: string): void {
    this.lines.push(message);
  }
  warn(message: string, fields: object = {}): void {
    this.lines.push(`${message} ${JSON.stringify(fields)}`);
  }
  error(): void {}
}

let clock: FakeClock;
let logger: FakeLogger;
let directory: string;
beforeEach(() => {
  clock = new FakeClock();
  logger = new FakeLogger();
  directory = mkdtempSync(join(tmpdir(), 'zebu-tls-'));
});

const store = (key: string, location: string) => ({
  key,
  location,
  type: undefined,
  password: 'secret',
  passwordPath: undefined,
});

const settings = (change: Partial<TlsSettings> = {}): TlsSettings => ({
  prefix: 'ssl.',
  keyStore: store('ssl.keyStore', stored('openssl-ec.p12')),
  trustStore: store('ssl.trustStore', stored('keytool-trust.p12')),
  protocols: undefined,
  cipherSuites: undefined,
  ...change,
});

const identity = (change: Partial<TlsSettings> = {}) => createTlsIdentity({ clock, logger }, settings(change));

const subjectOf = ({ cert }: TlsOptions): string => new X509Certificate(String(cert)).publicKey.asymmetricKeyType ?? '';

describe('what node:tls is given', () => {
  it('is complete, and OpenSSL takes it', () => {
    const { options } = identity();
    expect(() => createSecureContext(options)).not.toThrow();
    expect(String(options.cert).match(/BEGIN/g)).toHaveLength(3);
    expect(options.ca).toHaveLength(2);
    expect(options).toMatchObject({ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', honorCipherOrder: true });
  });

  it('trusts nobody without a trust store, the public authorities neither', () => {
    expect(identity({ trustStore: undefined }).options.ca).toEqual([]);
  });

  it('is refused when no cipher suite fits the protocols', () => {
    expect(() => identity({ protocols: ['TLSv1.3'], cipherSuites: ['ECDHE-RSA-AES128-SHA'] })).toThrow(
      'ssl.ciphersuites: none of them is of TLSv1.3; add one that is, or correct ssl.enabledProtocols',
    );
  });

  it('a certificate that is not valid now is a warning', () => {
    clock.wallTime = Date.UTC(2020, 0, 1);
    identity();
    expect(logger.lines).toEqual([expect.stringContaining('the certificate is not valid now')]);
  });
});

describe('reading again', () => {
  function watched(location: string) {
    const changes: TlsOptions[] = [];
    const tls = identity({ keyStore: store('ssl.keyStore', location), trustStore: undefined });
    tls.watch((options) => changes.push(options));
    return { tls, changes };
  }

  it('is done when a file was replaced, and not before', () => {
    const location = join(directory, 'server.p12');
    copyFileSync(stored('openssl-ec.p12'), location);
    const { tls, changes } = watched(location);
    clock.look();
    expect(changes).toEqual([]);
    copyFileSync(stored('openssl-rsa.p12'), join(directory, 'new'));
    renameSync(join(directory, 'new'), location);
    clock.look();
    expect(changes.map(subjectOf)).toEqual(['rsa']);
    expect(tls.options).toBe(changes[0]);
    clock.look();
    expect(changes).toHaveLength(1);
  });

  it('follows links, as Kubernetes swaps them', () => {
    const location = join(directory, 'server.p12');
    symlinkSync(stored('openssl-ec.p12'), location);
    const { changes } = watched(location);
    unlinkSync(location);
    symlinkSync(stored('openssl-rsa.p12'), location);
    clock.look();
    expect(changes.map(subjectOf)).toEqual(['rsa']);
  });

  it('of something that cannot be used changes nothing but the log, and the next change is tried again', () => {
    const location = join(directory, 'server.p12');
    copyFileSync(stored('openssl-ec.p12'), location);
    const { tls, changes } = watched(location);
    const before = tls.options;
    writeFileSync(location, readFileSync(stored('openssl-rsa.p12')).subarray(0, 100));
    clock.look();
    clock.look();
    expect(tls.options).toBe(before);
    expect(logger.lines).toEqual([expect.stringMatching(/the former ones stay .*ssl\.keyStore\.location=/)]);
    unlinkSync(location);
    clock.look();
    copyFileSync(stored('openssl-rsa.p12'), location);
    clock.look();
    expect(changes.map(subjectOf)).toEqual(['rsa']);
  });

  it('ends with close', () => {
    const { tls } = watched(stored('openssl-ec.p12'));
    tls.close();
    expect(clock.timer).toBeUndefined();
  });
});

describe('whether a certificate is that of an address', () => {
  const certificate = new X509Certificate(readFileSync(stored('server-ec.pem')));
  const check = (
    allowReverseDnsLookup: boolean,
    names: () => Promise<string[]> = () => Promise.resolve(['localhost']),
  ) => createHostnameCheck({ allowReverseDnsLookup }, names);

  it('it names the address', async () => {
    expect(await check(false)('127.0.0.1', certificate)).toBe(true);
    expect(await check(false)('10.0.0.1', certificate)).toBe(false);
  });

  it('or what DNS has for it, if that may be asked', async () => {
    expect(await check(true)('10.0.0.1', certificate)).toBe(true);
    expect(await check(true, () => Promise.resolve(['elsewhere']))('10.0.0.1', certificate)).toBe(false);
    expect(await check(true, () => Promise.reject(new Error('ENOTFOUND')))('10.0.0.1', certificate)).toBe(false);
  });

  it('or, of whom was dialled, the name by which he was', async () => {
    const dialled = (host: string, address: string) =>
      createDialledHostCheck({ allowReverseDnsLookup: false })({ host, address }, certificate);
    expect(await dialled('localhost', '10.0.0.1')).toBe(true);
    expect(await dialled('elsewhere', '10.0.0.1')).toBe(false);
    expect(await dialled('elsewhere', '127.0.0.1')).toBe(true);
    expect(await dialled('10.0.0.1', '10.0.0.1')).toBe(false);
  });
});
