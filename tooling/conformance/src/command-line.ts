// The command line: pnpm conformance [options].

import { parseArgs } from 'node:util';

export const PARTS = ['standalone', 'ensemble', 'read-only', 'kazoo', 'zkcli', 'node', 'c'] as const;
export type Part = (typeof PARTS)[number];

export interface CommandLine {
  readonly parts: ReadonlySet<Part>;
  /** Seeds against one server. */
  readonly seeds: number;
  /** Seeds against an ensemble. */
  readonly ensembleSeeds: number;
  /** Seeds against a server that has lost its quorum. */
  readonly readOnlySeeds: number;
  readonly operations: number;
  /** The first seed. */
  readonly from: number;
  /** The release to compare with; undefined is the newest that can be had. */
  readonly against: '3.8' | '3.9' | undefined;
  readonly kazooRuns: number;
  /** Of kazoo's suite these alone; undefined is all of it. */
  readonly kazooTests: readonly string[] | undefined;
}

export const USAGE = `pnpm conformance [options]: compares Zebu with Apache ZooKeeper
  --only PARTS          of ${PARTS.join(', ')}; all of them untold
  --seeds N             seeds against one server, 200 untold
  --ensemble-seeds N    seeds against an ensemble, 50 untold
  --read-only-seeds N   seeds against a server that has lost its quorum, 50 untold
  --operations N        operations of a seed, 1000 untold
  --from SEED           the first seed, 1 untold
  --against 3.8|3.9     the release to compare with; the newest that can be had untold
  --kazoo-runs N        how often kazoo's suite runs, 1 untold
  --kazoo-tests NAMES   of kazoo's suite these alone, such as test_connection.TestReadOnlyMode.test_read_only`;

/** Throws TypeError at what is no option, RangeError at a value that is none of its own. */
export function parseCommandLine(args: readonly string[]): CommandLine {
  const option = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: option,
      seeds: option,
      'ensemble-seeds': option,
      'read-only-seeds': option,
      operations: option,
      from: option,
      against: option,
      'kazoo-runs': option,
      'kazoo-tests': option,
    },
  });
  return {
    parts: values.only === undefined ? new Set(PARTS) : new Set(values.only.split(',').map(part)),
    seeds: count('seeds', values.seeds, 200),
    ensembleSeeds: count('ensemble-seeds', values['ensemble-seeds'], 50),
    readOnlySeeds: count('read-only-seeds', values['read-only-seeds'], 50),
    operations: count('operations', values.operations, 1000),
    from: count('from', values.from, 1),
    against: release(values.against),
    kazooRuns: count('kazoo-runs', values['kazoo-runs'], 1),
    kazooTests: values['kazoo-tests']?.split(',').map((name) => name.trim()),
  };
}

function part(text: string): Part {
  const found = PARTS.find((name) => name === text.trim());
  if (found === undefined) throw new RangeError(`--only ${text}: no such part\n${USAGE}`);
  return found;
}

function count(name: string, text: string | undefined, untold: number): number {
  if (text === undefined) return untold;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1)
    throw new RangeError(`--${name} ${text}: give a number from 1\n${USAGE}`);
  return value;
}

function release(text: string | undefined): '3.8' | '3.9' | undefined {
  if (text === undefined || text === '3.8' || text === '3.9') return text;
  throw new RangeError(`--against ${text}: give 3.8 or 3.9\n${USAGE}`);
}
