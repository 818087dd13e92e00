// A seed once more, with all that there is to see: its schedule made shorter when it breaks something, its history and a diagram in files.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { allCheckers } from '../checkers/index.ts';
import { renderDiagram } from '../diagram/render-diagram.ts';
import { saveHistory } from '../history/history-file.ts';
import type { SeedOutcome } from './outcome.ts';
import { describeViolation } from './report-violation.ts';
import { runSeed, type SeedOptions } from './run-seed.ts';
import { shrink } from './shrink.ts';
import type { SeedShape } from './seed-shape.ts';

const SHRINK_ATTEMPTS = 200;
const SHRINK_MS = 120_000;

export interface InvestigationOptions {
  readonly shape: SeedShape;
  /** Where files are written. */
  readonly directory: string;
  readonly now: () => number;
}

/** In words; undefined when the seed breaks nothing (any more). */
export async function investigate(seed: number, options: InvestigationOptions): Promise<string | undefined> {
  const { shape, directory, now } = options;
  const seedOptions: SeedOptions = { ...shape, keepHistory: true };
  const outcome = await runSeed(seed, seedOptions);
  if (outcome.violations.length === 0) return undefined;
  const end = now() + SHRINK_MS;
  const shrunk = await shrink(outcome, seedOptions, { attempts: SHRINK_ATTEMPTS, isOver: () => now() > end });
  const smallest = await runSeed(seed, { ...seedOptions, faults: shrunk.faults });
  return describeViolation({
    outcome: { ...smallest, faults: outcome.faults },
    shape,
    commit: commit(),
    properties: new Map(allCheckers({ voters: new Set() }).map(({ name, property }) => [name, property])),
    schedule: shrunk.faults,
    shrinkAttempts: shrunk.attempts,
    files: saveStory(smallest, directory),
  });
}

/** Paths of what was written: a diagram up to the first violation or the end, and every event. */
export function saveStory({ seed, history, violations }: SeedOutcome, directory: string): string[] {
  mkdirSync(directory, { recursive: true });
  const diagram = join(directory, `seed-${seed}.html`);
  const [violation] = violations;
  writeFileSync(diagram, renderDiagram(history, { title: `Seed ${seed}`, ...(violation && { violation }) }));
  const events = join(directory, `seed-${seed}.jsonl`);
  saveHistory(events, history);
  return [diagram, events];
}

export function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown (no git here)';
  }
}
