// How the text of one value is checked and read. A rule answers a value, or why the text is none and what to write instead.

export type RuleResult<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly problem: string; readonly remedy: string };

export interface ValueRule<Value = unknown> {
  /** For the table of keys: `true or false`, `a whole number from 1 to 65535`. */
  readonly expects: string;
  read(text: string): RuleResult<Value>;
}

const accept = <Value>(value: Value): RuleResult<Value> => ({ ok: true, value });

function rule<Value>(expects: string, parse: (text: string) => Value | undefined): ValueRule<Value> {
  return {
    expects,
    read(text) {
      const value = parse(text);
      if (value !== undefined) return accept(value);
      return { ok: false, problem: `is not ${expects}`, remedy: `write ${expects}` };
    },
  };
}

const MAX_INT = 0x7fff_ffff;
const WHOLE_NUMBER = /^([+-]?\d+|0[xX][0-9a-fA-F]+)$/;

/** Decimal as Java's Integer.parseInt reads it, or hexadecimal as Integer.getInteger does for properties (`jute.maxbuffer=0x9fffff`). */
export function integer(minimum: number, maximum: number = MAX_INT): ValueRule<number> {
  return rule(rangeInWords(minimum, maximum), (text) => {
    if (!WHOLE_NUMBER.test(text)) return undefined;
    const number = Number(text);
    return number >= minimum && number <= maximum ? number : undefined;
  });
}

function rangeInWords(minimum: number, maximum: number): string {
  if (minimum === maximum) return `${minimum}`;
  if (maximum < MAX_INT) return `a whole number from ${minimum} to ${maximum}`;
  return minimum < -MAX_INT ? 'a whole number' : `a whole number of at least ${minimum}`;
}

/** A Java long that JavaScript holds exactly. */
export const longInteger = (minimum: number): ValueRule<number> =>
  rule(`a whole number of at least ${minimum}`, (text) => {
    const number = Number(text);
    return WHOLE_NUMBER.test(text) && Number.isSafeInteger(number) && number >= minimum ? number : undefined;
  });

/** Any Java int: -1 and 0 often mean "off" or "as the default". */
export const anyInteger: ValueRule<number> = integer(-MAX_INT - 1);

export const port: ValueRule<number> = integer(1, 65535);

export const decimal: ValueRule<number> = rule('a number', (text) => {
  const number = Number(text);
  return text !== '' && Number.isFinite(number) ? number : undefined;
});

/** QuorumPeerConfig.parseBoolean. */
export const boolean: ValueRule<boolean> = rule('true or false', (text) => {
  const lower = text.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
});

/**
 * ZooKeeper compares these with "yes" and takes anything else for no, so that `forceSync=true` turns durability off there. Here both
 * spellings work and a typing error is one.
 */
export const yesOrNo: ValueRule<boolean> = rule('yes or no', (text) => {
  const lower = text.toLowerCase();
  if (lower === 'yes' || lower === 'true') return true;
  return lower === 'no' || lower === 'false' ? false : undefined;
});

export const anyText: ValueRule<string> = rule('text', (text) => text);

export const nonEmptyText: ValueRule<string> = rule('text that is not empty', (text) =>
  text === '' ? undefined : text,
);

/** The given words, whatever their case. */
export const oneOf = <Word extends string>(...words: readonly Word[]): ValueRule<Word> =>
  rule(inWords(words), (text) => words.find((word) => word.toLowerCase() === text.toLowerCase()));

function inWords(words: readonly string[]): string {
  const shown = words.map((word) => (word === '' ? 'nothing' : word));
  return `${shown.slice(0, -1).join(', ')} or ${shown.at(-1)}`;
}

/** Items between commas, trimmed, empty ones dropped. */
export const commaList: ValueRule<readonly string[]> = rule('a list with commas', (text) =>
  text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== ''),
);

const HOUR_MS = 3_600_000;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: HOUR_MS, d: 24 * HOUR_MS };

/** Hours without a unit (3.9); `ms s m h d` may follow since 3.10 (org.apache.zookeeper.common.Time.parseTimeInterval). */
export const intervalInHours: ValueRule<number> = rule(
  'a whole number of hours, or of ms, s, m, h or d when that follows',
  (text) => {
    const match = /^(\d+)(ms|s|m|h|d)?$/.exec(text.toLowerCase());
    return match === null ? undefined : Number(match[1]) * (UNIT_MS[match[2] ?? 'h'] ?? HOUR_MS);
  },
);
