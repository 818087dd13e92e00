import { describe, expect, it } from 'vitest';
import { parseCommandLine } from '../../src/options.ts';
import { argumentsOf } from '../../src/run/seed-shape.ts';

const parse = (line: string): ReturnType<typeof parseCommandLine> =>
  parseCommandLine(line.split(' ').filter(Boolean), 4);

describe('the command line', () => {
  it('has a default for everything', () => {
    expect(parse('')).toEqual({
      type: 'run',
      from: 1,
      seedCount: 200,
      limitMs: undefined,
      jobs: 4,
      keepGoing: false,
      shape: {},
    });
  });

  it('hunts all mutants, or those that are named', () => {
    const all = { type: 'mutants', names: [], seedCount: undefined, scenarios: false };
    expect(parse('--mutants')).toEqual(all);
    expect(parse('--mutants --scenarios')).toEqual({ ...all, scenarios: true });
    expect(parse('--mutants forget-trunc,reuse-a-zxid --seeds 40')).toEqual({
      ...all,
      names: ['forget-trunc', 'reuse-a-zxid'],
      seedCount: 40,
    });
  });

  it('takes all that it is told', () => {
    expect(
      parse('--seeds 20000 --from 7 --minutes 1.5 --servers 5 --observers 1 --election mixed --jobs 2 --keep-going'),
    ).toEqual({
      type: 'run',
      from: 7,
      seedCount: 20_000,
      limitMs: 90_000,
      jobs: 2,
      keepGoing: true,
      shape: { voterCount: 5, observerCount: 1, election: 'mixed' },
    });
  });

  it('takes features, each off untold', () => {
    expect(parse('--weights')).toMatchObject({ shape: { weights: true } });
    expect(parse('--replay 3 --weights')).toEqual({ type: 'replay', seed: 3, shape: { weights: true } });
    expect(parseCommandLine(`--seeds 1${argumentsOf({ voterCount: 5, weights: true })}`.split(' '), 1)).toMatchObject({
      shape: { voterCount: 5, weights: true },
    });
  });

  it('takes an oracle, where two servers vote, each as much as the other', () => {
    expect(parse('--oracle --transfers')).toMatchObject({ shape: { oracle: true, transfers: true } });
    expect(parseCommandLine(`--seeds 1${argumentsOf({ oracle: true })}`.split(' '), 1)).toMatchObject({
      shape: { oracle: true },
    });
    for (const other of ['--servers 3', '--weights', '--reconfigure'])
      expect(() => parse(`--oracle ${other}`)).toThrow('--oracle');
  });

  it('runs until the time is over when only that is told', () => {
    expect(parse('--minutes 2')).toMatchObject({ seedCount: Number.MAX_SAFE_INTEGER, limitMs: 120_000 });
  });

  it('tells one scenario, and measures', () => {
    expect(parse('--scenario ZOOKEEPER-4643')).toEqual({ type: 'scenario', ticket: 'ZOOKEEPER-4643' });
    expect(parse('--scale')).toEqual({ type: 'scale' });
  });

  it('replays a seed', () => {
    expect(parse('--replay 12 --servers 3')).toEqual({ type: 'replay', seed: 12, shape: { voterCount: 3 } });
    expect(parse('--replay 12 --masters')).toMatchObject({ shape: { masters: true } });
    expect(parse('--help --replay 12')).toEqual({ type: 'help' });
  });

  it.each([
    '--seeds 0',
    '--seeds x',
    '--seeds 1.5',
    '--servers 2',
    '--servers 10',
    '--observers -1',
    '--minutes 0',
    '--jobs 0',
    '--election best',
  ])('refuses %s', (line) => {
    expect(() => parse(line)).toThrow(/^--|Option/);
  });

  it('refuses what it does not know', () => {
    expect(() => parse('--sedes 3')).toThrow('--sedes');
    expect(() => parse('3')).toThrow('3');
  });
});
