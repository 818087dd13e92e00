// Java's names of cipher suites, and OpenSSL's.

import { getCiphers } from 'node:tls';
import { TlsConfigurationError } from './tls-configuration-error.ts';

/** X509Util.getDefaultCipherSuites: GCM before CBC. */
const ZOOKEEPER_SUITES: readonly string[] = [
  'TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256',
  'TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384',
  'TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA',
  'TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA',
  'TLS_AES_256_GCM_SHA384',
  'TLS_AES_128_GCM_SHA256',
  'TLS_CHACHA20_POLY1305_SHA256',
];

export interface CipherSuites {
  /** In the form that node:tls takes. */
  readonly openssl: string;
  /** Some of them are of TLSv1.3, some of earlier protocols; the two sets do not meet. */
  readonly hasTls13: boolean;
  readonly hasTls12: boolean;
}

export function cipherSuites(key: string, names: readonly string[] | undefined): CipherSuites {
  // Of its own list ZooKeeper, too, takes what there is.
  const suites =
    names === undefined ? ZOOKEEPER_SUITES.map(opensslName).filter(isSupported) : names.map((name) => named(key, name));
  const tls13Count = suites.filter(isTls13).length;
  return { openssl: suites.join(':'), hasTls13: tls13Count > 0, hasTls12: tls13Count < suites.length };
}

function named(key: string, name: string): string {
  const suite = opensslName(name);
  if (isSupported(suite)) return suite;
  throw new TlsConfigurationError({
    key,
    value: name,
    problem: `OpenSSL ${process.versions.openssl} has no such cipher suite`,
    remedy: 'remove it, or write a name as TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 or ECDHE-RSA-AES128-GCM-SHA256',
  });
}

const SUPPORTED: ReadonlySet<string> = new Set(getCiphers());

const isSupported = (name: string): boolean => SUPPORTED.has(name.toLowerCase());

/** `TLS_AES_128_GCM_SHA256`: no key exchange in the name. */
const isTls13 = (name: string): boolean => name.startsWith('TLS_');

const JAVA_NAME = /^(?:TLS|SSL)_(\w+)_WITH_(\w+)$/;

/** Names of TLSv1.3 are the same to both. */
export function opensslName(name: string): string {
  const match = JAVA_NAME.exec(name);
  if (match === null) return name;
  const [, exchange = '', cipher = ''] = match;
  // OpenSSL does not name the oldest key exchange, nor the mode CBC, nor a hash where there is no other.
  const prefix = exchange === 'RSA' ? '' : `${exchange.replaceAll('_', '-')}-`;
  return (
    prefix +
    cipher
      .replace(/(AES|CAMELLIA|ARIA)_(\d+)/, '$1$2')
      .replace(/_CBC|(?<=POLY1305)_SHA256/, '')
      .replaceAll('_', '-')
  );
}
