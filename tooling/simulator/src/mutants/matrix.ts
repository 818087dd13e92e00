// Which scenario fails under which mutant: that the fix of a known bug is what makes its scenario come out well.

import { inParallel, PROCESSES } from './hunt.ts';
import type { Mutant } from './mutant.ts';
import { play } from './play.ts';
import type { ReportedViolation } from './reports.ts';

export interface MatrixRow {
  readonly mutant: Mutant;
  /** By their tickets, with what was wrong. Those that fail without a mutant are not among them. */
  readonly failing: ReadonlyMap<string, ReportedViolation>;
  readonly seconds: number;
}

/** `failingAnyway`: without a mutant. */
export async function scenarioMatrix(
  mutants: readonly Mutant[],
  onRow: (row: MatrixRow) => void,
): Promise<{ readonly rows: readonly MatrixRow[]; readonly failingAnyway: ReadonlyMap<string, ReportedViolation> }> {
  const failingAnyway = await failingScenarios(undefined);
  const rows = await inParallel(mutants, PROCESSES, async (mutant) => {
    const start = performance.now();
    const all = await failingScenarios(mutant.name);
    const failing = new Map([...all].filter(([ticket]) => !failingAnyway.has(ticket)));
    const row = { mutant, failing, seconds: (performance.now() - start) / 1000 };
    onRow(row);
    return row;
  });
  return { rows, failingAnyway };
}

async function failingScenarios(mutant: string | undefined): Promise<Map<string, ReportedViolation>> {
  const failing = new Map<string, ReportedViolation>();
  await play(mutant, { type: 'scenarios', tickets: [] }, (report) => {
    if (report.type === 'scenario' && report.violation !== undefined) failing.set(report.ticket, report.violation);
  });
  return failing;
}
