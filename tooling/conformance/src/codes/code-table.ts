// The table operation x code of a run, and which of the possible ones came too seldom.

import { errorName } from '@zebu/protocol';
import { table } from '../report.ts';
import type { CodeTally } from './code-tally.ts';
import { ELSEWHERE, type PossibleCode } from './possible-codes.ts';

export const elsewhereTable = (): string => table('What another configuration is needed for', ELSEWHERE);

export function codeTable(tally: CodeTally): string {
  const rows = tally
    .entries()
    .toSorted((left, right) => (left.operation < right.operation ? -1 : 1))
    .map(({ operation, codes }) => [operation, listed(codes)]);
  return table('How often Apache ZooKeeper answered what', rows);
}

export const tooSeldom = (
  tally: CodeTally,
  possible: readonly PossibleCode[],
  least: number,
): readonly PossibleCode[] => possible.filter(({ operation, code }) => tally.count(operation, code) < least);

const listed = (codes: ReadonlyMap<number, number>): string =>
  [...codes]
    .toSorted(([, left], [, right]) => right - left)
    .map(([code, count]) => `${errorName(code) ?? code} ${count}`)
    .join(', ');
