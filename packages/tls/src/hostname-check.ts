// Whether a client's certificate is that of the address it comes from (ZKTrustManager.performHostVerification).

import type { X509Certificate } from 'node:crypto';
import { reverse } from 'node:dns/promises';

export type HostnameCheck = (host: string, certificate: X509Certificate) => Promise<boolean>;

/** The address first; then, where that is wanted, the names that DNS has for it. */
export const createHostnameCheck =
  (options: { readonly allowReverseDnsLookup: boolean }, lookUp: typeof reverse = reverse): HostnameCheck =>
  async (host, certificate) => {
    if (certificate.checkIP(host) !== undefined) return true;
    if (!options.allowReverseDnsLookup) return false;
    const names = await lookUp(host).catch(() => []);
    return names.some((name) => certificate.checkHost(name) !== undefined);
  };
