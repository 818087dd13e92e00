// A shorter schedule that breaks the same property: fewer faults first, then shorter ones. A seed without some of its faults is still that seed.

import type { Fault, FaultStep } from '../faults/fault.ts';
import type { SeedOutcome } from './outcome.ts';
import { runSeed, type SeedOptions } from './run-seed.ts';

export interface ShrinkLimits {
  readonly attempts: number;
  /** Asked before each attempt. */
  readonly isOver: () => boolean;
}

export interface Shrunk {
  readonly faults: readonly FaultStep[];
  readonly attempts: number;
}

const SHORTEST_MS = 20;

export async function shrink(outcome: SeedOutcome, options: SeedOptions, limits: ShrinkLimits): Promise<Shrunk> {
  const property = outcome.violations[0]?.checker;
  const { attempts: attemptLimit, isOver } = limits;
  let faults = outcome.faults;
  let attempts = 0;
  const stillBreaks = async (candidate: readonly FaultStep[]): Promise<boolean> => {
    attempts++;
    const { violations } = await runSeed(outcome.seed, { ...options, faults: candidate, keepHistory: false });
    return violations.some(({ checker }) => checker === property);
  };
  const mayTry = (): boolean => attempts < attemptLimit && !isOver();

  for (let size = Math.ceil(faults.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < faults.length && mayTry(); ) {
      const candidate = faults.toSpliced(start, size);
      if (await stillBreaks(candidate)) faults = candidate;
      else start += size;
    }
  }
  for (let index = 0; index < faults.length; index++) {
    for (let shorter = shortened(faults[index] as FaultStep); shorter !== undefined && mayTry(); ) {
      const candidate = faults.with(index, shorter);
      if (!(await stillBreaks(candidate))) break;
      faults = candidate;
      shorter = shortened(shorter);
    }
  }
  return { faults, attempts };
}

/** Half as long; undefined when there is nothing to shorten. */
function shortened({ at, fault }: FaultStep): FaultStep | undefined {
  if ('forMs' in fault) return half(fault.forMs, (forMs) => ({ at, fault: { ...fault, forMs } as Fault }));
  if ('downMs' in fault) return half(fault.downMs, (downMs) => ({ at, fault: { ...fault, downMs } as Fault }));
  return undefined;
}

const half = (ms: number, make: (ms: number) => FaultStep): FaultStep | undefined =>
  ms < 2 * SHORTEST_MS ? undefined : make(Math.round(ms / 2));
