import { deflateSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { ADLER32_SEED, adler32 } from '../src/adler32.ts';
import { seededRandom } from './random.ts';

/** zlib ends its stream with the Adler-32 of what it compressed. */
const reference = (bytes: Uint8Array): number =>
  deflateSync(bytes, { level: 0 }).readUInt32BE(deflateSync(bytes, { level: 0 }).length - 4);

it('is the Adler-32 of zlib, at every length and for the largest sums', () => {
  const random = seededRandom(1);
  for (let length = 0; length < 70; length++) {
    const bytes = Uint8Array.from({ length }, () => random.below(256));
    expect(adler32(bytes, 0, length)).toBe(reference(bytes));
  }
  for (const length of [3839, 3840, 3841, 5552, 7680, 100_003]) {
    const bytes = new Uint8Array(length).fill(255);
    expect(adler32(bytes, 0, length)).toBe(reference(bytes));
  }
});

it('can be continued, from any byte to any other', () => {
  const random = seededRandom(2);
  const bytes = Uint8Array.from({ length: 20_000 }, () => random.below(256));
  for (let round = 0; round < 50; round++) {
    const middle = random.below(bytes.length);
    expect(adler32(bytes, middle, bytes.length, adler32(bytes, 0, middle, ADLER32_SEED))).toBe(reference(bytes));
    expect(adler32(bytes, middle, bytes.length)).toBe(reference(bytes.subarray(middle)));
  }
});
