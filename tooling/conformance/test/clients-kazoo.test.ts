import { describe, expect, it } from 'vitest';
import { prepareClient } from '../src/clients/client-parts.ts';
import { kazooRows } from '../src/clients/kazoo/kazoo-comparison.ts';
import { readReport } from '../src/clients/kazoo/kazoo-suite.ts';
import { clientTest } from './support/client-test.ts';

clientTest(
  "kazoo's own suite has no failure on Zebu that it does not have on Apache ZooKeeper",
  await prepareClient('kazoo', { retryCount: 2, keepServers: true }),
  { rowCount: 450, limitMs: 1_800_000 },
);

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

  it('the worst phase of a test counts', () => {
    const lines = ['passed', 'failed', 'skipped'].map((outcome) =>
      JSON.stringify({ name: 'a', outcome, reason: outcome }),
    );
    expect(readReport(lines.join('\n')).get('a')).toEqual({ outcome: 'failed', reason: 'failed' });
  });
});
