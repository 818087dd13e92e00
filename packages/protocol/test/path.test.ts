import { isValidPath, nodeName, parentPath, pathProblem } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';

/**
 * What PathUtils.validatePath of Apache ZooKeeper 3.8 says of every string of up to five of these characters: one bit
 * each, shorter strings first, the first character varying fastest.
 */
const ALPHABET = ['/', '.', 'a', '\0'];
const VALID =
  '400400000004004400000000000000000000000000440044000000040044004400000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000004400440000000400440044000000000000000000000000000400440000000400440044000000040044004400000000000000000000000000000000000000000000000000000000000000000000000000000000000000';
const VALID_SEQUENTIAL =
  '404400040044004400000000000400440000000400440044000000040044004400000000000000000000000000000000000000000044004400000004004400440000000000000000000000000004004400000004004400440000000400440044000000000000000000000000000400440000000400440044000000040044004400000000000000000000000000000000000000000000000000000000000000000000000000000000000000';

function everyString(): string[] {
  const all: string[] = [];
  for (let length = 0; length <= 5; length++) {
    for (let number = 0; number < ALPHABET.length ** length; number++) {
      let text = '';
      for (let i = 0, rest = number; i < length; i++, rest = Math.floor(rest / 4)) text += ALPHABET[rest % 4];
      all.push(text);
    }
  }
  return all;
}

const bitAt = (bits: string, index: number): boolean =>
  ((Number.parseInt(bits.charAt(index >> 2), 16) >> (3 - (index & 3))) & 1) === 1;

const forbiddenRanges = (): string[] => {
  const ranges: string[] = [];
  let start = -1;
  for (let code = 0; code <= 0x10000; code++) {
    const bad = code < 0x10000 && !isValidPath(`/x${String.fromCharCode(code)}y`);
    if (bad && start < 0) start = code;
    if (!bad && start >= 0) ranges.push(`${start.toString(16)}-${(code - 1).toString(16)}`);
    if (!bad) start = -1;
  }
  return ranges;
};

describe('pathProblem', () => {
  it('agrees with PathUtils on every short path', () => {
    for (const [index, path] of everyString().entries()) {
      expect(isValidPath(path), JSON.stringify(path)).toBe(bitAt(VALID, index));
    }
  });

  it('agrees with PathUtils on every short path of a sequential create', () => {
    for (const [index, path] of everyString().entries()) {
      const valid = pathProblem(path, { sequential: true }) === undefined;
      expect(valid, JSON.stringify(path)).toBe(bitAt(VALID_SEQUENTIAL, index));
    }
  });

  it('forbids the characters that PathUtils forbids', () => {
    expect(forbiddenRanges()).toEqual(['0-1f', '7f-9f', 'd800-f8ff', 'fff0-ffff']);
  });

  it('says what is wrong', () => {
    expect(pathProblem('')).toBe('path is empty');
    expect(pathProblem('a')).toBe('path must start with /');
    expect(pathProblem('/a/')).toBe('path must not end with /');
    expect(pathProblem('/a//b')).toBe('path has an empty component at 3');
    expect(pathProblem('/a/../b')).toBe('path has a relative component at 3');
    expect(pathProblem('/a\u0001')).toBe('path has the forbidden character 0x1 at 2');
    expect(pathProblem('/a/.b')).toBeUndefined();
  });
});

describe('the parts of a path', () => {
  it('are its parent and its name', () => {
    expect([parentPath('/a'), nodeName('/a')]).toEqual(['/', 'a']);
    expect([parentPath('/a/b/c'), nodeName('/a/b/c')]).toEqual(['/a/b', 'c']);
  });
});
