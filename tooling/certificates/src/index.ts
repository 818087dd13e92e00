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

export interface IdentityOptions {
  /** IPv4 addresses and names. */
  readonly hosts?: readonly string[];
  readonly expired?: boolean;
}

const HOUR_MS = 3_600_000;
const CA = { name: 'basicConstraints', cA: true };

let serialNumber = 1;

export const createAuthority = (name: string): Issuer => {
  const subject = subjectOf(name);
  const { key, publicKey } = keyPair();
  return { key, subject, cert: certificateOf({ publicKey, subject }, { key, subject }, [CA], false) };
};

export function createIdentity(name: string, authority: Issuer, options: IdentityOptions = {}): Identity {
  const { hosts = ['127.0.0.1'], expired = false } = options;
  const { key, publicKey } = keyPair();
  const altNames = hosts.map((host) => (/^[\d.]+$/.test(host) ? { type: 7, ip: host } : { type: 2, value: host }));
  const extensions = [{ name: 'subjectAltName', altNames }];
  return { key, cert: certificateOf({ publicKey, subject: subjectOf(name) }, authority, extensions, expired) };
}

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
  expired: boolean,
): string {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = publicKey;
  certificate.serialNumber = (serialNumber++).toString(16).padStart(4, '0');
  const end = Date.now() + (expired ? -HOUR_MS : HOUR_MS);
  certificate.validity.notBefore = new Date(end - 2 * HOUR_MS);
  certificate.validity.notAfter = new Date(end);
  certificate.setSubject(subject);
  certificate.setIssuer([...issuer.subject]);
  certificate.setExtensions([...extensions]);
  certificate.sign(forge.pki.privateKeyFromPem(issuer.key), forge.md.sha256.create());
  return forge.pki.certificateToPem(certificate);
}
