import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { kazooDivergences, kazooRows, prepareKazoo } from '../src/clients/kazoo/kazoo-comparison.ts';
import { readReport } from '../src/clients/kazoo/kazoo-suite.ts';

const LIMIT_MS = 1_200_000;

const kazoo = await prepareKazoo({ secondChance: true });

describe("kazoo's own suite", () => {
  if (typeof kazoo === 'string') {
    it.skip(`has no failure that Apache ZooKeeper does not have: ${kazoo}`);
  } else {
    it(
      'has no failure that Apache ZooKeeper does not have',
      async () => {
        const rows = await kazoo.compare();
        expect(rows.filter(({ ok }) => !ok)).toEqual([]);
        expect(rows.filter(({ zebu }) => zebu === 'passed').length).toBeGreaterThan(400);
      },
      LIMIT_MS,
    );
  }
});

describe('results side by side', () => {
  const results = (outcomes: Record<string, 'passed' | 'failed' | 'skipped'>) =>
    readReport(
      Object.entries(outcomes)
        .map(([name, outcome]) => `${JSON.stringify({ name, outcome, reason: 'why' })}\n`)
        .join(''),
    );

  it.each([
    ['passed', 'passed', true],
    ['passed', 'failed', false],
    ['passed', 'skipped', false],
    ['skipped', 'skipped', true],
    ['skipped', 'failed', false],
    ['failed', 'passed', true],
    ['failed', 'failed', true],
  ] as const)('%s on Apache ZooKeeper and %s on Zebu', (apache, zebu, ok) => {
    expect(kazooRows(results({ a: apache }), results({ a: zebu }))).toMatchObject([{ name: 'a', apache, ok }]);
  });

  it('a test that did not run on Zebu is a difference', () => {
    expect(kazooRows(results({ a: 'passed' }), results({}))).toMatchObject([{ ok: false }]);
  });

  it('a known divergence is none', () => {
    const [name] = Object.keys(kazooDivergences) as [string];
    expect(kazooRows(results({ [name]: 'passed' }), results({ [name]: 'failed' }))).toMatchObject([{ ok: true }]);
  });

  it('the worst phase of a test counts', () => {
    const lines = ['passed', 'failed', 'skipped'].map((outcome) =>
      JSON.stringify({ name: 'a', outcome, reason: outcome }),
    );
    expect(readReport(lines.join('\n')).get('a')).toEqual({ outcome: 'failed', reason: 'failed' });
  });

  it.each(Object.values(kazooDivergences))('docs/divergences.md has: %s', (entry) => {
    expect(readFileSync(new URL('../../../docs/divergences.md', import.meta.url), 'utf8')).toContain(entry);
  });
});
