import { getCiphers } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { cipherSuites, opensslName } from '../src/cipher-suites.ts';
import { protocols } from '../src/protocols.ts';

describe('cipher suites', () => {
  it.each([
    ['TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256', 'ECDHE-ECDSA-AES128-GCM-SHA256'],
    ['TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384', 'ECDHE-RSA-AES256-SHA384'],
    ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA', 'ECDHE-RSA-AES128-SHA'],
    ['TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256', 'ECDHE-RSA-CHACHA20-POLY1305'],
    ['TLS_DHE_RSA_WITH_AES_256_GCM_SHA384', 'DHE-RSA-AES256-GCM-SHA384'],
    ['TLS_RSA_WITH_AES_128_GCM_SHA256', 'AES128-GCM-SHA256'],
    ['TLS_RSA_WITH_AES_256_CBC_SHA', 'AES256-SHA'],
    ['TLS_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
    ['ECDHE-RSA-AES128-GCM-SHA256', 'ECDHE-RSA-AES128-GCM-SHA256'],
  ])('%s is %s to OpenSSL, which has it', (java, openssl) => {
    expect(opensslName(java)).toBe(openssl);
    expect(getCiphers()).toContain(openssl.toLowerCase());
  });

  it("by default are ZooKeeper's", () => {
    const { openssl, hasTls12, hasTls13 } = cipherSuites('ssl.ciphersuites', undefined);
    expect(openssl.split(':')).toHaveLength(15);
    expect([hasTls12, hasTls13]).toEqual([true, true]);
  });

  it('of one protocol alone', () => {
    expect(cipherSuites('k', ['TLS_AES_256_GCM_SHA384'])).toMatchObject({ hasTls12: false, hasTls13: true });
    expect(cipherSuites('k', ['ECDHE-RSA-AES128-SHA'])).toMatchObject({ hasTls12: true, hasTls13: false });
  });

  it('that OpenSSL does not have are refused by name', () => {
    expect(() => cipherSuites('ssl.ciphersuites', ['SSL_RSA_WITH_RC4_128_MD5'])).toThrow(
      /^ssl\.ciphersuites=SSL_RSA_WITH_RC4_128_MD5: OpenSSL [\d.]+\S* has no such cipher suite; remove it, or write/,
    );
  });
});

describe('protocols', () => {
  it.each([
    [undefined, 'TLSv1.2', 'TLSv1.3'],
    [['TLSv1.3'], 'TLSv1.3', 'TLSv1.3'],
    [['tlsv1.2'], 'TLSv1.2', 'TLSv1.2'],
    [['TLSv1.3', 'TLSv1.2'], 'TLSv1.2', 'TLSv1.3'],
    [['TLS'], 'TLSv1.2', 'TLSv1.3'],
  ])('%s: from %s to %s', (names, minVersion, maxVersion) => {
    expect(protocols('ssl.enabledProtocols', names)).toEqual({ minVersion, maxVersion });
  });

  it.each(['TLSv1', 'TLSv1.1', 'SSLv3'])('%s is refused as broken', (name) => {
    expect(() => protocols('ssl.enabledProtocols', ['TLSv1.3', name])).toThrow(
      new RegExp(`^ssl\\.enabledProtocols=${name}: that protocol is broken, .*; write TLSv1\\.2, TLSv1\\.3 or both$`),
    );
  });

  it('what is none is refused', () => {
    expect(() => protocols('ssl.protocol', ['TLSv1.4'])).toThrow(/is no protocol/);
  });
});
