// The words that valid requests are made of. Paths are few, so that requests meet: one creates what the next deletes.

import type { Random } from './random.ts';

/** Everything that the fuzzer creates on purpose is below this. */
export const PLAYGROUND = '/f';

const LEAVES = ['/f/a', '/f/b', '/f/a/b', '/f/a/b/c', '/f/c/d', '/f/container', '/f/container/x', '/f/ttl', '/f/s-'];
const PATHS = [
  ...LEAVES,
  ...LEAVES,
  PLAYGROUND,
  '/',
  '/missing',
  '/zookeeper',
  '/zookeeper/config',
  '/zookeeper/quota',
  '/zookeeper/quota/f',
  '/zookeeper/quota/f/zookeeper_limits',
  '/zookeeper/quota/f/zookeeper_stats',
];

export const anyPath = (random: Random): string => random.pick(PATHS);
/** One whose ACL may be taken away without shutting out the whole run. */
export const leafPath = (random: Random): string => random.pick(LEAVES);

const DATA = ['', 'x', 'count=1,bytes=10', 'count=-1,bytes=-1=;byteHardLimit=5;countHardLimit=2', 'a'.repeat(300)];
export const anyData = (random: Random): Uint8Array | null =>
  random.chance(0.1) ? null : Buffer.from(random.pick(DATA));

export interface AclWords {
  readonly permissions: number;
  readonly scheme: string;
  readonly id: string;
}
const ACLS: readonly AclWords[] = [
  { permissions: 31, scheme: 'world', id: 'anyone' },
  { permissions: 31, scheme: 'world', id: 'anyone' },
  { permissions: 1, scheme: 'world', id: 'anyone' },
  { permissions: 31, scheme: 'auth', id: '' },
  { permissions: 31, scheme: 'digest', id: 'user:+Ir5sN1lGJEEs8xBZhZXKvjLJ7c=' },
  { permissions: 31, scheme: 'ip', id: '127.0.0.1/8' },
  { permissions: 31, scheme: 'ip', id: '::1/64' },
  { permissions: 31, scheme: 'sasl', id: 'someone' },
  { permissions: 31, scheme: 'x509', id: 'CN=someone' },
];
export function anyAcl(random: Random): readonly AclWords[] {
  const open: AclWords = { permissions: 31, scheme: 'world', id: 'anyone' };
  if (random.chance(0.6)) return [open];
  return Array.from({ length: random.below(4) }, () => random.pick(ACLS));
}

export const VERSIONS = [-1, -1, 0, 1, 7];
export const CREATE_MODES = [0, 0, 1, 2, 3, 4, 5, 6];
/** Few sessions outlive the round that made them. */
export const SESSION_TIMEOUTS_MS = [500, 500, 500, 0, 1];

export const NUMBERS = [
  0, 1, -1, 2, -2, -4, -8, 7, 15, 16, 127, 128, 255, 256, 1000, 65535, 65536, 1_048_575, 1_048_576, 0x7fffffff,
  -0x80000000, 0x7ffffffe, 0x01000000,
];
export const LONGS = [
  0n,
  1n,
  -1n,
  -2n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  0x100000000n,
  0x7fffffffffffffffn,
  -0x8000000000000000n,
  0x00ffffffffffffffn,
  0x8000000000000001n,
  9_007_199_254_740_993n,
];
/** Lengths and counts that lie. */
export const LENGTHS = [-1, -2, 0, 1, 2, 0x7fffffff, -0x80000000, 0x00ffffff, 0x10000000, 1_048_576, 65536, 1000];

/** Text that is not UTF-8, or that only looks like it. */
export const BAD_UTF8 = [
  '80',
  'c0af',
  'c1bf',
  'e080af',
  'eda080edb080',
  'f08080af',
  'f4908080',
  'f8888080',
  'fe',
  'ff',
  '2fc3',
  '2fe28c',
  '2ff09f98',
  '2ff09f9880c3',
].map((each) => Buffer.from(each, 'hex'));

export const BAD_PATHS = [
  '',
  'f',
  '//',
  '/f//a',
  '/f/',
  '/f/.',
  '/f/..',
  '/f/../f',
  '/.',
  '/f\0',
  '\0',
  '/f/\u0001',
  '/f/\u007f',
  '/f/\uf8ff',
  '/f/\ufff0',
  '/f/\u{1f600}',
  '/zookeeper/../f',
  `/${'f/'.repeat(500)}x`,
  `/f/${'y'.repeat(5000)}`,
];

/** ZooKeeper's, and some that are nobody's. */
export const FOUR_LETTER_WORDS = [
  ...'conf cons crst dirs dump envi gtmk stmk ruok srst srvr stat wchc wchp wchs mntr isro hash'.split(' '),
  ...'lead kill RUOK abcd {"a"'.split(' '),
  'GET ',
];
