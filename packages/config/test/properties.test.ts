import { describe, expect, it } from 'vitest';
import { ConfigError, parseProperties } from '../src/index.ts';

const pairs = (text: string): (readonly [string, string])[] =>
  parseProperties(text).map(({ key, value }) => [key, value] as const);

describe('the syntax of java.util.Properties', () => {
  it.each([
    ['key=value', 'key', 'value'],
    ['key:value', 'key', 'value'],
    ['key value', 'key', 'value'],
    ['  key \t=\f value  ', 'key', 'value'],
    ['key', 'key', ''],
    ['key=', 'key', ''],
    ['key==value', 'key', '=value'],
    ['key = : value', 'key', ': value'],
    ['key=a=b:c d', 'key', 'a=b:c d'],
    ['a\\=b\\:c\\ d=e', 'a=b:c d', 'e'],
    ['key=a\\tb\\nc\\\\d\\qe', 'key', 'a\tb\nc\\dqe'],
    ['key=\\u0041\\u00e9', 'key', 'Aé'],
    ['\uFEFFkey=value', 'key', 'value'],
    ['key=# not a comment', 'key', '# not a comment'],
    ['server.1=[::1]:2888:3888', 'server.1', '[::1]:2888:3888'],
  ])('%j is %j with %j', (text, key, value) => {
    expect(pairs(text)).toEqual([[key, value]]);
  });

  it('skips comments and blank lines, with any line end', () => {
    expect(pairs('# a=1\r\n\t! b=2\r \nc=3\n\n')).toEqual([['c', '3']]);
  });

  it('joins continued lines and drops the space they begin with', () => {
    expect(pairs('key=a,\\\n    b,\\\r\n\tc\nnext=1')).toEqual([
      ['key', 'a,b,c'],
      ['next', '1'],
    ]);
  });

  it('takes two backslashes at the end of a line for one, not for a continuation', () => {
    expect(pairs('key=a\\\\\nnext=1')).toEqual([
      ['key', 'a\\'],
      ['next', '1'],
    ]);
  });

  it('does not see a comment in a continued line', () => {
    expect(pairs('key=a\\\n#b')).toEqual([['key', 'a#b']]);
  });

  it('ends a continued line at a blank one, and at the end of the text', () => {
    expect(pairs('key=a\\\n\nnext=b\\')).toEqual([
      ['key', 'a'],
      ['next', 'b'],
    ]);
  });

  it('counts natural lines, so that errors name the right one', () => {
    expect(parseProperties('# one\na=\\\n1\nb=2').map(({ line }) => line)).toEqual([2, 4]);
  });

  it('keeps every assignment of a key, in order', () => {
    expect(pairs('a=1\na=2')).toEqual([
      ['a', '1'],
      ['a', '2'],
    ]);
  });

  it('refuses an unfinished \\u escape, as Java does', () => {
    expect(() => parseProperties('a=1\nb=\\u12', 'zoo.cfg')).toThrow(ConfigError);
    expect(() => parseProperties('a=1\nb=\\u12', 'zoo.cfg')).toThrow(/^zoo\.cfg:2: .*four hexadecimal digits/);
  });
});
