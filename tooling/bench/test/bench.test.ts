import { describe, expect, it } from 'vitest';
import type { Measure } from '../src/measure.ts';
import { measures } from '../src/measures/index.ts';
import { parseCommandLine } from '../src/options.ts';
import { Slices } from '../src/slices.ts';
import { renderTable, renderValue } from '../src/table.ts';

const NAMES = measures.map(({ name }) => name);

describe('a measure', () => {
  it.each(measures.map((measure): [string, Measure] => [measure.name, measure]))(
    '%s gives figures, also at a small scale',
    (_, measure) => {
      const figures = measure.run({ scale: 0.002, progress: () => undefined });
      expect(figures.length).toBeGreaterThan(0);
      for (const { name, value } of figures) expect(Number.isFinite(value), name).toBe(true);
      expect(new Set(figures.map(({ name }) => name)).size).toBe(figures.length);
    },
    60_000,
  );

  it('has a name of its own', () => {
    expect(new Set(NAMES).size).toBe(NAMES.length);
  });
});

describe('the command line', () => {
  it('says which measures to run, and how large', () => {
    expect(parseCommandLine([], NAMES)).toEqual({ only: [], scale: 1, measure: undefined });
    expect(parseCommandLine(['--only', 'reads', '--scale', '0.5'], NAMES)).toMatchObject({
      only: ['reads'],
      scale: 0.5,
    });
  });

  it.each([
    ['--only', 'nothing'],
    ['--scale', '0'],
    ['--scale', '2'],
    ['--scale', 'x'],
  ])('refuses %s %s with the usage', (...args) => {
    expect(() => parseCommandLine(args, NAMES)).toThrow(/pnpm bench/);
  });

  it('refuses what is no option', () => {
    expect(() => parseCommandLine(['--fast'], NAMES)).toThrow(TypeError);
  });
});

describe('the table', () => {
  it('has a block for each measure and its figures in columns', () => {
    const [measure] = measures as [Measure];
    const figures = [
      { name: 'short', value: 1234567, unit: '/s' },
      { name: 'longer name', value: 0.5, unit: 'ms' },
    ] as const;
    expect(renderTable([{ measure, figures }]).split('\n').slice(1)).toEqual([
      '  short           1,234,567/s',
      '  longer name         0.50 ms',
    ]);
  });

  it.each([
    [0, '0'],
    [7, '7'],
    [9.876, '9.88'],
    [98.76, '98.8'],
    [9876.5, '9,877'],
  ])('shows %d as %s', (value, text) => {
    expect(renderValue({ name: '', value, unit: '' })).toBe(text);
  });
});

describe('slices', () => {
  it('remember the longest and the sum', () => {
    const slices = new Slices();
    expect(slices.run(() => 7)).toBe(7);
    slices.run(() => Array.from({ length: 100_000 }, (_, i) => i * 2));
    expect(slices.longestMs).toBeGreaterThan(0);
    expect(slices.totalMs).toBeGreaterThanOrEqual(slices.longestMs);
    expect(slices.figures('x').map(({ name }) => name)).toEqual(['x: longest slice', 'x: slices over 5 ms of 2']);
  });
});
