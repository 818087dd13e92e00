// Three production peers over cnx-memory and txnlog/memory, under load and power failures.

import type { Storage } from '@zebu/interfaces';
import { describe, expect, it } from 'vitest';
import { runSeed } from './simulation/run-seed.ts';

const SEEDS = 200;
const CRASHES = 4;
const WRITES_BETWEEN = 15;

describe('a seeded ensemble of three', () => {
  it(`loses nothing acknowledged and ends with equal trees, over ${SEEDS} seeds`, { timeout: 300_000 }, async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const outcome = await runSeed(seed, { crashCount: CRASHES, writesBetween: WRITES_BETWEEN });
      expect({ seed, violations: outcome.violations }).toEqual({ seed, violations: [] });
      expect(outcome.acknowledgedCount).toBeGreaterThanOrEqual(50);
      expect(outcome.crashCount).toBeGreaterThanOrEqual(3);
      expect(outcome.leaderCrashCount * 2).toBeGreaterThanOrEqual(outcome.crashCount);
    }
  });

  it('is the same run each time', async () => {
    const options = { crashCount: 2, writesBetween: 10 };
    expect(await runSeed(7, options)).toEqual(await runSeed(7, options));
  });

  it('would notice an acknowledgement before the flush', { timeout: 300_000 }, async () => {
    const acknowledgeEarly = (storage: Storage): Storage => {
      const { log } = storage;
      const hasty = Object.create(log) as typeof log;
      Object.defineProperties(hasty, {
        lastLoggedZxid: { get: () => log.lastLoggedZxid },
        lastFlushedZxid: { get: () => log.lastFlushedZxid },
      });
      for (const name of ['append', 'roll', 'cutBack', 'read', 'locate', 'sizeAfter', 'truncate', 'pin'] as const) {
        Object.defineProperty(hasty, name, { value: (log[name] as (...parameters: unknown[]) => unknown).bind(log) });
      }
      hasty.flush = () => {
        log.flush().catch(() => undefined);
        return Promise.resolve();
      };
      return { log: hasty, snapshots: storage.snapshots, epochs: storage.epochs, close: () => storage.close() };
    };
    let caught = 0;
    for (let seed = 1; seed <= 60 && caught === 0; seed++) {
      const outcome = await runSeed(seed, {
        crashCount: CRASHES,
        writesBetween: WRITES_BETWEEN,
        mutation: { storage: acknowledgeEarly },
      });
      if (outcome.violations.length > 0) caught++;
    }
    expect(caught).toBeGreaterThan(0);
  });
});
