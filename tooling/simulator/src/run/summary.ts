// Totals as a table for people.

import { SYNC_PATHS, type Totals } from './totals.ts';

export function renderSummary(totals: Totals, realSeconds: number): string {
  const { seedCount } = totals;
  if (seedCount === 0) return 'no seed was finished';
  const simulatedSeconds = totals.simulatedMs / 1000;
  const rows: (readonly [string, string])[] = [
    ['seeds', `${whole(seedCount)}, ${totals.violating.length} of them with a violation`],
    ['servers (voters+observers)', counts(totals.seedsByShape)],
    ['simulated time', `${whole(simulatedSeconds)} s, ${(totals.shortestMs / 1000).toFixed(1)} s at least`],
    ['real time', `${whole(realSeconds)} s, ${(simulatedSeconds / realSeconds).toFixed(1)} simulated s a second`],
    [
      'operations',
      `${whole(totals.operationCount)}, ${whole(totals.acknowledgedCount)} with success, ${whole(totals.fewestAcknowledged)} at least`,
    ],
    ['faults that struck', `${whole(sum(totals.faultCounts))}, ${totals.fewestFaults} at least`],
    ['faults by kind', counts(totals.faultCounts)],
    ['leaders established', whole(totals.electionCount)],
    ...(totals.changeCount === 0 ? [] : [['changes of the ensemble', whole(totals.changeCount)] as const]),
    ...(totals.grantCount === 0 ? [] : [['let go on alone', whole(totals.grantCount)] as const]),
    [
      'ways of getting in sync',
      SYNC_PATHS.map((path) => `${path} in ${percent(totals.seedsWithPath.get(path), seedCount)}`).join(', '),
    ],
    [
      'longest without a write',
      `${(totals.longestUnavailabilityMs / 1000).toFixed(1)} s, in seed ${totals.longestUnavailabilitySeed}`,
    ],
  ];
  const width = Math.max(...rows.map(([title]) => title.length));
  return rows.map(([title, value]) => `${title.padEnd(width)}  ${value}`).join('\n');
}

export const whole = (value: number): string => Math.round(value).toLocaleString('en-US');

const sum = (values: ReadonlyMap<unknown, number>): number =>
  [...values.values()].reduce((total, each) => total + each, 0);

const counts = (values: ReadonlyMap<string, number>): string =>
  [...values]
    .sort(([, left], [, right]) => right - left)
    .map(([name, count]) => `${name} ${whole(count)}`)
    .join(', ');

const percent = (part = 0, all: number): string => `${((100 * part) / all).toFixed(1)} % of the seeds`;
