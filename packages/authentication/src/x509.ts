// The scheme x509: the subject of the certificate that a client of the secure port showed (X509AuthenticationProvider). TLS has
// proven it before; what is left is what it is called.

import type { AuthenticationProvider, Identity } from '@zebu/interfaces';
import { subjectOf } from './distinguished-name.ts';
import { DerError } from './der.ts';
import { isDistinguishedName } from './is-distinguished-name.ts';

export interface X509Options {
  /** X509AuthenticationProvider.superUser: who has this subject is `super:`. */
  readonly superUser?: string | undefined;
}

export interface X509Provider extends AuthenticationProvider {
  /** Of a client's certificate in DER, which TLS has verified. Empty when it cannot be read: such a client is not let in. */
  identitiesOf(certificate: Uint8Array): readonly Identity[];
}

const SCHEME = 'x509';

export const createX509Provider = ({ superUser }: X509Options = {}): X509Provider => ({
  scheme: SCHEME,
  isAuthenticated: true,
  identitiesOf(certificate) {
    const subject = readSubject(certificate);
    if (subject === undefined) return [];
    return subject === superUser ? [`super:${subject}`, `${SCHEME}:${subject}`] : [`${SCHEME}:${subject}`];
  },
  // The certificate is the proof: a packet can only repeat what it has proven.
  authenticate(_proof, { identities }) {
    const proven = identities.filter((identity) => identity.startsWith(`${SCHEME}:`));
    return proven.length === 0 ? { type: 'failed' } : { type: 'proven', identities: proven };
  },
  isValid: isDistinguishedName,
  matches: (id, aclExpression) => id === aclExpression || id === superUser,
  userNameOf: (id) => id,
});

function readSubject(certificate: Uint8Array): string | undefined {
  try {
    return subjectOf(certificate);
  } catch (error) {
    if (error instanceof DerError) return undefined;
    throw error;
  }
}
