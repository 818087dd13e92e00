// Scenarios one after the other, once each or until the time is over.

import { scenarios } from '../scenarios/index.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import type { RunOptions } from '../options.ts';
import { hasFailed, type Outcome } from './outcome.ts';
import { InterruptedError } from './patience.ts';
import { describeOutcome, renderTable, type Skipped } from './report.ts';
import { runScenario } from './run-scenario.ts';

export interface Campaign extends RunOptions {
  readonly signal: AbortSignal;
  readonly whyNot: (scenario: Scenario) => string | undefined;
  readonly say: (line: string) => void;
}

const INTERRUPTED = 130;

/** Resolves with the exit code. */
export async function runCampaign(campaign: Campaign): Promise<number> {
  const { names, signal, say } = campaign;
  const wanted = scenarios.filter(({ name }) => names.includes(name));
  const skipped: Skipped[] = [];
  const possible = wanted.filter((scenario) => {
    const reason = campaign.whyNot(scenario);
    if (reason !== undefined) skipped.push({ scenario: scenario.name, reason });
    return reason === undefined;
  });
  const outcomes: Outcome[] = [];
  try {
    await playAll(possible, campaign, outcomes);
  } catch (error) {
    if (!(error instanceof InterruptedError)) throw error;
    say('interrupted');
  }
  say(`\n${renderTable(outcomes, skipped)}`);
  if (outcomes.some(hasFailed)) return 1;
  return signal.aborted ? INTERRUPTED : 0;
}

async function playAll(possible: readonly Scenario[], campaign: Campaign, outcomes: Outcome[]): Promise<void> {
  const { limitMs, slack, keep, signal, say } = campaign;
  const startedAt = performance.now();
  const isOver = (): boolean => limitMs === undefined || performance.now() - startedAt > limitMs;
  let { seed } = campaign;
  do {
    for (const scenario of possible) {
      say(`${scenario.name}, seed ${seed}: ${scenario.sentence}`);
      const beganAt = performance.now();
      const tell = (line: string): void => say(`  ${((performance.now() - beganAt) / 1000).toFixed(1)} s  ${line}`);
      const outcome = await runScenario(scenario, { seed, slack, keep, signal, tell });
      outcomes.push(outcome);
      for (const line of describeOutcome(outcome)) say(line);
      if (limitMs !== undefined && isOver()) return;
    }
    seed++;
  } while (!isOver() && possible.length > 0);
}
