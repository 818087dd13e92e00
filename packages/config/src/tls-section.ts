// What the configuration says of TLS, for clients and between servers. Whether the files that it names can be used shows when they are read.

import type { PeerTlsConfig, TlsConfig, TlsStoreConfig } from './server-config.ts';
import type { Settings } from './settings.ts';

/** Undefined when no client speaks TLS: the keys may stand there for others. */
export function tlsConfig(settings: Settings): TlsConfig | undefined {
  const reason = reasonForTls(settings);
  if (reason === undefined) return undefined;
  const clientAuth = settings.text('ssl.clientAuth') as TlsConfig['clientAuth'];
  return {
    keyStore: keyStore(settings, 'ssl.', reason),
    trustStore: trustStore(settings, clientAuth),
    clientAuth,
    protocols: protocols(settings, 'ssl.'),
    cipherSuites: cipherSuites(settings, 'ssl.'),
    verifiesClientHostnames:
      settings.flag('ssl.hostnameVerification') && settings.flag('ssl.clientHostnameVerification'),
    allowReverseDnsLookup: settings.flag('ssl.allowReverseDnsLookup'),
    reloads: settings.flag('client.certReload'),
  };
}

/** Undefined when no server speaks TLS to another, nor takes others that do. */
export function peerTlsConfig(settings: Settings): PeerTlsConfig | undefined {
  const reason = (['sslQuorum', 'portUnification'] as const).find((key) => settings.flag(key));
  if (reason === undefined) return undefined;
  const verifiesHostnames = settings.flag('ssl.quorum.hostnameVerification');
  return {
    dials: settings.flag('sslQuorum'),
    takesPlain: settings.flag('portUnification'),
    keyStore: keyStore(settings, 'ssl.quorum.', reason),
    trustStore: peerTrustStore(settings, reason),
    clientAuth: settings.text('ssl.quorum.clientAuth') as PeerTlsConfig['clientAuth'],
    protocols: protocols(settings, 'ssl.quorum.'),
    cipherSuites: cipherSuites(settings, 'ssl.quorum.'),
    verifiesHostnames,
    verifiesClientHostnames: verifiesHostnames && settings.flag('ssl.quorum.clientHostnameVerification'),
    allowReverseDnsLookup: settings.flag('ssl.quorum.allowReverseDnsLookup'),
    detectionTimeoutMs: settings.number('ssl.quorum.handshakeDetectionTimeoutMillis'),
    reloads: settings.flag('sslQuorumReloadCertFiles'),
  };
}

function reasonForTls(settings: Settings): string | undefined {
  if (settings.has('secureClientPort')) return 'secureClientPort';
  return settings.flag('client.portUnification') ? 'client.portUnification' : undefined;
}

type Prefix = 'ssl.' | 'ssl.quorum.';

function keyStore(settings: Settings, prefix: Prefix, reason: string): TlsStoreConfig {
  const key = `${prefix}keyStore` as const;
  const store = storeOf(settings, key);
  if (store !== undefined) return store;
  throw settings.error(
    `${key}.location`,
    `is missing, and ${reason} wants a key and a certificate`,
    `add ${key}.location=/path/to/store.p12 (or .pem), or remove ${reason}`,
  );
}

/** ZooKeeper would check clients against the authorities of the JVM, which is to say nobody's or anybody's. */
function trustStore(settings: Settings, clientAuth: TlsConfig['clientAuth']): TlsStoreConfig | undefined {
  const store = storeOf(settings, 'ssl.trustStore');
  if (clientAuth === 'none') return undefined;
  if (store !== undefined) return store;
  throw settings.error(
    'ssl.trustStore.location',
    `is missing, and ssl.clientAuth is ${clientAuth}${settings.has('ssl.clientAuth') ? '' : ' by default'}`,
    "add ssl.trustStore.location=/path/to/authorities.pem (or .p12), or ssl.clientAuth=none to ask for no client's certificate",
  );
}

/** Whoever dials must know whom to believe, whatever is asked of those who are dialled. */
function peerTrustStore(settings: Settings, reason: string): TlsStoreConfig {
  const store = storeOf(settings, 'ssl.quorum.trustStore');
  if (store !== undefined) return store;
  throw settings.error(
    'ssl.quorum.trustStore.location',
    `is missing, and ${reason} wants the authorities of the other servers`,
    `add ssl.quorum.trustStore.location=/path/to/authorities.pem (or .p12), or remove ${reason}`,
  );
}

function storeOf(settings: Settings, key: TlsStoreConfig['key']): TlsStoreConfig | undefined {
  const location = textOf(settings, `${key}.location`);
  if (location === undefined) return undefined;
  return {
    key,
    location,
    type: textOf(settings, `${key}.type`) as TlsStoreConfig['type'],
    password: textOf(settings, `${key}.password`),
    passwordPath: textOf(settings, `${key}.passwordPath`),
  };
}

/** Nothing behind the `=` is as good as no line. */
function textOf(settings: Settings, key: string): string | undefined {
  const text = settings.optionalText(key);
  return text === '' ? undefined : text;
}

function protocols(settings: Settings, prefix: Prefix): readonly string[] | undefined {
  if (settings.has(`${prefix}enabledProtocols`)) return settings.list(`${prefix}enabledProtocols`);
  return settings.has(`${prefix}protocol`) ? [settings.text(`${prefix}protocol`)] : undefined;
}

const cipherSuites = (settings: Settings, prefix: Prefix): readonly string[] | undefined =>
  settings.has(`${prefix}ciphersuites`) ? settings.list(`${prefix}ciphersuites`) : undefined;
