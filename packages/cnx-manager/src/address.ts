// Addresses as server lists write them: IPv6 in brackets or bare.

import type { ServerAddress } from '@zebu/protocol';

export const bareHost = (address: ServerAddress): string => address.host.replace(/^\[(.*)\]$/, '$1');

export function formatAddress(address: ServerAddress): string {
  const host = bareHost(address);
  return host.includes(':') ? `[${host}]:${address.port}` : `${host}:${address.port}`;
}

/** An IPv4 address as such, also where a socket of both families writes it as one of IPv6. */
export const plainHost = (host: string): string => host.replace(/^::ffff:(?=[\d.]+$)/, '');
