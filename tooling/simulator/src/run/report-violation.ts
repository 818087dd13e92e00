// What a person gets to see of a seed that breaks a property: how to have it again, what was broken, and the schedule that breaks it.

import { describeStep } from '../faults/describe-fault.ts';
import type { FaultStep } from '../faults/fault.ts';
import type { SeedOutcome } from './outcome.ts';
import { argumentsOf, type SeedShape } from './seed-shape.ts';

const MAX_VIOLATIONS = 10;

export interface ViolationReport {
  readonly outcome: SeedOutcome;
  readonly shape: SeedShape;
  readonly commit: string;
  /** Of each checker by its name; what is not there explains itself. */
  readonly properties: ReadonlyMap<string, string>;
  readonly schedule: readonly FaultStep[];
  /** Undefined when the schedule was not made shorter. */
  readonly shrinkAttempts: number | undefined;
  readonly files: readonly string[];
}

export function describeViolation(report: ViolationReport): string {
  const { outcome, shape, commit, properties, schedule, shrinkAttempts, files } = report;
  const { seed, voterCount, observerCount, violations, faults } = outcome;
  const [first] = violations;
  const shrunk = shrinkAttempts === undefined ? '' : `, of ${faults.length} (${shrinkAttempts} attempts)`;
  return [
    `seed ${seed}, ${voterCount} voters and ${observerCount} observers, commit ${commit}`,
    `again: pnpm simulate --replay ${seed}${argumentsOf(shape)}`,
    ...(first === undefined ? [] : [`broken: ${first.checker}: ${properties.get(first.checker) ?? first.message}`]),
    ...violations.slice(0, MAX_VIOLATIONS).map(describe),
    ...(violations.length > MAX_VIOLATIONS ? [`  and ${violations.length - MAX_VIOLATIONS} more`] : []),
    `schedule of ${schedule.length} faults${shrunk}:`,
    ...schedule.map((step) => `  ${describeStep(step)}`),
    ...files.map((file) => `see ${file}`),
  ].join('\n');
}

const describe = ({ checker, at, message }: SeedOutcome['violations'][number]): string =>
  `  ${(at / 1000).toFixed(3)} s  ${checker}: ${message}`;
