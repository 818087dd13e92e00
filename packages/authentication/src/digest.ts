// The scheme digest: `user:base64(hash of user:password)` (DigestAuthenticationProvider).

import { createHash, getHashes } from 'node:crypto';
import type { AuthenticationProvider } from '@zebu/interfaces';

export interface DigestOptions {
  /** digestAlg, by Java's name for it. */
  readonly algorithm?: string;
  /** superDigest: whoever has the password behind it is `super:`. Compared, and never shown. */
  readonly superDigest?: string | undefined;
}

const DEFAULT_ALGORITHM = 'SHA1';

export class UnknownDigestAlgorithmError extends Error {
  override readonly name = 'UnknownDigestAlgorithmError';
  readonly code = 'UNKNOWN_DIGEST_ALGORITHM';
}

/** Throws UnknownDigestAlgorithmError. */
export function createDigestProvider(options: DigestOptions = {}): AuthenticationProvider {
  const algorithm = nodeAlgorithm(options.algorithm ?? DEFAULT_ALGORITHM);
  const { superDigest } = options;
  return {
    scheme: 'digest',
    isAuthenticated: true,
    authenticate(proof) {
      if (proof === null) return { type: 'failed' };
      // As Java reads them: what is not UTF-8 becomes U+FFFD, and a byte order mark stays.
      const id = digestOf(new TextDecoder('utf-8', { ignoreBOM: true }).decode(proof), algorithm);
      const identities = [...(id === superDigest ? ['super:'] : []), `digest:${id}`];
      return { type: 'proven', identities };
    },
    isValid: (id) => javaSplit(id).length === 2,
    matches: (id, aclExpression) => id === aclExpression,
    userNameOf: (id) => javaSplit(id)[0] ?? '',
  };
}

/** `user:password` as an ACL and superDigest have it. */
function digestOf(userAndPassword: string, algorithm: string): string {
  const colon = userAndPassword.indexOf(':');
  const user = colon < 0 ? userAndPassword : userAndPassword.slice(0, colon);
  return `${user}:${createHash(algorithm).update(userAndPassword, 'utf8').digest('base64')}`;
}

/** Java drops trailing empty parts, so `user:` has one part. */
function javaSplit(id: string): string[] {
  const parts = id.split(':');
  while (parts.length > 0 && parts[parts.length - 1] === '') parts.pop();
  return id === '' ? [''] : parts;
}

/** `SHA-256` and `SHA256`, `SHA-512/256`, `SHA3-256`: OpenSSL writes them without some of the hyphens, and in its own case. */
function nodeAlgorithm(javaName: string): string {
  const wanted = withoutPunctuation(javaName === 'SHA' ? DEFAULT_ALGORITHM : javaName);
  const found = getHashes().find((name) => !name.startsWith('RSA-') && withoutPunctuation(name) === wanted);
  if (found !== undefined) return found;
  throw new UnknownDigestAlgorithmError(`no hash is called ${javaName}; SHA1, SHA-256 and SHA3-256 are some that are`);
}

const withoutPunctuation = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '');
