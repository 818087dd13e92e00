import type { Millis } from '@zebu/protocol';

/** The earlier of two times; undefined is never. */
export function earliest(one: Millis | undefined, other: Millis | undefined): Millis | undefined {
  if (one === undefined) return other;
  return other === undefined || one <= other ? one : other;
}
