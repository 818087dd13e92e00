// What the configuration says of TLS for clients. Whether the files that it names can be used shows when they are read.

import type { TlsConfig, TlsStoreConfig } from './server-config.ts';
import type { Settings } from './settings.ts';

/** Undefined when no client speaks TLS: the keys may stand there for others. */
export function tlsConfig(settings: Settings): TlsConfig | undefined {
  const reason = reasonForTls(settings);
  if (reason === undefined) return undefined;
  const clientAuth = settings.text('ssl.clientAuth') as TlsConfig['clientAuth'];
  return {
    keyStore: keyStore(settings, reason),
    trustStore: trustStore(settings, clientAuth),
    clientAuth,
    protocols: protocols(settings),
    cipherSuites: settings.has('ssl.ciphersuites') ? settings.list('ssl.ciphersuites') : undefined,
    verifiesClientHostnames:
      settings.flag('ssl.hostnameVerification') && settings.flag('ssl.clientHostnameVerification'),
    allowReverseDnsLookup: settings.flag('ssl.allowReverseDnsLookup'),
    reloads: settings.flag('client.certReload'),
  };
}

function reasonForTls(settings: Settings): string | undefined {
  if (settings.has('secureClientPort')) return 'secureClientPort';
  return settings.flag('client.portUnification') ? 'client.portUnification' : undefined;
}

function keyStore(settings: Settings, reason: string): TlsStoreConfig {
  const store = storeOf(settings, 'ssl.keyStore');
  if (store !== undefined) return store;
  throw settings.error(
    'ssl.keyStore.location',
    `is missing, and ${reason} wants a key and a certificate`,
    `add ssl.keyStore.location=/path/to/store.p12 (or .pem), or remove ${reason}`,
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

function storeOf(settings: Settings, key: 'ssl.keyStore' | 'ssl.trustStore'): TlsStoreConfig | undefined {
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

function protocols(settings: Settings): readonly string[] | undefined {
  if (settings.has('ssl.enabledProtocols')) return settings.list('ssl.enabledProtocols');
  return settings.has('ssl.protocol') ? [settings.text('ssl.protocol')] : undefined;
}
