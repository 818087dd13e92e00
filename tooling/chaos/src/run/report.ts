// Outcomes as text: a line when a scenario is over, and a table of all at the end.

import { hasFailed, type Outcome } from './outcome.ts';

/** More of the same says no more. */
const MOST_FINDINGS = 10;
const COLUMNS = ['scenario', 'seed', 'writes', 'operations', 'leaders', 'longest pause', 'took', 'verdict'] as const;

/** A scenario that cannot be had here. */
export interface Skipped {
  readonly scenario: string;
  readonly reason: string;
}

export function describeOutcome(outcome: Outcome): string[] {
  const lines = outcome.figures.map((figure) => `  ${figure}`);
  if (outcome.noticed !== undefined) lines.push(`  noticed, as it must: ${outcome.noticed}`);
  else lines.push(...outcome.findings.slice(0, MOST_FINDINGS).map(({ check, message }) => `  ${check}: ${message}`));
  if (outcome.findings.length > MOST_FINDINGS && outcome.noticed === undefined) {
    lines.push(`  and ${outcome.findings.length - MOST_FINDINGS} more`);
  }
  if (outcome.keptIn !== undefined) lines.push(`  see ${outcome.keptIn}`);
  return lines;
}

export function renderTable(outcomes: readonly Outcome[], skipped: readonly Skipped[]): string {
  const rows = [
    [...COLUMNS],
    ...outcomes.map((outcome) => [
      outcome.scenario,
      String(outcome.seed),
      String(outcome.writeCount),
      String(outcome.operationCount),
      String(outcome.reignCount),
      `${outcome.longestPauseMs.toFixed(0)} ms`,
      `${(outcome.tookMs / 1000).toFixed(1)} s`,
      verdictOf(outcome),
    ]),
  ];
  const widths = COLUMNS.map((_title, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...skipped.map(({ scenario, reason }) => `${scenario}: skipped, ${reason}`)].join('\n');
}

function verdictOf(outcome: Outcome): string {
  if (hasFailed(outcome)) return `${outcome.findings.length} findings`;
  return outcome.noticed === undefined ? 'holds' : 'noticed';
}
