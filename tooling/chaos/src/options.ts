// The command line of pnpm chaos.

import { parseArgs } from 'node:util';
import type { Scenario } from './scenarios/scenario.ts';

export interface RunOptions {
  readonly names: readonly string[];
  readonly seed: number;
  /** Undefined: each scenario once. */
  readonly limitMs: number | undefined;
  readonly slack: number;
  readonly keep: boolean;
  /** In the sandbox already. */
  readonly isInside: boolean;
}

export type CommandLine = { readonly type: 'help' } | ({ readonly type: 'run' } & RunOptions);

export const usage = (scenarios: readonly Scenario[]): string =>
  [
    'pnpm chaos [--scenario NAME]... [--seed N] [--minutes M] [--keep] [--slack S]',
    '  --scenario NAME   this one alone; may be given several times',
    '  --seed N          for what is left to chance; drawn untold. The schedule of real processes is not decided by it',
    '  --minutes M       again and again, with the next seeds, until the time is over',
    '  --keep            leaves logs, data and history of every run, not only of those that found something',
    '  --slack S         takes promised limits of time S times as wide, on a busy machine',
    '',
    ...scenarios.map(({ name, sentence }) => `  ${name}\n      ${sentence}`),
  ].join('\n');

/** Throws TypeError at what is no option, RangeError at what is no value for it. */
export function parseCommandLine(
  args: readonly string[],
  { names, anySeed }: { readonly names: readonly string[]; readonly anySeed: number },
): CommandLine {
  const { values } = parseArgs({
    args: [...args],
    options: {
      help: { type: 'boolean', short: 'h' },
      scenario: { type: 'string', multiple: true },
      seed: { type: 'string' },
      minutes: { type: 'string' },
      slack: { type: 'string' },
      keep: { type: 'boolean' },
      inside: { type: 'boolean' },
    },
  });
  if (values.help === true) return { type: 'help' };
  const wanted = values.scenario ?? names;
  const unknown = wanted.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new RangeError(`there is no scenario ${unknown}; there are ${names.join(', ')}`);
  const minutes = values.minutes === undefined ? undefined : numberOf('minutes', values.minutes, { above: 0 });
  return {
    type: 'run',
    names: wanted,
    seed: values.seed === undefined ? anySeed : wholeNumberOf('seed', values.seed),
    limitMs: minutes === undefined ? undefined : minutes * 60_000,
    slack: values.slack === undefined ? 1 : numberOf('slack', values.slack, { above: 0 }),
    keep: values.keep === true,
    isInside: values.inside === true,
  };
}

/** What the sandbox is to be told. */
export const argumentsOf = ({ names, seed, limitMs, slack, keep }: RunOptions): string[] => [
  '--inside',
  ...names.flatMap((name) => ['--scenario', name]),
  '--seed',
  String(seed),
  '--slack',
  String(slack),
  ...(keep ? ['--keep'] : []),
  ...(limitMs === undefined ? [] : ['--minutes', String(limitMs / 60_000)]),
];

function numberOf(option: string, text: string, { above }: { readonly above: number }): number {
  const number = Number(text);
  if (!Number.isFinite(number) || number <= above)
    throw new RangeError(`--${option} ${text}: give a number above ${above}`);
  return number;
}

function wholeNumberOf(option: string, text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || number >= 2 ** 31)
    throw new RangeError(`--${option} ${text}: give a whole number below 2^31`);
  return number;
}
