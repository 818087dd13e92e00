import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCampaign } from '../src/differential/campaign.ts';
import { divergences } from '../src/differential/divergences.ts';
import { parseCommandLine } from '../src/command-line.ts';
import { apacheRelease } from '../src/servers/apache-jars.ts';

const LIMIT_MS = 1_200_000;

/** 3.8 answers many a request otherwise, and 3.9 is right. */
const release = await apacheRelease('3.9');

describe('one stream of operations, beside Apache ZooKeeper', () => {
  if (typeof release === 'string') {
    it.skip(`has no difference that nobody has explained: ${release}`);
    return;
  }
  it.each([
    ['standalone', { servers: 1, observers: 0, seeds: 16 }],
    ['three voters and an observer', { servers: 3, observers: 1, seeds: 5 }],
    ['one of three voters', { servers: 3, observers: 0, readOnly: true, seeds: 3 }],
  ])(
    '%s: no difference that nobody has explained',
    async (_, shape) => {
      const { differences, seedCount } = await runCampaign({ release, ...shape, from: 1, operations: 1000 });
      expect(differences).toEqual([]);
      expect(seedCount).toBe(shape.seeds);
    },
    LIMIT_MS,
  );
});

describe('departures on purpose', () => {
  const document = readFileSync(new URL('../../../docs/divergences.md', import.meta.url), 'utf8');

  it.each(divergences.map(({ entry }) => entry))('docs/divergences.md has: %s', (entry) => {
    expect(document).toContain(`**${entry}`);
  });
});

describe('the command line', () => {
  it('compares everything when nothing is said', () => {
    const { parts, seeds, ensembleSeeds, operations, from, against } = parseCommandLine([]);
    expect([...parts]).toEqual(['standalone', 'ensemble', 'read-only', 'kazoo', 'zkcli', 'node', 'c']);
    expect({ seeds, ensembleSeeds, operations, from, against }).toEqual({
      seeds: 200,
      ensembleSeeds: 50,
      operations: 1000,
      from: 1,
      against: undefined,
    });
  });

  it('takes parts, numbers and a release', () => {
    const line = parseCommandLine([
      '--only',
      'kazoo,c',
      '--seeds',
      '7',
      '--against',
      '3.8',
      '--kazoo-runs',
      '3',
      '--kazoo-tests',
      'a, b',
    ]);
    expect(line).toMatchObject({
      parts: new Set(['kazoo', 'c']),
      seeds: 7,
      against: '3.8',
      kazooRuns: 3,
      kazooTests: ['a', 'b'],
    });
  });

  it.each([
    ['--only', 'perl'],
    ['--seeds', '0'],
    ['--seeds', 'many'],
    ['--against', '3.7'],
  ])('refuses %s %s', (...args) => {
    expect(() => parseCommandLine(args)).toThrow(RangeError);
  });

  it('refuses what is no option', () => {
    expect(() => parseCommandLine(['--fast'])).toThrow(TypeError);
  });
});
