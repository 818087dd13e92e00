// A damaged history: marked first, set aside then, never deleted, and the mark goes only when a whole history is durable in its place.

import type { Storage } from '@zebu/interfaces';
import type { Epoch } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { FORGOTTEN_EPOCHS } from '../src/file-damage.ts';
import { openStorage, type StorageOptions } from '../src/index.ts';
import { MemoryFileSystem } from '../src/memory.ts';
import { bodyOf, chunksOf, readAll, SILENT, txnsOf, zxid, zxidsOf } from './support.ts';

const DIRECTORY = '/data/version-2';
const FIRST_LOG = `${DIRECTORY}/log.100000001`;
const MIDDLE_LOG = `${DIRECTORY}/log.100000003`;
/** In the first record of a log file, behind its header and the record's prefix. */
const BIT_IN_RECORD = 8 * 60;
const SNAPSHOT = zxid(7, 2);

const open = (fileSystem: MemoryFileSystem, options: StorageOptions = {}): Promise<Storage> =>
  openStorage({
    fileSystem: fileSystem.mount(),
    dataDir: '/data',
    logger: SILENT,
    options: { preAllocSizeKb: 4, heals: true, ...options },
  });

/** Accepted epoch 5, current epoch 4, and three log files with two txns each. */
async function directory(options: { readonly schedule?: () => Promise<void> } = {}): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem(options);
  const storage = await open(fileSystem);
  await storage.epochs.writeAcceptedEpoch(5 as Epoch);
  await storage.epochs.writeCurrentEpoch(4 as Epoch);
  for (const first of [1, 3, 5]) {
    storage.log.roll();
    storage.log.append(txnsOf(1, first, first + 1));
    await storage.log.flush();
  }
  await storage.close();
  return fileSystem;
}

async function write(fileSystem: MemoryFileSystem, path: string, text: string): Promise<void> {
  const handle = await fileSystem.open(path, 'write');
  await handle.truncate(0);
  await handle.write(new TextEncoder().encode(text), 0);
  await handle.datasync();
  await handle.close();
}

/** As a learner takes a SNAP, and a txn behind it. */
async function sync(storage: Storage): Promise<void> {
  await storage.snapshots.receive(SNAPSHOT, chunksOf(bodyOf(SNAPSHOT)));
  await storage.snapshots.install(SNAPSHOT);
  storage.log.append(txnsOf(7, 3, 3));
  await storage.epochs.writeAcceptedEpoch(7 as Epoch);
  await storage.log.flush();
  await storage.epochs.writeCurrentEpoch(7 as Epoch);
}

const DAMAGES: Record<string, (fileSystem: MemoryFileSystem) => Promise<void> | void> = {
  'a flipped bit in the first log file': (fileSystem) => fileSystem.flipBit(FIRST_LOG, BIT_IN_RECORD),
  'a flipped bit in the last log file': (fileSystem) => fileSystem.flipBit(`${DIRECTORY}/log.100000005`, BIT_IN_RECORD),
  'a missing middle log file': (fileSystem) => fileSystem.loseFile(MIDDLE_LOG),
  'all logs and snapshots missing': async (fileSystem) => {
    for (const name of await fileSystem.list(DIRECTORY))
      if (/^(log|snapshot)\./.test(name)) fileSystem.loseFile(`${DIRECTORY}/${name}`);
  },
};

describe('a damaged history', () => {
  it.each(Object.entries(DAMAGES))('%s: is marked and set aside, with the epochs kept', async (_what, damage) => {
    const fileSystem = await directory();
    await damage(fileSystem);
    const before = fileSystem.namesIn(DIRECTORY).filter((name) => /^(log|snapshot)\./.test(name));
    const storage = await open(fileSystem);
    expect(storage.damage.stands).toBe(true);
    expect(storage.log.lastLoggedZxid).toBe(-1n);
    expect(await storage.snapshots.open()).toBeUndefined();
    expect([storage.epochs.acceptedEpoch, storage.epochs.currentEpoch]).toEqual([5, 4]);
    if (before.length > 0) expect(fileSystem.namesIn(`${DIRECTORY}/set-aside-1`).sort()).toEqual(before.sort());
    await storage.close();
  });

  it.each(Object.entries(DAMAGES))('%s: is refused where nobody could heal it', async (_what, damage) => {
    const fileSystem = await directory();
    await damage(fileSystem);
    const before = fileSystem.namesIn(DIRECTORY);
    await expect(open(fileSystem, { heals: false })).rejects.toThrow('zebu-server recover');
    expect(fileSystem.namesIn(DIRECTORY)).toEqual(before);
  });

  it('is no torn write: that is cut off, as ever', async () => {
    const fileSystem = await directory();
    const last = await fileSystem.open(`${DIRECTORY}/log.100000005`, 'write');
    await last.truncate((await last.size()) - 10);
    const storage = await open(fileSystem);
    expect(storage.damage.stands).toBe(false);
    expect(storage.log.lastLoggedZxid).toBe(zxid(1, 5));
  });

  it('is no log without any snapshot, as an old ZooKeeper leaves it', async () => {
    const fileSystem = await directory();
    for (const name of [MIDDLE_LOG, `${DIRECTORY}/log.100000005`, `${DIRECTORY}/snapshot.0`]) fileSystem.loseFile(name);
    await expect(open(fileSystem)).rejects.toThrow('snapshot.trust.empty');
    expect(fileSystem.namesIn(DIRECTORY)).not.toContain('damaged');
  });

  it('stays set aside while the mark stands, and what was synced since joins it', async () => {
    const fileSystem = await directory();
    fileSystem.loseFile(MIDDLE_LOG);
    const storage = await open(fileSystem);
    await sync(storage);
    await storage.close();
    const again = await open(fileSystem);
    expect(again.damage.stands).toBe(true);
    expect(again.log.lastLoggedZxid).toBe(-1n);
    expect(fileSystem.namesIn(`${DIRECTORY}/set-aside-1`)).toContain('log.100000001');
    expect(fileSystem.namesIn(`${DIRECTORY}/set-aside-2`)).toContain('snapshot.700000002');
  });

  it('is refused while the mark stands where nobody could heal it', async () => {
    const fileSystem = await directory();
    fileSystem.loseFile(MIDDLE_LOG);
    await (await open(fileSystem)).close();
    await expect(open(fileSystem, { heals: false })).rejects.toThrow(/was found damaged .*zebu-server recover/);
  });

  it('is an ordinary one again once the mark is gone', async () => {
    const fileSystem = await directory();
    fileSystem.loseFile(MIDDLE_LOG);
    const storage = await open(fileSystem);
    await sync(storage);
    await storage.damage.remove({ votes: true });
    expect(storage.damage.stands).toBe(false);
    fileSystem.crash({ unsynced: 'lost' });
    const healed = await open(fileSystem);
    expect(healed.damage.stands).toBe(false);
    expect(healed.log.lastLoggedZxid).toBe(zxid(7, 3));
    expect([healed.epochs.acceptedEpoch, healed.epochs.currentEpoch]).toEqual([7, 7]);
  });

  it('can be found while the server runs', async () => {
    const fileSystem = await directory();
    const storage = await open(fileSystem);
    await storage.damage.found(new Error('every snapshot is damaged'));
    expect([storage.damage.stands, storage.log.lastLoggedZxid]).toEqual([true, -1n]);
    await sync(storage);
    await storage.damage.remove({ votes: true });
    expect(zxidsOf(await readAll(storage.log, SNAPSHOT))).toEqual([zxid(7, 3)]);
    await storage.snapshots.purge(1);
    await storage.close();
    expect((await open(fileSystem)).damage.stands).toBe(false);
  });
});

