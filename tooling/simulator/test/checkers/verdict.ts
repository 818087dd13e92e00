import { allCheckers, type CheckerOptions } from '../../src/checkers/index.ts';
import type { HistoryEvent } from '../../src/history/event.ts';
import { VOTERS } from './story.ts';

/** The names of all checkers that object, each once, with what they say. */
export function verdict(
  events: readonly HistoryEvent[],
  options: Partial<CheckerOptions> = {},
): {
  readonly objecting: string[];
  readonly messages: string[];
} {
  const checkers = allCheckers({ voters: VOTERS, ...options });
  for (const [index, event] of events.entries()) for (const checker of checkers) checker.onEvent(event, index);
  for (const checker of checkers) checker.atEnd(events.length, events.length);
  const violations = checkers.flatMap((checker) => checker.violations);
  return {
    objecting: [...new Set(violations.map((violation) => violation.checker))],
    messages: violations.map((violation) => `${violation.checker}: ${violation.message}`),
  };
}
