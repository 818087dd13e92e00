// Whether a certificate is that of the other end of a connection (ZKTrustManager.performHostVerification).

import type { X509Certificate } from 'node:crypto';
import { reverse } from 'node:dns/promises';
import { isIP } from 'node:net';

export type HostnameCheck = (host: string, certificate: X509Certificate) => Promise<boolean>;

export interface HostnameCheckOptions {
  readonly allowReverseDnsLookup: boolean;
}

/** Of who connected, from an address: the address first; then, where that is wanted, the names that DNS has for it. */
export const createHostnameCheck =
  (options: HostnameCheckOptions, lookUp: typeof reverse = reverse): HostnameCheck =>
  async (host, certificate) => {
    if (certificate.checkIP(host) !== undefined) return true;
    if (!options.allowReverseDnsLookup) return false;
    const names = await lookUp(host).catch(() => []);
    return names.some((name) => certificate.checkHost(name) !== undefined);
  };

export interface DialledHost {
  /** As it was dialled: a name or an address. */
  readonly host: string;
  readonly address: string;
}

export type DialledHostCheck = (dialled: DialledHost, certificate: X509Certificate) => Promise<boolean>;

/** Of who was dialled: also the name by which he was. */
export function createDialledHostCheck(options: HostnameCheckOptions, lookUp?: typeof reverse): DialledHostCheck {
  const checkAddress = createHostnameCheck(options, lookUp);
  return async ({ host, address }, certificate) =>
    (isIP(host) === 0 && certificate.checkHost(host) !== undefined) || checkAddress(address, certificate);
}
