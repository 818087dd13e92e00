// What a client saw, as lines under headings, and what it means when two products were seen differently.

import type { ClientRow } from './client-part.ts';

/** Lines by section, in the order in which the sections were played. */
export type Transcript = ReadonlyMap<string, readonly string[]>;

/** A program of ours prints `# name` at the start of each section. */
export function readTranscript(text: string): Transcript {
  const sections = new Map<string, string[]>();
  let lines: string[] = [];
  for (const line of text.split('\n').map((each) => each.trimEnd())) {
    if (line.startsWith('# ')) sections.set(line.slice(2), (lines = []));
    else if (line !== '') lines.push(line);
  }
  return sections;
}

/** A row per section. */
export function compareTranscripts(apache: Transcript, zebu: Transcript): readonly ClientRow[] {
  return [...new Set([...apache.keys(), ...zebu.keys()])].map((name) =>
    compareSections(name, apache.get(name) ?? [], zebu.get(name) ?? []),
  );
}

function compareSections(name: string, apache: readonly string[], zebu: readonly string[]): ClientRow {
  const length = Math.max(apache.length, zebu.length);
  const first = Array.from({ length }, (_, index) => index).find((index) => apache[index] !== zebu[index]);
  const heading = { name, apache: `${apache.length} lines` };
  // A section that says nothing compares nothing.
  if (apache.length === 0) return { ...heading, zebu: `${zebu.length} lines`, ok: false };
  if (first === undefined) return { ...heading, zebu: 'the same', ok: true };
  const expected = apache[first] ?? 'nothing more';
  const actual = zebu[first] ?? 'nothing more';
  const before = apache[first - 1] ?? 'the beginning';
  return { ...heading, zebu: `after "${before}": "${actual}" instead of "${expected}"`, ok: false };
}
