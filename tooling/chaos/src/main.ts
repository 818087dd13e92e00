#!/usr/bin/env node
// pnpm chaos: real servers, what befalls them, and whether their clients were told the truth.

import { fileURLToPath } from 'node:url';
import { type CommandLine, parseCommandLine, usage, argumentsOf } from './options.ts';
import { runCampaign } from './run/campaign.ts';
import { onToldToStop, runInSandbox } from './sandbox/enter.ts';
import { whyNot } from './sandbox/sandbox.ts';
import { scenarios } from './scenarios/index.ts';
import type { Need } from './scenarios/scenario.ts';

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

function commandLine(): CommandLine | undefined {
  try {
    const names = scenarios.map(({ name }) => name);
    return parseCommandLine(process.argv.slice(2), { names, anySeed: Date.now() % 2 ** 31 });
  } catch (error) {
    say(`${(error as Error).message}\n\n${usage(scenarios)}`);
    return undefined;
  }
}

async function run(options: CommandLine): Promise<number> {
  if (options.type === 'help') {
    say(usage(scenarios));
    return 0;
  }
  const interruption = new AbortController();
  const { signal } = interruption;
  const stop = (): void => interruption.abort();
  for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(each, stop);
  // Whoever read the lines has gone.
  process.stdout.on('error', stop);
  if (options.isInside) onToldToStop(stop);
  const reasons = new Map<Need, string | undefined>();
  const reasonOf = (need: Need): string | undefined => {
    if (!reasons.has(need)) reasons.set(need, whyNot(need));
    return reasons.get(need);
  };
  // Also for what needs none: nothing of it outlives the sandbox.
  const isPossible = reasonOf('network') === undefined || reasonOf('disks') === undefined;
  if (isPossible && !options.isInside) {
    return runInSandbox({ mainFile: fileURLToPath(import.meta.url), args: argumentsOf(options), signal });
  }
  return runCampaign({ ...options, signal, say, whyNot: ({ needs: need }) => reasonOf(need) });
}

const options = commandLine();
// Sockets and sessions of an interrupted run may still be open.
process.exit(options === undefined ? 2 : await run(options));
