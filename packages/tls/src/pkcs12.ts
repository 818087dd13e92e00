// PKCS12 stores. Node's own `pfx` takes no store without a key, as Java's trust stores are, trusts every authority that it finds in a key store,
// and knows no RC2, with which older tools encrypt; so node-forge takes the file apart, and everything else is node:crypto's.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import forge from 'node-forge';
import './forge-key-derivation.ts';
import { locationError, passwordKeys, type StoreFile } from './store-file.ts';

export interface Pkcs12Store {
  readonly keys: readonly KeyObject[];
  readonly certificates: readonly X509Certificate[];
  /** Those that Java marked as trusted. */
  readonly trusted: readonly X509Certificate[];
}

/** Oracle's attribute of a trusted certificate, without which Java takes a certificate for a part of a key's chain. */
const TRUSTED_KEY_USAGE = '2.16.840.1.113894.746875.1.1';
const TRUSTED_ATTRIBUTE = 'trustedKeyUsage';
// Attributes are only kept by forge under the names in this table.
forge.pki.oids[TRUSTED_KEY_USAGE] = TRUSTED_ATTRIBUTE;

const { certBag, keyBag, pkcs8ShroudedKeyBag } = forge.pki.oids;

export function readPkcs12(file: StoreFile): Pkcs12Store {
  const bags = bagsOf(file);
  const certificates = bags.filter(({ type }) => type === certBag);
  try {
    return {
      keys: bags.filter(({ type }) => type === keyBag || type === pkcs8ShroudedKeyBag).map(keyOf),
      certificates: certificates.map(certificateOf),
      trusted: certificates.filter(({ attributes }) => Object.hasOwn(attributes, TRUSTED_ATTRIBUTE)).map(certificateOf),
    };
  } catch (cause) {
    throw locationError(file.settings, 'a key or certificate in it cannot be read', 'write the store anew', { cause });
  }
}

function bagsOf(file: StoreFile): forge.pkcs12.Bag[] {
  const { settings, bytes, password } = file;
  try {
    const asn1 = forge.asn1.fromDer(forge.util.createBuffer(bytes.toString('binary')));
    return forge.pkcs12.pkcs12FromAsn1(asn1, false, password).safeContents.flatMap(({ safeBags }) => safeBags);
  } catch (cause) {
    if (isWrongPassword(cause)) {
      const keys = passwordKeys(settings);
      throw password === ''
        ? locationError(settings, 'it wants a password', `set ${keys}`, { cause })
        : locationError(settings, 'the password does not fit', `correct ${keys}`, { cause });
    }
    throw locationError(
      settings,
      `it cannot be read as PKCS12 (${cause instanceof Error ? cause.message : 'unknown reason'})`,
      'write the store anew, or use PEM',
      { cause },
    );
  }
}

/** Forge's words for a MAC that does not fit, and for contents that decrypt to nothing sensible. */
const isWrongPassword = (cause: unknown): boolean =>
  cause instanceof Error && /invalid password|MAC could not be verified|wrong password/i.test(cause.message);

/** Forge reads RSA alone; of other keys it gives the PKCS8 as it stood there. */
function keyOf({ key, asn1 }: forge.pkcs12.Bag): KeyObject {
  const pkcs8 = key ? forge.pki.wrapRsaPrivateKey(forge.pki.privateKeyToAsn1(key)) : asn1;
  return createPrivateKey({ key: derOf(pkcs8), format: 'der', type: 'pkcs8' });
}

/** Likewise; and forge writes a certificate that it has read exactly as it was, or its signature would not fit. */
const certificateOf = ({ cert, asn1 }: forge.pkcs12.Bag): X509Certificate =>
  new X509Certificate(derOf(cert ? forge.pki.certificateToAsn1(cert) : asn1));

const derOf = (asn1: forge.asn1.Asn1): Buffer => Buffer.from(forge.asn1.toDer(asn1).getBytes(), 'binary');
