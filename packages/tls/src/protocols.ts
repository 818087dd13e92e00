// Java's names of protocols, as a range with gaps, which is how OpenSSL has them.

import { constants } from 'node:crypto';
import type { SecureVersion } from 'node:tls';
import { TlsConfigurationError } from './tls-configuration-error.ts';

export interface Protocols {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
}

const DEFAULT: Protocols = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' };

/** What stands for "any TLS" as a name of SSLContext.getInstance, and what is a greeting and no protocol. */
const ANY: ReadonlySet<string> = new Set(['TLS', 'SSL', 'DEFAULT', 'SSLV2HELLO']);

export function protocols(key: string, names: readonly string[] | undefined): Protocols {
  const known = names?.filter((name) => !ANY.has(name.toUpperCase()));
  if (known === undefined || known.length === 0) return DEFAULT;
  const versions = known.map((name) => versionOf(key, name));
  return {
    minVersion: versions.includes('TLSv1.2') ? 'TLSv1.2' : 'TLSv1.3',
    maxVersion: versions.includes('TLSv1.3') ? 'TLSv1.3' : 'TLSv1.2',
  };
}

function versionOf(key: string, name: string): 'TLSv1.2' | 'TLSv1.3' {
  const version = name.toLowerCase();
  if (version === 'tlsv1.2') return 'TLSv1.2';
  if (version === 'tlsv1.3') return 'TLSv1.3';
  const isOld = /^(tlsv1|tlsv1\.1|sslv3|sslv2)$/.test(version);
  throw new TlsConfigurationError({
    key,
    value: name,
    problem: isOld ? 'that protocol is broken, and neither OpenSSL nor Java speaks it any more' : 'is no protocol',
    remedy: 'write TLSv1.2, TLSv1.3 or both',
  });
}

/** No renegotiation, as X509Util has it; no tickets: every handshake shows and checks the certificates as they are now. */
export const SECURE_OPTIONS = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET;
