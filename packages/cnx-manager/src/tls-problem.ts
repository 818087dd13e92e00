// Why TLS came to nothing, in words for a log.

import type { TLSSocket } from 'node:tls';

/** What OpenSSL says of an error: `tlsv1 alert unknown ca`, or `CERT_HAS_EXPIRED`. */
export function problemOf(error: Error): string {
  const { reason, code } = error as NodeJS.ErrnoException & { readonly reason?: unknown };
  if (typeof reason === 'string') return reason;
  return code === undefined ? error.message : `${error.message} (${code})`;
}

/** Of a connection that is not authorized. */
export function certificateProblemOf({ authorizationError }: TLSSocket): string {
  // Declared as an Error, but a code in fact, or null.
  const reason: unknown = authorizationError;
  return `its certificate is not trusted${typeof reason === 'string' ? ` (${reason})` : ''}`;
}
