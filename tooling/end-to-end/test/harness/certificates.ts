// Certificates made by the openssl program for one run of the tests: an authority, a server, a client.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../clients/run.ts';

export interface Identity {
  readonly key: string;
  readonly certificate: string;
  /** Key and certificate in one file, as ZooKeeper's PEM stores are. */
  readonly pem: string;
  readonly pkcs12: string;
}

export interface IssueOptions {
  /** As subjectAltName has them. */
  readonly hosts?: string;
  readonly expired?: boolean;
}

export const PASSWORD = 'a password';

const LOOPBACK = 'IP:127.0.0.1,DNS:localhost';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

export class CertificateAuthority {
  readonly #directory: string;
  readonly #key: string;
  /** PEM. */
  readonly certificate: string;
  /** A Java trust store. */
  readonly trustStore: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.#key = join(directory, 'ca.key');
    this.certificate = join(directory, 'ca.pem');
    this.trustStore = join(directory, 'ca.p12');
  }

  static async create(directory: string): Promise<CertificateAuthority> {
    mkdirSync(directory, { recursive: true });
    const authority = new CertificateAuthority(directory);
    const output = ['-keyout', authority.#key, '-out', authority.certificate];
    await openssl('req', '-x509', ...NEW_KEY, '-days', '2', '-subj', '/CN=Test CA', ...output);
    const store = ['-storetype', 'PKCS12', '-keystore', authority.trustStore, '-storepass', PASSWORD];
    await succeed('keytool', ['-importcert', '-noprompt', ...store, '-alias', 'ca', '-file', authority.certificate]);
    return authority;
  }

  /** Its certificate is for loopback, and valid, unless told. */
  async issue(name: string, { hosts = LOOPBACK, expired = false }: IssueOptions = {}): Promise<Identity> {
    const file = (extension: string): string => join(this.#directory, `${name}.${extension}`);
    const identity = { key: file('key'), certificate: file('crt'), pem: file('pem'), pkcs12: file('p12') };
    await openssl('req', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', identity.key, '-out', file('csr'));
    writeFileSync(file('ext'), `subjectAltName=${hosts}\n`);
    const issuer = ['-CA', this.certificate, '-CAkey', this.#key, '-CAcreateserial'];
    const request = ['-in', file('csr'), '-extfile', file('ext'), '-out', identity.certificate];
    await openssl('x509', '-req', '-days', expired ? '-1' : '2', ...issuer, ...request);
    const pair = ['-inkey', identity.key, '-in', identity.certificate];
    await openssl('pkcs12', '-export', ...pair, '-passout', `pass:${PASSWORD}`, '-out', identity.pkcs12);
    writeFileSync(identity.pem, readFileSync(identity.key, 'utf8') + readFileSync(identity.certificate, 'utf8'));
    return identity;
  }
}

const openssl = (...args: readonly string[]): Promise<void> => succeed('openssl', args);

async function succeed(command: string, args: readonly string[]): Promise<void> {
  const { code, output } = await run(command, args);
  if (code !== 0) throw new Error(`${command} ${args[0]} failed: ${output}`);
}
