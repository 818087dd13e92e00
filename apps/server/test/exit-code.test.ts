import { ArgumentsError, ConfigError } from '@zebu/config';
import {
  DataDirectoryError,
  DirectoryInUseError,
  EpochFileError,
  TransportListenError,
  TxnLogCorruptError,
} from '@zebu/interfaces';
import { InvariantError } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { endingOf, EXIT_CODE, isBug, reasonOf } from '../src/exit-code.ts';

describe('how a failure ends the process', () => {
  it.each([
    [new ArgumentsError('too many'), 2, /^Usage: /],
    [new ConfigError({ problem: 'is wrong', remedy: 'correct it' }), 2, /^Invalid config, exiting abnormally$/],
    [new DataDirectoryError('read-only'), 3, /^Unable to access datadir, exiting abnormally$/],
    [new DirectoryInUseError('/data'), 3, /^Unable to access datadir, exiting abnormally$/],
    [new TransportListenError('clients', '0.0.0.0:2181'), 1, /^Exiting abnormally$/],
    [new TxnLogCorruptError('log.1', 5, 'checksum mismatch'), 1, /^Exiting abnormally$/],
    [new EpochFileError('not a number'), 1, /^Exiting abnormally$/],
    [new InvariantError('acked > proposed'), 1, /^Unexpected exception, exiting abnormally$/],
    [new TypeError('x is undefined'), 1, /^Unexpected exception, exiting abnormally$/],
    ['a string', 1, /^Unexpected exception/],
  ])('%s: %i', (error, code, notice) => {
    const ending = endingOf(error);
    expect(ending.code).toBe(code);
    expect(ending.notice).toMatch(notice);
  });

  it('is never 4, which is the admin server’s', () => {
    expect(Object.values(EXIT_CODE)).toEqual([0, 1, 2, 3]);
  });

  it('tells a bug, whose stack is wanted, from a failure of the world, whose message says it all', () => {
    expect(isBug(new TypeError('x'))).toBe(true);
    expect(isBug(new InvariantError('x'))).toBe(true);
    expect(isBug(new DirectoryInUseError('/data', { cause: new Error('\0socket') }))).toBe(false);
    expect(reasonOf(new DirectoryInUseError('/data', { cause: new Error('\0socket') }))).toBe(
      '/data is in use by another live server; stop it, or configure another dataDir',
    );
    expect(reasonOf(42)).toBe('42');
  });
});
