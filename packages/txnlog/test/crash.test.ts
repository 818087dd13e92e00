// Power failure and kill -9 after every single file-system operation: whatever a restart finds has to be a state that was promised.

import type { Storage } from '@zebu/interfaces';
import type { Epoch, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type CrashKind, type CrashScenario, crashEverywhere, type FoundState } from './crash-support.ts';
import { bodyOf, chunksOf, txnsOf, zxid, zxidsOf } from './support.ts';

const epoch = (value: number): Epoch => value as Epoch;
const snapshot = (storage: Storage, at: Zxid): Promise<void> => storage.snapshots.write(at, chunksOf(bodyOf(at)));

/** Accepted epoch 9, txns (1,1)..(1,6) in two files, snapshots 0, (1,2) and (1,5). */
async function sixTxns(storage: Storage): Promise<void> {
  await storage.epochs.writeAcceptedEpoch(epoch(9));
  storage.log.append(txnsOf(1, 1, 3));
  await storage.log.flush();
  await snapshot(storage, zxid(1, 2));
  storage.log.roll();
  storage.log.append(txnsOf(1, 4, 6));
  await storage.log.flush();
  await snapshot(storage, zxid(1, 5));
}

/** The whole history behind the newest snapshot, without a hole, up to lastLogged. */
function expectWhole(found: FoundState, history: readonly bigint[]): void {
  const [newest = 0n] = found.snapshots;
  expect(found.txns).toEqual(history.filter((at) => at > newest && at <= found.lastLogged));
  expect(found.lastLogged).toBe(found.txns.at(-1) ?? newest);
}

