// What many seeds came to together.

import type { FaultType } from '../faults/fault.ts';
import type { SeedOutcome, SyncPath } from './outcome.ts';

export const SYNC_PATHS: readonly SyncPath[] = ['DIFF', 'DIFF_FROM_DISK', 'TRUNC', 'SNAP'];

export class Totals {
  seedCount = 0;
  simulatedMs = 0;
  operationCount = 0;
  acknowledgedCount = 0;
  electionCount = 0;
  changeCount = 0;
  grantCount = 0;
  longestUnavailabilityMs = 0;
  longestUnavailabilitySeed = 0;
  fewestAcknowledged = Number.POSITIVE_INFINITY;
  fewestFaults = Number.POSITIVE_INFINITY;
  shortestMs = Number.POSITIVE_INFINITY;
  readonly faultCounts = new Map<FaultType, number>();
  /** Seeds in which a learner was brought in sync this way at least once. */
  readonly seedsWithPath = new Map<SyncPath, number>(SYNC_PATHS.map((path) => [path, 0]));
  readonly seedsByShape = new Map<string, number>();
  /** Outcomes that violate a property. */
  readonly violating: SeedOutcome[] = [];

  add(outcome: SeedOutcome): void {
    const { seed, voterCount, observerCount, statistics, violations } = outcome;
    const { simulatedMs, operationCount, acknowledgedCount, electionCount, longestUnavailabilityMs } = statistics;
    this.seedCount++;
    this.simulatedMs += simulatedMs;
    this.operationCount += operationCount;
    this.acknowledgedCount += acknowledgedCount;
    this.electionCount += electionCount;
    this.changeCount += statistics.changeCount;
    this.grantCount += statistics.grantCount;
    this.shortestMs = Math.min(this.shortestMs, simulatedMs);
    this.fewestAcknowledged = Math.min(this.fewestAcknowledged, acknowledgedCount);
    if (longestUnavailabilityMs > this.longestUnavailabilityMs) {
      this.longestUnavailabilityMs = longestUnavailabilityMs;
      this.longestUnavailabilitySeed = seed;
    }
    this.#addFaults(outcome);
    for (const path of SYNC_PATHS) if (statistics.syncPathCounts[path] > 0) increase(this.seedsWithPath, path, 1);
    increase(this.seedsByShape, observerCount === 0 ? `${voterCount}` : `${voterCount}+${observerCount}`, 1);
    if (violations.length > 0) this.violating.push(outcome);
  }

  #addFaults({ statistics }: SeedOutcome): void {
    let count = 0;
    for (const [type, times] of Object.entries(statistics.faultCounts) as [FaultType, number][]) {
      increase(this.faultCounts, type, times);
      count += times;
    }
    this.fewestFaults = Math.min(this.fewestFaults, count);
  }
}

const increase = <Key>(counts: Map<Key, number>, key: Key, by: number): void =>
  void counts.set(key, (counts.get(key) ?? 0) + by);
