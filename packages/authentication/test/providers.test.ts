import { describe, expect, it } from 'vitest';
import { createEnsembleProvider, createSaslProvider, ipProvider } from '../src/index.ts';

const client = { host: '10.0.0.7', identities: [] };
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('the scheme sasl', () => {
  it('is proven by no auth packet', () => {
    expect(createSaslProvider().authenticate(encode('ann'), client)).toEqual({ type: 'failed' });
  });

  it.each([
    ['ann', 'ann', true],
    ['ann', 'bob', false],
    ['super', 'bob', true],
    ['ann', 'everyone', true],
  ])('%s against %s: %s', (id, aclExpression, expected) => {
    expect(createSaslProvider({ anyUser: 'everyone' }).matches(id, aclExpression)).toBe(expected);
  });

  it.each([
    ['ann', true],
    ['', true],
    ['a/b/c', true],
    ['ann@REALM', true],
    ['ann/host@REALM', true],
    ['ann@', true],
    ['a@b@c', false],
    ['a/b/c@d', false],
    ['a@b/c', false],
  ])('%s may be in an ACL: %s', (id, expected) => {
    expect(createSaslProvider().isValid(id)).toBe(expected);
  });
});

describe('the scheme ensemble', () => {
  const names = new Set(['east']);

  it('sends away who looks for another ensemble, and no one else', () => {
    const stays = { type: 'proven', identities: [] };
    expect(createEnsembleProvider({ names }).authenticate(encode('west'), client)).toEqual({ type: 'disconnect' });
    expect(createEnsembleProvider({ names }).authenticate(encode('east'), client)).toEqual(stays);
    expect(createEnsembleProvider({ names }).authenticate(encode(''), client)).toEqual(stays);
    expect(createEnsembleProvider().authenticate(encode('west'), client)).toEqual(stays);
  });

  it('is in no ACL', () => {
    expect(createEnsembleProvider({ names }).isValid('east')).toBe(false);
    expect(createEnsembleProvider({ names }).matches('east', 'east')).toBe(false);
  });
});

it('the scheme ip is proven by the address', () => {
  expect(ipProvider.authenticate(encode('1.2.3.4'), client)).toEqual({ type: 'proven', identities: ['ip:10.0.0.7'] });
});

// Integer.parseInt takes a sign and leading zeros.
it.each([
  ['+1.2.3.-0', true],
  ['0000000000001.2.3.4', true],
  ['1.2.3.4/+8', true],
  ['1.2.3.99999999999', false],
  ['+1::', true],
  ['::ffff:1.2.3.4', false],
])('an id of the scheme ip is read as Java reads it: %s is one: %s', (id, expected) => {
  expect(ipProvider.isValid(id)).toBe(expected);
});
