// The document, the rows and the README say the same.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, readSections, readText, statusLines } from './harness/document.ts';
import { rows } from './rows/index.ts';

const sections = readSections();
const documented = sections.flatMap((section) => section.rows);

const BEGIN = '<!-- Rows of docs/client-surface.md: npx vitest run --project client-surface document -u -->';
const END = '<!-- End of the rows. -->';

/** Named ones, and those that headings make. */
const anchorsOf = (page: string): string[] => [
  ...[...page.matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, id = '']) => id),
  ...[...page.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  ),
];

describe('docs/client-surface.md', () => {
  it('has a test for every row, and a row for every test', () => {
    expect(documented.map(({ id }) => id).toSorted()).toEqual(rows.map(({ id }) => id).toSorted());
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
  });

  it('links each row to the file that holds its test', () => {
    const elsewhere = documented.filter(({ id, test }) => {
      const file = join(ROOT, 'docs', test);
      return !existsSync(file) || !holdsTest(readFileSync(file, 'utf8'), id);
    });
    expect(elsewhere).toEqual([]);
  });

  it('claims nothing but what works', () => {
    expect(documented.filter(({ status }) => status !== 'works')).toEqual([]);
  });
});

/** Rows made by a function have its prefix, and the rest of their name in its call. */
function holdsTest(source: string, id: string): boolean {
  if (source.includes(`id: '${id}'`)) return true;
  const prefixes = [...source.matchAll(/id: `([a-z-]+)-\$\{/g)].map(([, prefix]) => `${prefix}-`);
  return prefixes.some((prefix) => id.startsWith(prefix) && source.includes(`('${id.slice(prefix.length)}'`));
}

describe("README's status table", () => {
  it('links every row of the document, and each section to its tests', async () => {
    const readme = readText('README.md');
    const wanted = `${BEGIN}\n\n| what | state |\n| --- | --- |\n${statusLines(sections).join('\n')}\n\n${END}`;
    const begin = readme.indexOf(BEGIN);
    const end = readme.indexOf(END) + END.length;
    expect(begin).toBeGreaterThan(0);
    await expect(readme.slice(0, begin) + wanted + readme.slice(end)).toMatchFileSnapshot('../../../README.md');
  });

  it('has links that lead somewhere', () => {
    const status = readText('README.md').split('\n## Status')[1]?.split('\n## ')[0] ?? '';
    const targets = [...status.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => (target ?? '').split('#'));
    expect(targets.length).toBeGreaterThan(documented.length);
    for (const [file = '', anchor] of targets) {
      expect(existsSync(join(ROOT, file)), file).toBe(true);
      if (anchor !== undefined) expect(anchorsOf(readText(file)), file).toContain(anchor);
    }
  });
});
