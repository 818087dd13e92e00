// PEM stores: one text with certificates and, in a key store, one private key (PemReader).

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { locationError, passwordKeys, type StoreFile } from './store-file.ts';

const CERTIFICATE = /-----BEGIN ([A-Z0-9]+ )?CERTIFICATE-----[^-]+-----END ([A-Z0-9]+ )?CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN ([A-Z0-9 ]*)PRIVATE KEY-----[^]+?-----END \1PRIVATE KEY-----/;

export function readPemCertificates(file: StoreFile): X509Certificate[] {
  const texts = file.bytes.toString('latin1').match(CERTIFICATE) ?? [];
  try {
    return texts.map((text) => new X509Certificate(text));
  } catch (cause) {
    throw locationError(file.settings, 'one of its certificates cannot be read', 'write the file anew', { cause });
  }
}

export function readPemKey(file: StoreFile): KeyObject {
  const { settings, password } = file;
  const text = PRIVATE_KEY.exec(file.bytes.toString('latin1'))?.[0];
  if (text === undefined) {
    throw locationError(
      settings,
      'it holds no private key',
      'put the key (-----BEGIN PRIVATE KEY-----) and the certificates into this one file',
    );
  }
  const isEncrypted = text.includes('ENCRYPTED');
  if (isEncrypted && password === '') {
    throw locationError(settings, 'its private key is encrypted', `set ${passwordKeys(settings)}`);
  }
  try {
    return createPrivateKey({ key: text, ...(isEncrypted ? { passphrase: password } : {}) });
  } catch (cause) {
    throw isEncrypted
      ? locationError(settings, 'its private key cannot be decrypted', `correct ${passwordKeys(settings)}`, { cause })
      : locationError(settings, 'its private key cannot be read', 'write the file anew', { cause });
  }
}
