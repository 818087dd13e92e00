// Certificates made for one run of the tests.

import { generateKeyPairSync } from 'node:crypto';
import forge from 'node-forge';

export interface Identity {
  /** PEM. */
  readonly key: string;
  readonly cert: string;
}

export interface Issuer extends Identity {
  readonly subject: readonly forge.pki.CertificateField[];
}

let serialNumber = 1;

export const createAuthority = (name: string): Issuer => {
  const subject = subjectOf(name);
  const { key, publicKey } = keyPair();
  return { key, subject, cert: certificateOf({ publicKey, subject }, { key, subject }, [CA]) };
};

export function createIdentity(name: string, authority: Issuer, addresses: readonly string[] = []): Identity {
  const { key, publicKey } = keyPair();
  const alternatives = {
    name: 'subjectAltName',
    altNames: addresses.map((address) =>
      /^[\d.]+$/.test(address) ? { type: 7, ip: address } : { type: 2, value: address },
    ),
  };
  const extensions = addresses.length === 0 ? [] : [alternatives];
  return { key, cert: certificateOf({ publicKey, subject: subjectOf(name) }, authority, extensions) };
}

const CA = { name: 'basicConstraints', cA: true };

const subjectOf = (name: string): forge.pki.CertificateField[] => [{ name: 'commonName', value: name }];

function keyPair(): { readonly key: string; readonly publicKey: forge.pki.PublicKey } {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  return { key: privateKey, publicKey: forge.pki.publicKeyFromPem(publicKey) };
}

function certificateOf(
  { publicKey, subject }: { readonly publicKey: forge.pki.PublicKey; readonly subject: forge.pki.CertificateField[] },
  issuer: Pick<Issuer, 'key' | 'subject'>,
  extensions: readonly object[],
): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = (serialNumber++).toString(16).padStart(4, '0');
  const now = Date.now();
  certificate.validity.notBefore = new Date(now - 3_600_000);
  certificate.validity.notAfter = new Date(now + 3_600_000);
  certificate.setSubject(subject);
  certificate.setIssuer([...issuer.subject]);
  certificate.setExtensions([...extensions]);
  certificate.sign(forge.pki.privateKeyFromPem(issuer.key), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}
