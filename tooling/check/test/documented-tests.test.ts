import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { documentedTests, seedRow, surfaceRow, unproven } from '../documented-tests.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const tests = documentedTests(ROOT);
const seeds = tests.filter(({ document }) => document === 'docs/seeds.md');

/** Of what follows the name of a file in another's title, or of a template. */
const PLACEHOLDER = /%[sdij]|\$\{?[\w.]+\}?/g;

describe('docs/seeds.md', () => {
  const text = readFileSync(join(ROOT, 'docs/seeds.md'), 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('| `') || line.startsWith('| "') || line.startsWith('| any'));

  it('has a file and a test in every row', () => {
    expect(rows.length).toBeGreaterThan(90);
    expect(seeds.length).toBe(rows.length);
    const tables = text
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| shown') && !line.startsWith('| ---'));
    expect(tables).toEqual(rows);
  });

  it('shows nothing twice', () => {
    const shown = seeds.map(({ row }) => row);
    expect(shown.filter((row, index) => shown.indexOf(row) !== index)).toEqual([]);
  });

  it('claims nothing but what is there', () => {
    expect(rows.filter((row) => /planned|later release/i.test(row))).toEqual([]);
  });
});

describe('what the documents name', () => {
  it('are files that exist', () => {
    const files = tests.flatMap(({ source, file }) => [source, file]);
    expect([...new Set(files)].filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  it('are tests that their files hold', () => {
    const missing = seeds.filter(({ file, title }) => {
      if (file.endsWith('.txt')) return basename(file) !== title;
      return !holds(readFileSync(join(ROOT, file), 'utf8'), title);
    });
    expect(missing).toEqual([]);
  });
});

/** As it stands, or made from a template and a row of a table; each part of the template is in the title then. */
function holds(source: string, title: string): boolean {
  if (source.includes(title)) return true;
  const templates = [...source.matchAll(/(?:\)|it)\((['"`])(.*?)\1,/g)].map(([, , template = '']) => template);
  return templates.some((template) => {
    const parts = template.split(PLACEHOLDER).map((part) => part.trim());
    return parts.length > 1 && parts.some((part) => part !== '') && parts.every((part) => title.includes(part));
  });
}

describe('a row', () => {
  it('of the seeds says who does it, and which test of which file proves it', () => {
    const row = '| `Vote` | whom | [a/vote.ts](../a/vote.ts) | [is total](../a/vote.test.ts) |';
    expect(seedRow(row)).toEqual([
      { document: 'docs/seeds.md', row: '`Vote`', source: 'a/vote.ts', file: 'a/vote.test.ts', title: 'is total' },
    ]);
    expect(seedRow('| shown | what it is | done by | test |')).toEqual([]);
    expect(() => seedRow('| `Vote` | whom | [a/vote.ts](../b/vote.ts) | [is total](../a/vote.test.ts) |')).toThrow(
      'leads to b/vote.ts',
    );
  });

  it('of the client surface is tried with its feature and without', () => {
    const row = '| <a id="op-sync"></a>[op-sync](../rows/read-ops.ts) | answers the path | works |';
    expect(surfaceRow(row).map(({ title, source }) => [title, source])).toEqual([
      ["'op-sync' holds", 'rows/read-ops.ts'],
      ["'op-sync' is missed when it is switched off", 'rows/read-ops.ts'],
    ]);
  });
});

describe('a test that a document names', () => {
  const named = { document: 'd.md', row: 'r', source: 's.ts', file: 'p/test/x.test.ts', title: 'is total' };
  const report = (title: string, status: string, file = 'p/test/x.test.ts', fullName = `block ${title}`) => ({
    testResults: [{ name: `/checkout/${file}`, assertionResults: [{ title, fullName, status }] }],
  });
  const isProven = (test: typeof named, run: ReturnType<typeof report>): boolean =>
    unproven([test], run, '/checkout').length === 0;

  it('has to run and to pass, under its title or its whole name', () => {
    expect(isProven(named, report('is total', 'passed'))).toBe(true);
    expect(isProven({ ...named, title: 'block is total' }, report('is total', 'passed'))).toBe(true);
    for (const status of ['failed', 'skipped', 'pending', 'todo'])
      expect(isProven(named, report('is total', status))).toBe(false);
    expect(isProven(named, report('is partial', 'passed'))).toBe(false);
  });

  it('has to be in the file that is named', () => {
    expect(isProven(named, report('is total', 'passed', 'p/test/y.test.ts'))).toBe(false);
  });

  it('may be made from another file: a scenario, a suite for several', () => {
    const scenario = { ...named, file: 'p/test/scenarios/vote.txt', title: 'vote.txt' };
    expect(isProven(scenario, report('vote.txt: The newest wins.', 'passed'))).toBe(true);
    expect(isProven(scenario, report('votes.txt: The newest wins.', 'passed'))).toBe(false);
    expect(isProven({ ...named, file: 'compliance/src/suite.ts' }, report('is total', 'passed'))).toBe(true);
  });
});
