// What the server shows: its key, its certificate, and the chain above it.

import type { KeyObject, X509Certificate } from 'node:crypto';
import { readPemCertificates, readPemKey } from './pem.ts';
import { readPkcs12 } from './pkcs12.ts';
import { locationError, readStoreFile, type StoreFile } from './store-file.ts';
import type { StoreSettings } from './tls-settings.ts';

export interface KeyStore {
  readonly key: KeyObject;
  /** The server's own first. */
  readonly chain: readonly X509Certificate[];
}

export function readKeyStore(settings: StoreSettings): KeyStore {
  const file = readStoreFile(settings);
  return file.type === 'PEM' ? keyStoreOfPem(file) : keyStoreOfPkcs12(file);
}

function keyStoreOfPem(file: StoreFile): KeyStore {
  const key = readPemKey(file);
  const chain = readPemCertificates(file);
  const [own] = chain;
  if (own === undefined) {
    throw locationError(file.settings, 'it holds no certificate', 'append the certificate of the key, and its chain');
  }
  if (!own.checkPrivateKey(key)) {
    throw locationError(
      file.settings,
      'its first certificate is not that of its private key',
      'put the certificate of the key before those of its authorities',
    );
  }
  return { key, chain };
}

/** Of several keys the first that has a certificate: Java chooses by what the client asks for. */
function keyStoreOfPkcs12(file: StoreFile): KeyStore {
  const { keys, certificates } = readPkcs12(file);
  for (const key of keys) {
    const own = certificates.find((certificate) => certificate.checkPrivateKey(key));
    if (own !== undefined) return { key, chain: chainOf(own, certificates) };
  }
  const remedy = 'export the store with its key: openssl pkcs12 -export -inkey key.pem -in chain.pem -out store.p12';
  if (keys.length === 0) throw locationError(file.settings, 'it holds no private key', remedy);
  throw locationError(file.settings, 'it holds no certificate of its private key', remedy);
}

/** From the certificate up to the last authority that is there. */
function chainOf(own: X509Certificate, certificates: readonly X509Certificate[]): X509Certificate[] {
  const chain = [own];
  for (let last = own; ; ) {
    const issuer = certificates.find((candidate) => !chain.includes(candidate) && last.checkIssued(candidate));
    if (issuer === undefined) return chain;
    chain.push(issuer);
    last = issuer;
  }
}
