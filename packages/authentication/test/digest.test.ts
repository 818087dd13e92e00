import { describe, expect, it } from 'vitest';
import { createDigestProvider, type DigestOptions } from '../src/index.ts';

const client = { host: '127.0.0.1', identities: [] };
const prove = (proof: string, options: DigestOptions = {}) =>
  createDigestProvider(options).authenticate(new TextEncoder().encode(proof), client);

// Answers of DigestAuthenticationProvider.generateDigest.
describe('the digest of user and password', () => {
  it.each([
    ['super:test', 'super:D/InIHSb7yEEbrWz8b9l71RjZJU='],
    ['bob:secret', 'bob:fyVmFCwVbTJYrznoSu1koqYEYF0='],
  ])('of %s is %s', (proof, id) => {
    expect(prove(proof)).toEqual({ type: 'proven', identities: [`digest:${id}`] });
  });

  it('has the user up to the first colon, and all of it where there is none', () => {
    expect(prove('bob:a:b')).toMatchObject({ identities: [expect.stringMatching(/^digest:bob:[^:]+$/)] });
    expect(prove('bob')).toMatchObject({ identities: [expect.stringMatching(/^digest:bob:[^:]+=$/)] });
    expect(prove('')).toMatchObject({ identities: [expect.stringMatching(/^digest::[^:]+=$/)] });
  });

  it.each([
    ['SHA1', 28],
    ['SHA-1', 28],
    ['SHA', 28],
    ['MD5', 24],
    ['SHA-256', 44],
    ['SHA256', 44],
    ['SHA-512/256', 44],
    ['SHA3-256', 44],
    ['sha-512', 88],
  ])('may be of %s', (algorithm, length) => {
    const result = prove('ann:secret', { algorithm });
    const [identity = ''] = result.type === 'proven' ? result.identities : [];
    expect(identity.split(':')[2]).toHaveLength(length);
  });

  it('is of no hash that nobody knows', () => {
    expect(() => createDigestProvider({ algorithm: 'ROT13' })).toThrow(/ROT13/);
  });

  it('of the superuser is super too', () => {
    const superDigest = 'super:D/InIHSb7yEEbrWz8b9l71RjZJU=';
    expect(prove('super:test', { superDigest })).toEqual({
      type: 'proven',
      identities: ['super:', `digest:${superDigest}`],
    });
    expect(prove('super:other', { superDigest })).toMatchObject({ identities: [expect.stringMatching(/^digest:/)] });
  });

  it('needs a proof', () => {
    expect(createDigestProvider().authenticate(null, client)).toEqual({ type: 'failed' });
  });
});

describe('ids of the scheme digest', () => {
  it.each([
    ['ann:hash', true],
    ['ann:hash:', true],
    [':hash', true],
    ['ann', false],
    ['ann:', false],
    ['ann:hash:more', false],
    ['', false],
    [':', false],
  ])('%s may be in an ACL: %s', (id, expected) => {
    expect(createDigestProvider().isValid(id)).toBe(expected);
  });
});
