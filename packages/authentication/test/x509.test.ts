import { describe, expect, it } from 'vitest';
import { createX509Provider } from '../src/index.ts';
import { CERTIFICATES } from './certificates.ts';

const provider = createX509Provider();
const bytesOf = (der: string): Uint8Array => Buffer.from(der, 'base64');

describe('the identity of a certificate', () => {
  it.each(CERTIFICATES)('is $subject', ({ subject, der }) => {
    expect(provider.identitiesOf(bytesOf(der))).toEqual([`x509:${subject}`]);
  });

  it.each(CERTIFICATES)('may stand in an ACL: $subject', ({ subject }) => {
    expect(provider.isValid(subject)).toBe(true);
  });

  it('is super too for the superuser', () => {
    const { subject, der } = CERTIFICATES[0] as (typeof CERTIFICATES)[number];
    const withSuperUser = createX509Provider({ superUser: subject });
    expect(withSuperUser.identitiesOf(bytesOf(der))).toEqual([`super:${subject}`, `x509:${subject}`]);
    expect(withSuperUser.matches(subject, 'CN=anyone else')).toBe(true);
    expect(provider.matches(subject, 'CN=anyone else')).toBe(false);
  });

  it('is none of bytes that are no certificate, wherever they end or are damaged', () => {
    const whole = bytesOf(CERTIFICATES[0]?.der ?? '');
    for (let length = 0; length < whole.length; length++) {
      expect(provider.identitiesOf(whole.subarray(0, length))).toEqual([]);
    }
    for (let at = 0; at < whole.length; at++) {
      const damaged = Uint8Array.from(whole);
      damaged[at] = (damaged[at] as number) ^ 0xff;
      expect(Array.isArray(provider.identitiesOf(damaged))).toBe(true);
    }
  });
});

describe('an auth packet of the scheme x509', () => {
  it('proves what the certificate has proven, and nothing on a connection without one', () => {
    const host = '192.0.2.1';
    const identities = ['ip:192.0.2.1', 'x509:CN=ann'];
    expect(provider.authenticate(null, { host, identities })).toEqual({ type: 'proven', identities: ['x509:CN=ann'] });
    expect(provider.authenticate(null, { host, identities: ['ip:192.0.2.1'] })).toEqual({ type: 'failed' });
  });
});

// Answers of Java 17's X500Principal.
describe('ids of the scheme x509', () => {
  it.each([
    '',
    'CN=ann',
    'cn = ann , o=Zebu',
    'CN=',
    'CN=,O=x',
    'CN=a=b',
    'CN=a#b',
    'CN=#0c0161',
    'CN="a,b" ,O=c',
    '2.999=x',

    'OID.1.2.3=x',
    '1.2.3=x',
    '1.39=x',
    'CN=a\\,b',
    'CN=a\\C3\\BCb',
    'CN=a+OU=b',
    'CN=a;O=b',
    'CN=\\ a\\ ',
    'S=x,T=y',
    'EMAILADDRESS=a@b',
    'CN="a\\"b"',
    'CN=日本',
  ])('%s is one', (id) => {
    expect(provider.isValid(id)).toBe(true);
  });

  it.each([
    'ann',
    'ann:hash',
    '=a',
    'CN=a,',
    'CN=a,,O=b',
    'CN=#',
    'CN=#zz',
    'CN=#0c02',
    'CN=#0c01612',
    'CN="a',
    'CN="a"b',

    'CN=a"b',
    '1=x',
    '1.2.=x',
    '3.1=x',
    '1.40=x',
    'XX=y',
    'SN=x',
    'CN=a\\',
    'CN=a\\zb',
    'CN=a\\Cz',
    'CN=a+',
    '+CN=a',
    'CN=a<b',
    'CN=a>b',
    'CN="a\\ b"',
    'anyone',
  ])('%s is none', (id) => {
    expect(provider.isValid(id)).toBe(false);
  });
});
