// The values of one configuration file, checked against the table of keys, with what an operator should hear about them.

import { assert } from '@zebu/protocol';
import { ConfigError, placeOf } from './config-error.ts';
import type { KeyRow } from './key-row.ts';
import { KEY_TABLE, keyRow } from './key-table.ts';
import type { PropertyLine } from './properties.ts';

export interface Setting {
  /** Undefined for a key that is not in the table. */
  readonly row: KeyRow | undefined;
  readonly text: string;
  readonly value: unknown;
  readonly line: number | undefined;
}

/** Checked settings by canonical key; what was not written has the default of the table. */
export class Settings {
  readonly file: string | undefined;
  readonly #byKey: ReadonlyMap<string, Setting>;

  constructor(file: string | undefined, byKey: ReadonlyMap<string, Setting>) {
    this.file = file;
    this.#byKey = byKey;
  }

  number(key: string): number {
    const value = this.optionalNumber(key);
    assert(value !== undefined, `${key} has neither a value nor a default`);
    return value;
  }

  optionalNumber(key: string): number | undefined {
    const value = this.#valueOf(key);
    assert(value === undefined || typeof value === 'number', `${key} is not read as a number`);
    return value;
  }

  flag(key: string): boolean {
    const value = this.#valueOf(key);
    assert(typeof value === 'boolean', `${key} is not read as a flag, or has no default`);
    return value;
  }

  text(key: string): string {
    const value = this.#valueOf(key);
    assert(typeof value === 'string', `${key} is not read as text, or has no default`);
    return value;
  }

  optionalText(key: string): string | undefined {
    const value = this.#byKey.get(key)?.value;
    assert(value === undefined || typeof value === 'string', `${key} is not read as text`);
    return value;
  }

  list(key: string): readonly string[] {
    const value = this.#valueOf(key);
    assert(Array.isArray(value), `${key} is not read as a list, or has no default`);
    return value;
  }

  /** True when the file says something about the key. */
  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  error(key: string, problem: string, remedy: string): ConfigError {
    const setting = this.#byKey.get(key);
    const value = setting?.row?.secret === true ? undefined : setting?.text;
    return new ConfigError({ file: this.file, line: setting?.line, key, value, problem, remedy });
  }

  /** As text by canonical key, as written. */
  properties(): ReadonlyMap<string, string> {
    return new Map([...this.#byKey].map(([key, setting]) => [key, setting.text] as const));
  }

  /** What stands under the keys of a family, in file order. */
  family(prefix: string): readonly { readonly key: string; readonly text: string }[] {
    return [...this.#byKey]
      .filter(([key]) => key.startsWith(prefix) && key.length > prefix.length)
      .map(([key, { text }]) => ({ key, text }));
  }

  /** The natural line of each property, by canonical key. */
  lines(): ReadonlyMap<string, number> {
    const lines = new Map<string, number>();
    for (const [key, { line }] of this.#byKey) if (line !== undefined) lines.set(key, line);
    return lines;
  }

  /** Keys that ask for protection which this release does not give. */
  unmetProtections(): string[] {
    return [...this.#byKey]
      .filter(([, { row, value }]) => row?.effect === 'protects' && value !== defaultOf(row))
      .map(([key]) => key);
  }

  #valueOf(key: string): unknown {
    const setting = this.#byKey.get(key);
    if (setting !== undefined) return setting.value;
    const row = keyRow(key);
    assert(row !== undefined, `${key} is not in the table of keys`);
    return defaultOf(row);
  }
}

export interface CheckedSettings {
  readonly settings: Settings;
  readonly warnings: readonly string[];
}

/** Throws ConfigError at the first value that its key does not take. */
export function checkSettings(lines: readonly PropertyLine[], file: string | undefined): CheckedSettings {
  const byKey = new Map<string, Setting>();
  const warnings: string[] = [];
  for (const line of lines) {
    const row = keyRow(line.key);
    const key = canonicalKey(line.key, row);
    const earlier = byKey.get(key);
    if (earlier !== undefined) {
      warnings.push(`${at(file, line.line)}${key} is set again (first on line ${earlier.line}): the last value counts`);
      byKey.delete(key);
    }
    byKey.set(key, { row, text: line.value, value: checkedValue(line, row, file), line: line.line });
  }
  for (const [key, setting] of byKey) {
    const remark = remarkOn(key, setting);
    if (remark !== undefined) warnings.push(at(file, setting.line) + remark);
  }
  return { settings: new Settings(file, byKey), warnings };
}

/** A family's row (`authProvider.`) covers many keys, each of which keeps its own name. */
const canonicalKey = (name: string, row: KeyRow | undefined): string =>
  row === undefined || row.key.endsWith('.') ? name : row.key;

function checkedValue(line: PropertyLine, row: KeyRow | undefined, file: string | undefined): unknown {
  if (row === undefined) return line.value;
  const result = row.rule.read(line.value);
  if (result.ok) return result.value;
  throw new ConfigError({
    file,
    line: line.line,
    key: line.key,
    value: row.secret === true ? undefined : line.value,
    problem: result.problem,
    remedy: result.remedy,
  });
}

function remarkOn(key: string, { row, text, value }: Setting): string | undefined {
  if (row === undefined) return `unknown key ${key} is kept as a property and does nothing${suggestionFor(key)}`;
  if (row.effect === 'jvm') return `${key} only means something to a JVM: it is ignored`;
  if (row.effect === 'later' && text !== row.default && value !== defaultOf(row)) {
    return `${key} is read, but does nothing in this release`;
  }
  return undefined;
}

const namesByLowerCase: ReadonlyMap<string, string> = new Map(
  KEY_TABLE.map((row) => [row.key.toLowerCase(), row.key] as const),
);

/** The usual slips: another case, or the name of the Java property instead of the key. */
function suggestionFor(key: string): string {
  const meant = namesByLowerCase.get(key.toLowerCase().replace(/^zookeeper\./, ''));
  return meant === undefined ? '' : `; write ${meant} if that is meant`;
}

const defaultOf = (row: KeyRow): unknown => {
  if (row.default === undefined) return undefined;
  const result = row.rule.read(row.default);
  return result.ok ? result.value : undefined;
};

function at(file: string | undefined, line: number | undefined): string {
  const place = placeOf(file, line);
  return place === undefined ? '' : `${place}: `;
}
