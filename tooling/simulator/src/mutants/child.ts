// Runs in a process of its own (play.ts): plays what it is asked to, and answers in lines of JSON.

import { runSeed } from '../run/run-seed.ts';
import { scenarios } from '../scenarios/index.ts';
import { runScenario } from '../scenarios/run-scenario.ts';
import type { Violation } from '../checkers/checker.ts';
import { type PlayReport, type PlayRequest, type ReportedViolation, UNTOLD } from './reports.ts';

const say = (report: PlayReport): void => void process.stdout.write(`${JSON.stringify(report)}\n`);

const request = JSON.parse(process.argv[2] ?? '') as PlayRequest;
say({ type: 'mutated', modules: [...((globalThis as Mutated).mutatedModules ?? [])] });
if (request.type === 'seeds') await playSeeds(request);
else await playScenarios(request.tickets);

/** What register.ts leaves behind in the modules that it changed. */
interface Mutated {
  readonly mutatedModules?: ReadonlySet<string>;
}

async function playSeeds({ from, count, shape }: Extract<PlayRequest, { type: 'seeds' }>): Promise<void> {
  for (let seed = from; seed < from + count; seed++) {
    const { violations } = await runSeed(seed, shape);
    const violation = firstOf(violations);
    say({ type: 'seed', seed, violation });
    if (violation !== undefined) return;
  }
}

async function playScenarios(tickets: readonly string[]): Promise<void> {
  for (const scenario of scenarios) {
    const { ticket } = scenario;
    if (tickets.length > 0 && !tickets.includes(ticket)) continue;
    const { failure, violations } = await runScenario(ticket);
    const untold = failure === undefined ? undefined : { checker: UNTOLD, message: failure };
    say({ type: 'scenario', ticket, violation: untold ?? firstOf(violations) });
  }
}

function firstOf([violation]: readonly Violation[]): ReportedViolation | undefined {
  return violation && { checker: violation.checker, message: violation.message };
}