describe('a lost acceptedEpoch', () => {
  it.each(['garbage', '2'])('that holds %j is at least what the rest of the directory speaks of', async (text) => {
    const fileSystem = await directory();
    await write(fileSystem, `${DIRECTORY}/acceptedEpoch`, text);
    const storage = await open(fileSystem);
    expect(storage.damage.stands).toBe(true);
    expect(storage.epochs.acceptedEpoch).toBe(4);
    expect(fileSystem.namesIn(`${DIRECTORY}/set-aside-1`)).toContain('acceptedEpoch');
  });

  it('alone is damage in an ensemble, and nothing to a standalone server', async () => {
    const fileSystem = await directory();
    fileSystem.loseFile(`${DIRECTORY}/acceptedEpoch`);
    expect((await open(fileSystem)).damage.stands).toBe(true);
    const other = await directory();
    other.loseFile(`${DIRECTORY}/acceptedEpoch`);
    other.loseFile(`${DIRECTORY}/currentEpoch`);
    expect((await open(other, { heals: false })).damage.stands).toBe(false);
  });

  it('is made up for when the mark goes: what was promised before is promised still', async () => {
    const fileSystem = await directory();
    fileSystem.loseFile(`${DIRECTORY}/acceptedEpoch`);
    const storage = await open(fileSystem);
    await sync(storage);
    await storage.damage.remove({ votes: true });
    await storage.close();
    expect((await open(fileSystem)).epochs.acceptedEpoch).toBe(7 + FORGOTTEN_EPOCHS);
  });

  it('of an observer promised nothing', async () => {
    const fileSystem = await directory();
    fileSystem.loseFile(`${DIRECTORY}/acceptedEpoch`);
    const storage = await open(fileSystem);
    await sync(storage);
    await storage.damage.remove({ votes: false });
    expect([storage.damage.stands, storage.epochs.acceptedEpoch]).toEqual([false, 7]);
  });
});

describe('a crash', () => {
  it('at any point of setting aside, and of the start after it, leaves a damaged or a marked server, and its history in one place', async () => {
    for (let point = 0; ; point++) {
      let left = Number.POSITIVE_INFINITY;
      let strike = (): void => undefined;
      const fileSystem = await directory({
        schedule: async () => {
          if (left-- === 0) strike();
        },
      });
      fileSystem.flipBit(FIRST_LOG, BIT_IN_RECORD);
      const openUntil = async (operations: number): Promise<'done' | 'crashed'> => {
        const crashed = new Promise<'crashed'>((resolve) => {
          strike = () => {
            fileSystem.crash({ unsynced: point % 2 === 0 ? 'lost' : 'kept' });
            resolve('crashed');
          };
        });
        left = operations;
        const outcome = await Promise.race([open(fileSystem).then(() => 'done' as const), crashed]);
        left = Number.POSITIVE_INFINITY;
        return outcome;
      };
      if ((await openUntil(point)) === 'done') return expect(point).toBeGreaterThan(20);
      const names = fileSystem.namesIn(DIRECTORY);
      const isComplete = ['log.100000001', 'log.100000003', 'log.100000005', 'snapshot.0'].every((name) =>
        names.includes(name),
      );
      if (!isComplete) expect(names, `after ${point} operations`).toContain('damaged');
      await openUntil((point * 7) % 40);
      fileSystem.crash({ unsynced: 'lost' });
      expect((await open(fileSystem)).damage.stands).toBe(true);
      expect(fileSystem.namesIn(`${DIRECTORY}/set-aside-1`), `after ${point} operations`).toEqual([
        'log.100000001',
        'log.100000003',
        'log.100000005',
        'snapshot.0',
      ]);
    }
  });
});
