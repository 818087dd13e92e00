// Java's Properties syntax, in which zoo.cfg and the dynamic configuration are written (java.util.Properties.load): comments, escapes,
// continued lines, and `=`, `:` or white space between key and value. What the keys mean is for others.

import { ConfigError } from './config-error.ts';

export interface PropertyLine {
  readonly key: string;
  /** Trimmed at both ends, as QuorumPeerConfig does with what Properties leaves. */
  readonly value: string;
  /** Number of the first natural line, from 1; undefined for one that comes from no file. */
  readonly line: number | undefined;
}

/** Every assignment in file order; the last of equal keys is the one that Java keeps. */
export function parseProperties(text: string, file?: string): PropertyLine[] {
  return logicalLines(text.replace(/^\uFEFF/, '')).map(({ content, line }) => {
    const { rawKey, rawValue } = splitAssignment(content);
    return {
      key: unescape(rawKey, { name: 'a key', file, line }).trim(),
      value: unescape(rawValue, { name: `the value of ${rawKey}`, file, line }).trim(),
      line,
    };
  });
}

export interface AssignmentPlace {
  readonly key: string;
  /** Natural lines, from 1. */
  readonly firstLine: number;
  readonly lastLine: number;
}

/** Where the assignments of a file stand, continued lines included. */
export const locateAssignments = (text: string, file?: string): AssignmentPlace[] =>
  logicalLines(text.replace(/^\uFEFF/, '')).map(({ content, line, lastLine }) => {
    const { rawKey } = splitAssignment(content);
    return { key: unescape(rawKey, { name: 'a key', file, line }).trim(), firstLine: line, lastLine };
  });

interface LogicalLine {
  readonly content: string;
  readonly line: number;
  readonly lastLine: number;
}

const LEADING_SPACE = /^[ \t\f]+/;

/**
 * Joins continued lines. A comment or blank line is only one where a logical line begins, which a lone backslash does not end: as in
 * java.util.Properties.LineReader.
 */
function logicalLines(text: string): LogicalLine[] {
  const naturalLines = text.split(/\r\n|\r|\n/).map((line) => line.replace(LEADING_SPACE, ''));
  const logical: LogicalLine[] = [];
  let content = '';
  let line = 0;
  let continued = false;
  for (const [index, natural] of naturalLines.entries()) {
    if (content === '') {
      continued = false;
      if (natural === '' || natural.startsWith('#') || natural.startsWith('!')) continue;
      line = index + 1;
    }
    continued = endsInContinuation(natural);
    content += continued ? natural.slice(0, -1) : natural;
    if (continued || content === '') continue;
    logical.push({ content, line, lastLine: index + 1 });
    content = '';
  }
  if (continued && content !== '') logical.push({ content, line, lastLine: naturalLines.length });
  return logical;
}

function endsInContinuation(content: string): boolean {
  const backslashes = /\\*$/.exec(content)?.[0].length ?? 0;
  return backslashes % 2 === 1;
}

const SEPARATOR = /^[ \t\f]*[=:]?[ \t\f]*/;

function splitAssignment(content: string): { rawKey: string; rawValue: string } {
  let end = 0;
  while (end < content.length && !' \t\f=:'.includes(content.charAt(end))) {
    end += content.charAt(end) === '\\' ? 2 : 1;
  }
  return { rawKey: content.slice(0, end), rawValue: content.slice(end).replace(SEPARATOR, '') };
}

const ESCAPE = /\\(u([0-9a-fA-F]{4})?|[\s\S]|$)/g;
const CONTROL: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' };

interface Place {
  /** Not the text itself, which may be a password. */
  readonly name: string;
  readonly file: string | undefined;
  readonly line: number;
}

function unescape(raw: string, place: Place): string {
  return raw.replace(ESCAPE, (_match, character: string, hex: string | undefined) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (character === 'u') throw malformedUnicode(place);
    return CONTROL[character] ?? character;
  });
}

const malformedUnicode = ({ name, file, line }: Place): ConfigError =>
  new ConfigError({
    file,
    line,
    problem: `${name} has a \\u that is not followed by four hexadecimal digits`,
    remedy: 'write \\\\u for a backslash and a u, or complete the escape',
  });
