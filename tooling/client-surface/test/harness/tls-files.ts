// The keys and certificates of the rows about TLS: made by the openssl program for one run, so that no private key lies in the
// repository.

import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const STORE_PASSWORD = 'changeit';

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
const DAYS = ['-days', '2'];

const DIRECTORY = join(tmpdir(), `zebu-surface-tls-${randomUUID()}`);

/** `ca.pem`; `server.pem` and `.p12`, `other-server.pem`, `client.pem`: key and certificate in one file. There once they are made. */
export const tlsFile = (name: string): string => join(DIRECTORY, name);

export function makeTlsFiles(): void {
  mkdirSync(DIRECTORY, { mode: 0o700 });
  openssl(
    'req',
    '-x509',
    ...NEW_KEY,
    ...DAYS,
    '-subj',
    '/CN=Surface CA',
    '-keyout',
    tlsFile('ca.key'),
    '-out',
    tlsFile('ca.pem'),
  );
  issue('server', '/CN=server');
  issue('other-server', '/CN=other server');
  // Written the other way round: the subject of RFC 2253 begins with the last part.
  issue('client', '/O=Zebu/CN=ann');
  openssl(
    'pkcs12',
    '-export',
    '-in',
    tlsFile('server.pem'),
    '-passout',
    `pass:${STORE_PASSWORD}`,
    '-out',
    tlsFile('server.p12'),
  );
}

export const removeTlsFiles = (): void => rmSync(DIRECTORY, { recursive: true, force: true });

/** For loopback. */
function issue(name: string, subject: string): void {
  const [key, request, extensions, certificate] = ['key', 'csr', 'ext', 'crt'].map((end) =>
    tlsFile(`${name}.${end}`),
  ) as [string, string, string, string];
  openssl('req', ...NEW_KEY, '-subj', subject, '-keyout', key, '-out', request);
  writeFileSync(extensions, 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const issuer = ['-CA', tlsFile('ca.pem'), '-CAkey', tlsFile('ca.key'), '-CAcreateserial'];
  openssl('x509', '-req', ...DAYS, ...issuer, '-in', request, '-extfile', extensions, '-out', certificate);
  writeFileSync(tlsFile(`${name}.pem`), readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'));
}

const openssl = (...args: readonly string[]): void => void execFileSync('openssl', args, { stdio: 'pipe' });
