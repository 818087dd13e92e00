// What a seed came to.

import type { Millis } from '@zebu/protocol';
import type { Violation } from '../checkers/checker.ts';
import type { FaultStep, FaultType } from '../faults/fault.ts';
import type { HistoryEvent } from '../history/event.ts';

export type SyncPath = 'DIFF' | 'DIFF_FROM_DISK' | 'TRUNC' | 'SNAP';

export interface SeedStatistics {
  readonly simulatedMs: Millis;
  readonly operationCount: number;
  readonly acknowledgedCount: number;
  readonly faultCounts: Readonly<Partial<Record<FaultType, number>>>;
  /** Leaders established. */
  readonly electionCount: number;
  readonly syncPathCounts: Readonly<Record<SyncPath, number>>;
  /** Longest time in which no write was acknowledged to anybody. */
  readonly longestUnavailabilityMs: Millis;
  /** Changes of the ensemble that came into force. */
  readonly changeCount: number;
  /** How often an oracle let a server go on alone. */
  readonly grantCount: number;
}

export interface SeedOutcome {
  readonly seed: number;
  readonly voterCount: number;
  readonly observerCount: number;
  /** Hexadecimal, of every event in order: equal seeds have equal traces. */
  readonly traceHash: string;
  readonly violations: readonly Violation[];
  readonly statistics: SeedStatistics;
  readonly faults: readonly FaultStep[];
  /** Kept on request, and when something was violated. */
  readonly history: readonly HistoryEvent[];
}