const scenarios: Record<string, CrashScenario> = {
  'creation of an empty directory': {
    check: (found) => expect(found).toMatchObject({ lastLogged: 0n, txns: [], snapshots: [0n] }),
  },

  'creation with an initialize file': {
    options: { dbAutocreate: false },
    arrange: async (fileSystem) => {
      await fileSystem.makeDirectory('/data');
      await (await fileSystem.open('/data/initialize', 'create')).close();
      await fileSystem.syncDirectory('/data');
      await fileSystem.syncDirectory('/');
    },
    check: (found) => expect(found).toMatchObject({ lastLogged: 0n, txns: [], snapshots: [0n] }),
  },

  'appends, flushes and rolls': {
    prepare: (storage) => storage.epochs.writeAcceptedEpoch(epoch(9)),
    run: async (storage, reached) => {
      for (let counter = 1; counter <= 12; counter += 3) {
        storage.log.append(txnsOf(1, counter, counter + 1, 700));
        if (counter % 2 === 0) storage.log.roll();
        storage.log.append(txnsOf(1, counter + 2, counter + 2, 4000));
        await storage.log.flush();
        reached(String(counter + 2));
      }
    },
    check: (found, reached) => {
      const promised = Math.max(0, ...[...reached].map(Number));
      expect(found.lastLogged).toBeGreaterThanOrEqual(promised === 0 ? 0n : zxid(1, promised));
      expectWhole(found, zxidsOf(txnsOf(1, 1, 12)));
    },
  },

  'epoch files': {
    prepare: async (storage) => {
      await storage.epochs.writeAcceptedEpoch(epoch(3));
      await storage.epochs.writeCurrentEpoch(epoch(2));
    },
    run: async (storage, reached) => {
      await storage.epochs.writeAcceptedEpoch(epoch(5));
      reached('accepted');
      await storage.epochs.writeCurrentEpoch(epoch(5));
      reached('current');
    },
    check: (found, reached) => {
      expect(reached.has('accepted') ? [5] : [3, 5]).toContain(found.acceptedEpoch);
      expect(reached.has('current') ? [5] : [2, 5]).toContain(found.currentEpoch);
      expect(found.currentEpoch).toBeLessThanOrEqual(found.acceptedEpoch);
    },
  },

  'writing a snapshot': {
    prepare: sixTxns,
    run: async (storage, reached) => {
      await snapshot(storage, zxid(1, 6));
      reached('written');
    },
    check: (found, reached) => {
      const before = [zxid(1, 5), zxid(1, 2), 0n];
      if (reached.has('written')) expect(found.snapshots).toEqual([zxid(1, 6), ...before]);
      expect([before, [zxid(1, 6), ...before]]).toContainEqual(found.snapshots);
      expect(found.lastLogged).toBe(zxid(1, 6));
      expectWhole(found, zxidsOf(txnsOf(1, 1, 6)));
    },
  },

  TRUNC: {
    prepare: sixTxns,
    run: async (storage, reached) => {
      await storage.log.truncate(zxid(1, 3));
      reached('truncated');
    },
    check: (found, reached) => {
      expect(found.lastLogged).toBeGreaterThanOrEqual(zxid(1, 3));
      if (reached.has('truncated')) expect(found.snapshots).toEqual([zxid(1, 2), 0n]);
      if (reached.has('truncated')) expect(found.lastLogged).toBe(zxid(1, 3));
      expectWhole(found, zxidsOf(txnsOf(1, 1, 6)));
    },
  },

  'TRUNC, and another history behind it': {
    prepare: sixTxns,
    run: async (storage, reached) => {
      await storage.log.truncate(zxid(1, 4));
      storage.log.append(txnsOf(2, 1, 2));
      await storage.log.flush();
      reached('flushed');
    },
    check: (found, reached) => {
      if (reached.has('flushed')) expect(found.lastLogged).toBe(zxid(2, 2));
      const other = found.lastLogged > zxid(1, 6);
      expectWhole(found, zxidsOf(other ? [...txnsOf(1, 1, 4), ...txnsOf(2, 1, 2)] : txnsOf(1, 1, 6)));
    },
  },

  'SNAP above the history': {
    prepare: sixTxns,
    run: (storage, reached) => receiveAndInstall(storage, zxid(2, 7), reached),
    check: (found, reached) => expectOldOrInstalled(found, reached, zxid(2, 7)),
  },

  'SNAP below the end of the history': {
    prepare: sixTxns,
    run: (storage, reached) => receiveAndInstall(storage, zxid(1, 4), reached),
    check: (found, reached) => expectOldOrInstalled(found, reached, zxid(1, 4)),
  },

  'SNAP, and txns behind it': {
    prepare: sixTxns,
    run: async (storage, reached) => {
      await receiveAndInstall(storage, zxid(1, 3), reached);
      // In a file of the same name as one that was set aside.
      storage.log.append(txnsOf(1, 4, 4, 900));
      await storage.log.flush();
      reached('flushed');
    },
    check: (found, reached) => {
      if (reached.has('flushed')) expect(found.lastLogged).toBe(zxid(1, 4));
      if (found.snapshots[0] === zxid(1, 3)) expectWhole(found, [zxid(1, 4)]);
      else expectOldOrInstalled(found, reached, zxid(1, 3));
    },
  },

  purge: {
    prepare: sixTxns,
    run: async (storage, reached) => {
      await storage.snapshots.purge(1);
      reached('purged');
    },
    check: (found, reached) => {
      expect(found.snapshots[0]).toBe(zxid(1, 5));
      if (reached.has('purged')) expect(found.snapshots).toEqual([zxid(1, 5)]);
      expect(found.txns).toEqual([zxid(1, 6)]);
    },
  },

  'a failed write, cut back, and another history behind it': {
    prepare: sixTxns,
    run: async (storage, reached, fileSystem) => {
      fileSystem.failNext({ type: 'datasync', code: 'EIO', pathContains: 'log.' });
      storage.log.append(txnsOf(1, 7, 9, 700));
      await storage.log.flush().catch(() => reached('failed'));
      await storage.log.cutBack();
      reached('cut back');
      storage.log.append(txnsOf(2, 1, 2));
      await storage.log.flush();
      reached('flushed');
    },
    check: (found, reached) => {
      if (reached.has('flushed')) expect(found.lastLogged).toBe(zxid(2, 2));
      else if (reached.has('cut back')) expect([zxid(1, 6), zxid(2, 1), zxid(2, 2)]).toContain(found.lastLogged);
      const other = found.lastLogged > zxid(1, 9);
      expectWhole(found, zxidsOf(other ? [...txnsOf(1, 1, 6), ...txnsOf(2, 1, 2)] : txnsOf(1, 1, 9)));
    },
  },
};

async function receiveAndInstall(storage: Storage, at: Zxid, reached: (step: string) => void): Promise<void> {
  await storage.snapshots.receive(at, chunksOf(bodyOf(at)));
  await storage.snapshots.install(at);
  reached('installed');
}

function expectOldOrInstalled(found: FoundState, reached: ReadonlySet<string>, at: Zxid): void {
  if (found.snapshots[0] === at) {
    expect(found).toMatchObject({ lastLogged: at, txns: [] });
    return;
  }
  expect(reached.has('installed')).toBe(false);
  expect(found).toMatchObject({ lastLogged: zxid(1, 6), txns: [zxid(1, 6)], snapshots: [zxid(1, 5), zxid(1, 2), 0n] });
}

describe.each<[CrashKind, number]>([
  ['power failure', 6],
  ['kill -9', 2],
])('%s at every operation', (kind, seeds) => {
  it.each(Object.entries(scenarios))(
    '%s',
    async (_, scenario) => {
      expect(await crashEverywhere(scenario, kind, seeds)).toBeGreaterThan(0);
    },
    60_000,
  );
});
