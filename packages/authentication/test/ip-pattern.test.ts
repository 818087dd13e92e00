import { describe, expect, it } from 'vitest';
import { isIpPattern, matchesIpPattern } from '../src/ip-pattern.ts';

describe('ids of the scheme ip', () => {
  it.each([
    '1.2.3.4',
    '1.2.3.4/32',
    '1.2.3.4/0',
    '0.0.0.0/8',
    '::',
    '::1',
    '1::',
    'fe80::1:2',
    '1:2:3:4:5:6:7:8',
    '2001:db8::/32',
    'ABCD::/128',
  ])('%s is one', (pattern) => {
    expect(isIpPattern(pattern)).toBe(true);
  });

  it.each([
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '1.2.3.x',
    '1.2.3.4/33',
    '1.2.3.4/-1',
    '1.2.3.4/',
    'host',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '12345::',
    'g::',
    '::/129',
  ])('%s is none', (pattern) => {
    expect(isIpPattern(pattern)).toBe(false);
  });

  it.each([
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.4', false],
    ['10.1.2.3', '10.1.0.0/16', true],
    ['10.2.2.3', '10.1.0.0/16', false],
    ['10.1.3.3', '10.1.2.0/23', true],
    ['10.1.4.3', '10.1.2.0/23', false],
    ['10.1.4.3', '99.9.9.9/0', true],
    ['::1', '10.0.0.0/0', false],
    ['2001:db8::7', '2001:db8::/32', true],
    ['2001:db9::7', '2001:db8::/32', false],
    ['2001:db8:0:0:0:0:0:7', '2001:db8::7', true],
    ['nonsense', '0.0.0.0/0', false],
    ['1.2.3.4', 'nonsense', false],
  ])('%s against %s: %s', (address, pattern, expected) => {
    expect(matchesIpPattern(address, pattern)).toBe(expected);
  });
});
