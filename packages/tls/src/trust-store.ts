// Whose signatures on a client's certificate count.

import type { X509Certificate } from 'node:crypto';
import { readPemCertificates } from './pem.ts';
import { readPkcs12 } from './pkcs12.ts';
import { locationError, readStoreFile, type StoreFile } from './store-file.ts';
import type { StoreSettings } from './tls-settings.ts';

export function readTrustStore(settings: StoreSettings): readonly X509Certificate[] {
  const file = readStoreFile(settings);
  const trusted = file.type === 'PEM' ? readPemCertificates(file) : trustedOfPkcs12(file);
  if (trusted.length > 0) return trusted;
  throw locationError(
    settings,
    'it holds no trusted certificate',
    file.type === 'PEM'
      ? 'put the certificates of the authorities into it'
      : 'import the authorities: keytool -importcert -storetype PKCS12 -keystore store.p12 -alias ca -file ca.pem',
  );
}

/** What Java marked; in a store of other tools, which do not mark, everything, unless it is a key store: its chain is not to be trusted. */
function trustedOfPkcs12(file: StoreFile): readonly X509Certificate[] {
  const { trusted, certificates, keys } = readPkcs12(file);
  if (trusted.length > 0) return trusted;
  return keys.length > 0 ? [] : certificates;
}
