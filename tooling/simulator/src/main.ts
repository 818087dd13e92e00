// pnpm simulate: runs seeds in several processes, says how far it is, and tells the story of a seed that breaks a property.

import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { describeStep } from './faults/describe-fault.ts';
import { runMutants, showMatrix } from './mutants/command.ts';
import { type CommandLine, parseCommandLine, USAGE } from './options.ts';
import { investigate, saveStory } from './run/investigate.ts';
import { Progress } from './run/progress.ts';
import { runSeed } from './run/run-seed.ts';
import { renderSummary } from './run/summary.ts';
import { Totals } from './run/totals.ts';
import { runInWorkers, WorkerDiedError } from './run/worker-pool.ts';
import { runScale } from './scale/run-scale.ts';
import { scenarios } from './scenarios/index.ts';
import { runScenario } from './scenarios/run-scenario.ts';

const INTERRUPTED = 130;
/** With --keep-going there may be many. */
const MOST_TOLD = 5;
const STORIES = join('.zebu', 'simulate');

const now = (): number => performance.now();
const say = (text: string): void => {
  process.stdout.write(`${text}\n`);
};

function commandLine(): CommandLine | undefined {
  try {
    return parseCommandLine(process.argv.slice(2), availableParallelism());
  } catch (error) {
    say(`${(error as Error).message}\n\n${USAGE}`);
    return undefined;
  }
}

async function run(options: CommandLine): Promise<number> {
  switch (options.type) {
    case 'help':
      say(USAGE);
      return 0;
    case 'scale':
      say(await runScale(say));
      return 0;
    case 'scenario':
      return tellScenario(options.ticket);
    case 'replay':
      return replay(options);
    case 'mutants':
      return options.scenarios ? showMatrix(options.names, say) : runMutants(options, say);
    case 'run':
      return simulate(options);
  }
}

async function tellScenario(ticket: string): Promise<number> {
  if (scenarios.every((scenario) => scenario.ticket !== ticket)) {
    say(
      `there is no scenario ${ticket}; there are:\n${scenarios.map((each) => `  ${each.ticket}  ${each.sentence}`).join('\n')}`,
    );
    return 2;
  }
  const { told, failure, violations } = await runScenario(ticket);
  for (const line of told) say(line);
  if (failure !== undefined) say(`\nThe story cannot be told to its end: ${failure}`);
  for (const { checker, message } of violations) say(`\n${checker}: ${message}`);
  return failure === undefined && violations.length === 0 ? 0 : 1;
}

async function replay({ seed, shape }: CommandLine & { type: 'replay' }): Promise<number> {
  const outcome = await runSeed(seed, { ...shape, keepHistory: true });
  const totals = new Totals();
  totals.add(outcome);
  say(`seed ${seed}, trace ${outcome.traceHash}`);
  for (const step of outcome.faults) say(`  ${describeStep(step)}`);
  say(renderSummary(totals, now() / 1000));
  if (outcome.violations.length === 0) {
    for (const file of saveStory(outcome, STORIES)) say(`see ${file}`);
    return 0;
  }
  await tell(seed, shape);
  return 1;
}

async function simulate(options: CommandLine & { type: 'run' }): Promise<number> {
  const { from, seedCount, limitMs, jobs, keepGoing, shape } = options;
  const startedAt = now();
  const totals = new Totals();
  const progress = new Progress(
    { isTTY: process.stdout.isTTY, write: (text) => void process.stdout.write(text) },
    startedAt,
  );
  const interruption = new AbortController();
  const onInterrupt = (): void => interruption.abort();
  process.once('SIGINT', onInterrupt);
  say(`from seed ${from}, in ${jobs} process${jobs === 1 ? '' : 'es'}`);
  let next = from;
  let died: WorkerDiedError | undefined;
  const isOver = (): boolean =>
    next >= from + seedCount ||
    (limitMs !== undefined && now() - startedAt > limitMs) ||
    (totals.violating.length > 0 && !keepGoing);
  try {
    await runInWorkers({
      jobs: Math.min(jobs, seedCount),
      shape,
      signal: interruption.signal,
      nextSeed: () => (isOver() ? undefined : next++),
      onOutcome: (outcome) => {
        totals.add(outcome);
        progress.maybeShow(totals, seedCount, now());
      },
    });
  } catch (error) {
    if (!(error instanceof WorkerDiedError)) throw error;
    died = error;
  } finally {
    process.off('SIGINT', onInterrupt);
    progress.clear();
  }
  say(renderSummary(totals, (now() - startedAt) / 1000));
  if (died !== undefined) say(died.message);
  for (const { seed } of totals.violating.slice(0, MOST_TOLD)) await tell(seed, shape);
  if (totals.violating.length > MOST_TOLD)
    say(
      `\nand seeds ${totals.violating
        .slice(MOST_TOLD)
        .map(({ seed }) => seed)
        .join(', ')}`,
    );
  if (totals.violating.length > 0 || died !== undefined) return 1;
  return interruption.signal.aborted ? INTERRUPTED : 0;
}

async function tell(seed: number, shape: (CommandLine & { type: 'run' })['shape']): Promise<void> {
  say(`\nseed ${seed} breaks a property; looking for a shorter schedule...`);
  const story = await investigate(seed, { shape, directory: STORIES, now });
  say(story ?? `seed ${seed} breaks nothing when it runs again: the simulation is not deterministic`);
}

const options = commandLine();
process.exitCode = options === undefined ? 2 : await run(options);
