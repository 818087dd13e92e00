// pnpm conformance: Zebu beside Apache ZooKeeper. Exit code 1 for a difference that nobody has explained, 2 for bad arguments.

import { type ClientName, prepareClient, summarizeRows } from './clients/client-parts.ts';
import { type CommandLine, parseCommandLine } from './command-line.ts';
import { codeTable, elsewhereTable, tooSeldom } from './codes/code-table.ts';
import { CodeTally } from './codes/code-tally.ts';
import { ENSEMBLE_CODES, POSSIBLE_CODES, type PossibleCode, READ_ONLY_CODES } from './codes/possible-codes.ts';
import { type CampaignResult, runCampaign } from './differential/campaign.ts';
import { table } from './report.ts';
import { type ApacheRelease, apacheRelease, newestRelease } from './servers/apache-jars.ts';

const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function commandLine(): CommandLine | undefined {
  try {
    return parseCommandLine(process.argv.slice(2));
  } catch (error) {
    say((error as Error).message);
    return undefined;
  }
}

async function judge({ against }: CommandLine): Promise<ApacheRelease> {
  const release = await (against === undefined ? newestRelease() : apacheRelease(against));
  if (typeof release === 'string') throw new Error(`no Apache ZooKeeper to compare with: ${release}`);
  say(`compared with Apache ZooKeeper ${release.version}`);
  return release;
}

/** How often a code must come in a run of the full size. */
const LEAST_COUNT = 20;

interface Shape {
  readonly servers: number;
  readonly observers: number;
  readonly readOnly?: boolean;
  readonly seeds: (options: CommandLine) => number;
  /** What a run of so many operations must have seen. */
  readonly codes: { readonly possible: readonly PossibleCode[]; readonly fullOperationCount: number };
}

/** Three voters and an observer make an ensemble. */
const SHAPES: Readonly<Record<'standalone' | 'ensemble' | 'read-only', Shape>> = {
  standalone: {
    servers: 1,
    observers: 0,
    seeds: ({ seeds }) => seeds,
    codes: { possible: POSSIBLE_CODES, fullOperationCount: 200_000 },
  },
  ensemble: {
    servers: 3,
    observers: 1,
    seeds: ({ ensembleSeeds }) => ensembleSeeds,
    codes: { possible: ENSEMBLE_CODES, fullOperationCount: 50_000 },
  },
  'read-only': {
    servers: 3,
    observers: 0,
    readOnly: true,
    seeds: ({ readOnlySeeds }) => readOnlySeeds,
    codes: { possible: READ_ONLY_CODES, fullOperationCount: 50_000 },
  },
};

async function differential(part: keyof typeof SHAPES, release: ApacheRelease, options: CommandLine): Promise<boolean> {
  const { from, operations } = options;
  const { seeds, codes, ...shape } = SHAPES[part];
  const count = seeds(options);
  const begun = Date.now();
  const tally = new CodeTally();
  say(`\n${part}: ${count} seeds of ${operations} operations`);
  const result = await runCampaign({
    release,
    ...shape,
    from,
    seeds: count,
    operations,
    onSeed: (seed, { expected }) => {
      tally.add(expected.observations);
      if ((seed - from + 1) % 10 === 0) say(`  ${seed - from + 1} of ${count}, ${elapsed(begun)}`);
    },
  });
  say(codeTable(tally));
  if (part === 'standalone') say(elsewhereTable());
  say(summary(part, result, begun));
  return sawEnough(tally, codes, count * operations) && result.differences.length === 0;
}

/** Of a run of the full size each code came often enough; a shorter one says what it has not seen, and no more. */
function sawEnough(
  tally: CodeTally,
  { possible, fullOperationCount }: Shape['codes'],
  operationCount: number,
): boolean {
  const seldom = tooSeldom(tally, possible, LEAST_COUNT);
  if (seldom.length > 0) {
    const rows = seldom.map(({ operation, name, code }) => [operation, name, tally.count(operation, code)]);
    say(table(`came less than ${LEAST_COUNT} times`, rows));
  }
  return seldom.length === 0 || operationCount < fullOperationCount;
}

function summary(part: string, result: CampaignResult, begun: number): string {
  const { judge: name, seedCount, stepCount, differences, explained } = result;
  const rows = [
    ['departures on purpose (docs/divergences.md)', 'steps'],
    ...[...explained].map(([{ entry }, count]) => [entry, count]),
  ];
  return [
    ...differences,
    ...(explained.size > 0 ? [table(`${part}: differences that were expected`, rows)] : []),
    `${part}: ${seedCount} seeds, ${stepCount} steps beside ${name} in ${elapsed(begun)}: ${differences.length} unexplained differences`,
  ].join('\n');
}

async function compareClient(
  name: ClientName,
  release: ApacheRelease,
  { kazooRuns: runCount, kazooTests: only }: CommandLine,
): Promise<boolean> {
  const begun = Date.now();
  say(`\n${name}`);
  const client = await prepareClient(name, { release, runCount, only });
  if (typeof client === 'string') {
    say(`${name}: not compared: ${client}`);
    return false;
  }
  const rows = await client.compare();
  say(table(`${name}: what was compared`, summarizeRows(rows)));
  const wrong = rows.filter(({ ok }) => !ok).length;
  say(`${name}: ${rows.length} compared in ${elapsed(begun)}: ${wrong} unexplained differences`);
  return wrong === 0;
}

const elapsed = (since: number): string => `${Math.round((Date.now() - since) / 1000)} s`;

async function run(options: CommandLine): Promise<number> {
  const release = await judge(options);
  const results: boolean[] = [];
  for (const part of ['standalone', 'ensemble', 'read-only'] as const) {
    if (options.parts.has(part)) results.push(await differential(part, release, options));
  }
  for (const part of ['kazoo', 'zkcli', 'node', 'c'] as const) {
    if (options.parts.has(part)) results.push(await compareClient(part, release, options));
  }
  return results.every(Boolean) ? 0 : 1;
}

const options = commandLine();
process.exitCode = options === undefined ? 2 : await run(options);
