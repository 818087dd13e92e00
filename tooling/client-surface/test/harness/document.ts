// docs/client-surface.md as data, and what the README's status table makes of it.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const DOCUMENT = 'docs/client-surface.md';

export interface DocumentedRow {
  readonly id: string;
  /** Relative to the document. */
  readonly test: string;
  readonly status: string;
}

export interface Section {
  readonly title: string;
  readonly rows: readonly DocumentedRow[];
}

export const readText = (path: string): string => readFileSync(new URL(path, `file://${ROOT}`), 'utf8');

const ROW = /^\| <a id="([^"]+)"><\/a>\[([^\]]+)\]\(([^)]+)\) \| .+ \| (.+) \|$/;

export function readSections(): Section[] {
  const [, ...parts] = readText(DOCUMENT).split(/^## /m);
  return parts.map((part) => {
    const [title = '', ...lines] = part.split('\n');
    return { title, rows: lines.flatMap(readRow) };
  });
}

function readRow(line: string): DocumentedRow[] {
  const [, id, name, test, status] = ROW.exec(line) ?? [];
  if (id === undefined || test === undefined || status === undefined) return [];
  if (id !== name) throw new Error(`${DOCUMENT}: the anchor is ${id}, the link ${name}`);
  return [{ id, test, status }];
}

/** The lines of the README's status table that stand for the document: one for each section, each row a link. */
export const statusLines = (sections: readonly Section[]): string[] =>
  sections.map(({ title, rows }) => {
    const links = rows.map(({ id }) => `[${shortName(id)}](${DOCUMENT}#${id})`).join(', ');
    const test = rows[0]?.test.replace('../', '') ?? '';
    return `| ${title}: ${links} | works; [test](${test}) |`;
  });

/** `op-create` is short for create where the section says what it is. */
const shortName = (id: string): string =>
  id.replace(/^(op|mode|error|word|guarantee|session|auth|node|limit|tls|watch|read-only)-/, '');
