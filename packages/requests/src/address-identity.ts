// The identity that every connection has from its address, whether or not anybody asks for it (NIOServerCnxn's constructor).

import type { Identity } from '@zebu/interfaces';

const IPV6_SEGMENTS = 8;

export const addressIdentity = (remoteAddress: string): Identity => `ip:${hostOf(remoteAddress)}`;

/** Of `1.2.3.4:5678`, `[::1]:5678`, or an address alone; IPv6 written out as Java's getHostAddress has it. */
export function hostOf(remoteAddress: string): string {
  const bracketed = /^\[(.*)\](:\d+)?$/.exec(remoteAddress);
  if (bracketed !== null) return withoutCompression(bracketed[1] as string);
  const colon = remoteAddress.indexOf(':');
  if (colon < 0) return remoteAddress;
  return colon === remoteAddress.lastIndexOf(':') ? remoteAddress.slice(0, colon) : withoutCompression(remoteAddress);
}

/** `::1` is `0:0:0:0:0:0:0:1`. */
function withoutCompression(address: string): string {
  const [head = '', tail] = address.split('::');
  if (tail === undefined) return address;
  const before = head === '' ? [] : head.split(':');
  const after = tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, IPV6_SEGMENTS - before.length - after.length)).fill('0');
  return [...before, ...zeros, ...after].join(':');
}
