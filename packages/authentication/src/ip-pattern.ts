// The ids of the scheme `ip`: an IPv4 or IPv6 address, or a network as `address/bits` (IPAuthenticationProvider).

import { parseJavaInteger } from './java-integer.ts';

export const isIpPattern = (pattern: string): boolean => parsePattern(pattern) !== undefined;

export function matchesIpPattern(address: string, pattern: string): boolean {
  const network = parsePattern(pattern);
  const bytes = parseAddress(address);
  if (network === undefined || bytes?.length !== network.bytes.length) return false;
  for (let bit = 0; bit < network.bits; bit += 8) {
    const mask = 0xff00 >> Math.min(8, network.bits - bit);
    const difference = (bytes[bit >> 3] as number) ^ (network.bytes[bit >> 3] as number);
    if ((difference & mask & 0xff) !== 0) return false;
  }
  return true;
}

function parsePattern(pattern: string): { bytes: readonly number[]; bits: number } | undefined {
  const slash = pattern.indexOf('/');
  const bytes = parseAddress(slash < 0 ? pattern : pattern.slice(0, slash));
  if (bytes === undefined) return undefined;
  const bits = slash < 0 ? bytes.length * 8 : parseJavaInteger(pattern.slice(slash + 1), 10);
  return bits !== undefined && bits >= 0 && bits <= bytes.length * 8 ? { bytes, bits } : undefined;
}

const parseAddress = (address: string): readonly number[] | undefined =>
  address.includes(':') ? parseIpv6(address) : parseIpv4(address);

function parseIpv4(address: string): readonly number[] | undefined {
  const parts = address.split('.').map((part) => parseJavaInteger(part, 10));
  return parts.length === 4 && parts.every((part) => part !== undefined && part >= 0 && part <= 255)
    ? (parts as number[])
    : undefined;
}

const IPV6_SEGMENTS = 8;

function parseIpv6(address: string): readonly number[] | undefined {
  const halves = address.split('::');
  if (halves.length > 2) return undefined;
  const [head = [], tail = []] = halves.map((half) => (half === '' ? [] : half.split(':')));
  const missing = IPV6_SEGMENTS - head.length - tail.length;
  // `::` stands for one segment of zeros at least.
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const segments = [...head, ...Array<string>(missing).fill('0'), ...tail].map((segment) =>
    segment.length <= 4 ? parseJavaInteger(segment, 16) : undefined,
  );
  if (segments.some((segment) => segment === undefined)) return undefined;
  return (segments as number[]).flatMap((segment) => [(segment >> 8) & 0xff, segment & 0xff]);
}
