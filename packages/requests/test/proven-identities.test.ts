import { describe, expect, it } from 'vitest';
import { MAX_IDENTITIES_LENGTH, withIdentities } from '../src/proven-identities.ts';

describe('the identities of a connection', () => {
  // As a ConcurrentHashMap of Java's Ids lists them.
  it.each([
    [
      ['ip:127.0.0.1', 'digest:ann:hash='],
      ['digest:ann:hash=', 'ip:127.0.0.1'],
    ],
    [
      ['ip:127.0.0.1', 'digest:ann:QTpvl8gA1nd2r6wQjU8bC3R8lz0=', 'digest:bob:x', 'super:'],
      ['super:', 'digest:ann:QTpvl8gA1nd2r6wQjU8bC3R8lz0=', 'ip:127.0.0.1', 'digest:bob:x'],
    ],
    [
      ['ip:10.0.0.7', 'sasl:bob', 'super:', 'x509:CN=ann,O=Zebu', ...digests(7)],
      ['ip:10.0.0.7', 'sasl:bob', 'super:', ...digests(7).slice(3), 'x509:CN=ann,O=Zebu', ...digests(3)],
    ],
  ])('%j are in the order %j', (added, expected) => {
    expect(withIdentities([], added)).toEqual(expected);
  });

  it('are a set', () => {
    const known = ['ip:127.0.0.1'];
    expect(withIdentities(known, ['ip:127.0.0.1'])).toBe(known);
  });

  it('are not too many to go with every write', () => {
    const writesInChunk = 65_536 / 26;
    expect(MAX_IDENTITIES_LENGTH * writesInChunk).toBeLessThan(32 * 1024 * 1024);
    const half = `digest:${'x'.repeat(MAX_IDENTITIES_LENGTH / 2)}`;
    expect(withIdentities([], [`${half}1`])).toHaveLength(1);
    expect(withIdentities([`${half}1`], [`${half}2`])).toBeUndefined();
  });
});

function digests(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `digest:u:${index + 1}`);
}
