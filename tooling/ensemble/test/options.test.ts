import { describe, expect, it } from 'vitest';
import { parseOptions } from '../src/options.ts';

describe('the flags of pnpm start', () => {
  it('none: three servers from 2181, data in .zebu, which is kept', () => {
    expect(parseOptions([])).toEqual({
      type: 'run',
      options: { serverCount: 3, firstClientPort: 2181, dataDirectory: '.zebu', clean: false },
    });
  });

  it('all of them', () => {
    expect(parseOptions(['--servers', '5', '--client-port=3181', '--data', '/tmp/z', '--clean'])).toEqual({
      type: 'run',
      options: { serverCount: 5, firstClientPort: 3181, dataDirectory: '/tmp/z', clean: true },
    });
  });

  it.each([['--help'], ['-h']])('%s: help', (flag) => {
    expect(parseOptions([flag])).toEqual({ type: 'help' });
  });

  it.each([
    [['--servers', '0'], '--servers takes a number from 1 to 9'],
    [['--servers', 'many'], '--servers takes a number from 1 to 9'],
    [['--client-port', '80'], '--client-port takes a number from 1024 to 63826'],
    [['--client-port', '63827'], '--client-port takes a number from 1024 to 63826'],
    [['--sevrers', '3'], "Unknown option '--sevrers'"],
    [['three'], "Unexpected argument 'three'"],
  ])('%j: %s', (args, problem) => {
    expect(parseOptions(args)).toMatchObject({ type: 'wrong', problem: expect.stringContaining(problem) });
  });
});
