import { expect, it } from 'vitest';
import { TraceHash } from '../../src/history/trace-hash.ts';

const hashOf = (...values: readonly unknown[]): string => {
  const hash = new TraceHash();
  for (const value of values) hash.add(value);
  return hash.digest();
};

it.each<[string, readonly unknown[]]>([
  ['numbers', [0, 1, -1, 0.5, 2 ** 40]],
  ['bigints', [0n, 1n, -1n, 2n ** 63n]],
  ['texts', ['', 'a', 'b', 'ab', 'ba']],
  ['truths', [true, false, null, undefined]],
  ['lists', [[], [0], [0, 0], [1, 2], [2, 1]]],
  [
    'objects',
    [
      { a: 'x', b: 'y' },
      { a: 'xy', b: '' },
      { a: 'y', b: 'x' },
      { a: ['x'], b: 'y' },
    ],
  ],
])('tells %s apart', (_kind, values) => {
  expect(new Set(values.map((value) => hashOf(value))).size).toBe(values.length);
});

it('tells one order from another', () => {
  expect(hashOf(1, 2)).not.toBe(hashOf(2, 1));
  expect(hashOf('a', 'b')).not.toBe(hashOf('ab'));
});

it('is the same for the same values', () => {
  const event = { at: 1.25, type: 'x', zxid: 5n, txns: [{ zxid: 5n, hash: 7 }] };
  expect(hashOf(event)).toBe(hashOf(structuredClone(event)));
  expect(hashOf(event)).toMatch(/^[0-9a-f]{16}$/);
});
