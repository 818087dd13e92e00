// A row of the table of keys, and how one is written.

import type { ValueRule } from './value-rules.ts';

export type KeyEffect =
  /** Does what its description says. */
  | 'acts'
  /** Read and checked; the feature behind it is not in this release. */
  | 'later'
  /** Asks for protection that this release does not give: anything but the default is refused, rather than left out in silence. */
  | 'protects'
  /** Only means something to a JVM or to a Java class. */
  | 'jvm';

export interface KeyRow {
  readonly key: string;
  readonly rule: ValueRule;
  readonly effect: KeyEffect;
  /** As text; undefined when the key has none. */
  readonly default: string | undefined;
  /** What the key does here, for those that act. */
  readonly description?: string;
  /** Other names of the same key. */
  readonly aliases?: readonly string[];
  /** The value is never printed. */
  readonly secret?: true;
}

type RowOptions = Pick<KeyRow, 'aliases' | 'secret'>;

export const acts = (
  key: string,
  rule: ValueRule,
  defaultText: string | undefined,
  description: string,
  options?: RowOptions,
): KeyRow => ({ key, rule, effect: 'acts', default: defaultText, description, ...options });

const withEffect =
  (effect: KeyEffect) =>
  (key: string, rule: ValueRule, defaultText?: string, options?: RowOptions): KeyRow => ({
    key,
    rule,
    effect,
    default: defaultText,
    ...options,
  });
export const later = withEffect('later');
export const protects = withEffect('protects');
export const jvm = withEffect('jvm');
