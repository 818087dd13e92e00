// java.util.Random, from the text of its documentation: a linear congruential generator of 48 bits.

const MULTIPLIER = 0x5deece66dn;
const ADDEND = 0xbn;
const MASK = (1n << 48n) - 1n;

/** What `new Random(seed).nextBytes(new byte[count])` gives. */
export function javaRandomBytes(seed: bigint, count: number): Buffer {
  const bytes = Buffer.alloc(count);
  let state = (seed ^ MULTIPLIER) & MASK;
  for (let at = 0; at < count; at += 4) {
    state = (state * MULTIPLIER + ADDEND) & MASK;
    const word = Number(state >> 16n) | 0;
    for (let index = at; index < Math.min(at + 4, count); index++) bytes[index] = (word >> (8 * (index - at))) & 0xff;
  }
  return bytes;
}
