import { describe, expect, it } from 'vitest';
import { AccessControl } from '../src/access-control.ts';
import { addressIdentity } from '../src/address-identity.ts';
import { testAuthentication } from './support/test-authentication.ts';

const access = new AccessControl(testAuthentication);

describe('identities', () => {
  it.each([
    ['127.0.0.1:2181', 'ip:127.0.0.1'],
    ['127.0.0.1', 'ip:127.0.0.1'],
    ['[::1]:2181', 'ip:0:0:0:0:0:0:0:1'],
    ['::1', 'ip:0:0:0:0:0:0:0:1'],
  ])('of %s is %s', (remoteAddress, identity) => {
    expect(addressIdentity(remoteAddress)).toBe(identity);
  });

  it.each([
    ['world', 'anyone', true],
    ['world', 'someone', false],
    ['digest', 'ann:hash=', true],
    ['digest', 'ann', false],
    ['digest', 'ann:hash:more', false],
    ['ip', '10.0.0.0/8', true],
    ['ip', 'host', false],
    ['x509', 'CN=ann', false],
    ['', '', false],
  ])('%s:%s may be in an ACL: %s', (scheme, id, expected) => {
    expect(access.effectiveAcl([{ permissions: 31, scheme, id }], []) !== undefined).toBe(expected);
  });

  it.each([
    ['digest:ann:hash=', { authScheme: 'digest', user: 'ann' }],
    ['ip:127.0.0.1', { authScheme: 'ip', user: '127.0.0.1' }],
    ['super:', { authScheme: 'super', user: '' }],
  ])('whoAmI tells of %s: %j', (identity, clientInfo) => {
    expect(access.clientInfoOf(identity)).toEqual(clientInfo);
  });
});
