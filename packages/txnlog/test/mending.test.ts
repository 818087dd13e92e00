// What `zebu-server recover` sees in a directory, and makes of it.

import type { Storage } from '@zebu/interfaces';
import type { Epoch, TxnBytes } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { mendDirectory, openStorage, surveyDirectory } from '../src/index.ts';
import { MemoryFileSystem } from '../src/memory.ts';
import { bodyOf, chunksOf, content, readAll, SILENT, txnsOf, zxid, zxidsOf } from './support.ts';

const DIRECTORY = '/data/version-2';
const BIT_IN_RECORD = 8 * 60;
/** Header, and two records of a txn with 20 bytes of payload. */
const BIT_IN_SECOND_RECORD = 8 * (16 + (12 + 52 + 1) + 40);

const read = async (storage: Storage): Promise<bigint[]> => {
  const snapshot = await storage.snapshots.open();
  await content(snapshot);
  return zxidsOf(await readAll(storage.log, snapshot?.zxid ?? (0n as never)));
};

/** Txns (1,1)..(1,6) in three files, a snapshot at (1,4) if it is wanted. */
async function directory(options: { readonly snapshot?: boolean } = {}) {
  const fileSystem = new MemoryFileSystem();
  const storage = await openStorage({
    fileSystem: fileSystem.mount(),
    dataDir: '/data',
    logger: SILENT,
    options: { preAllocSizeKb: 4 },
  });
  await storage.epochs.writeAcceptedEpoch(3 as Epoch);
  await storage.epochs.writeCurrentEpoch(1 as Epoch);
  for (const first of [1, 3, 5]) {
    storage.log.roll();
    storage.log.append(txnsOf(1, first, first + 1) as TxnBytes[]);
    await storage.log.flush();
  }
  if (options.snapshot === true) await storage.snapshots.write(zxid(1, 4), chunksOf(bodyOf(zxid(1, 4))));
  await storage.close();
  const place = () => ({ fileSystem: fileSystem.mount(), dataDir: '/data', logger: SILENT });
  return { fileSystem, place };
}

describe('a directory that is looked at', () => {
  it('tells its epochs, its last zxid and its txns', async () => {
    const { place } = await directory();
    const seen = await surveyDirectory(place(), read);
    expect(seen).toMatchObject({ acceptedEpoch: 3, currentEpoch: 1, damage: undefined, repairs: [] });
    expect(seen?.lastZxid).toBe(zxid(1, 6));
    expect(seen?.value).toEqual(zxidsOf(txnsOf(1, 1, 6)));
  });

  it.each([
    ['in a middle file', `${DIRECTORY}/log.100000003`, BIT_IN_SECOND_RECORD, 3],
    ['in the first record of a file', `${DIRECTORY}/log.100000003`, BIT_IN_RECORD, 2],
    ['in the last record', `${DIRECTORY}/log.100000005`, BIT_IN_SECOND_RECORD, 5],
  ])('ends before a flipped bit %s, and nothing is changed', async (_where, file, bit, last) => {
    const { fileSystem, place } = await directory();
    fileSystem.flipBit(file, bit);
    const before = fileSystem.namesIn(DIRECTORY);
    const seen = await surveyDirectory(place(), read);
    expect(seen?.lastZxid).toBe(zxid(1, last));
    expect(seen?.repairs.length).toBeGreaterThan(0);
    expect(fileSystem.namesIn(DIRECTORY)).toEqual(before);
  });

  it('ends before a missing file', async () => {
    const { fileSystem, place } = await directory();
    fileSystem.loseFile(`${DIRECTORY}/log.100000003`);
    expect((await surveyDirectory(place(), read))?.lastZxid).toBe(zxid(1, 2));
  });

  it('falls back to an older snapshot, from which the log goes on', async () => {
    const { fileSystem, place } = await directory({ snapshot: true });
    fileSystem.flipBit(`${DIRECTORY}/snapshot.100000004`, 8 * 40);
    const seen = await surveyDirectory(place(), read);
    expect(seen?.value).toEqual(zxidsOf(txnsOf(1, 1, 6)));
  });

  it('that is marked is what was set aside', async () => {
    const { fileSystem, place } = await directory();
    fileSystem.flipBit(`${DIRECTORY}/log.100000005`, BIT_IN_RECORD);
    const marked = await openStorage({ ...place(), options: { heals: true } });
    expect(marked.log.lastLoggedZxid).toBe(-1n);
    await marked.close();
    const seen = await surveyDirectory(place(), read);
    expect(seen).toMatchObject({ source: 'set-aside-1', acceptedEpoch: 3 });
    expect(seen?.damage).toContain('log.100000005');
    expect(seen?.lastZxid).toBe(zxid(1, 4));
  });

  it('without a snapshot, or without anything, is no history', async () => {
    const { fileSystem, place } = await directory();
    fileSystem.loseFile(`${DIRECTORY}/snapshot.0`);
    fileSystem.loseFile(`${DIRECTORY}/log.100000003`);
    fileSystem.loseFile(`${DIRECTORY}/log.100000005`);
    expect(await surveyDirectory(place(), read)).toBeUndefined();
  });

  it('that a server holds is refused', async () => {
    const { place } = await directory();
    const server = await openStorage(place());
    await expect(surveyDirectory(place(), read)).rejects.toMatchObject({ code: 'DIRECTORY_IN_USE' });
    await server.close();
  });
});

describe('mending', () => {
  it('makes what was seen, keeps every file, and marks the directory until that is done', async () => {
    const { fileSystem, place } = await directory();
    fileSystem.flipBit(`${DIRECTORY}/log.100000003`, BIT_IN_SECOND_RECORD);
    const seen = await surveyDirectory(place(), read);
    const storage = await mendDirectory(place(), seen as NonNullable<typeof seen>, read);
    expect(storage.damage.stands).toBe(true);
    expect(storage.log.lastLoggedZxid).toBe(zxid(1, 3));
    await storage.epochs.writeAcceptedEpoch(9 as Epoch);
    storage.log.append(txnsOf(9, 1, 1) as TxnBytes[]);
    await storage.damage.remove({ votes: false });
    await storage.close();
    fileSystem.crash({ unsynced: 'lost' });
    const started = await openStorage(place());
    expect(started.log.lastLoggedZxid).toBe(zxid(9, 1));
    expect(started.damage.stands).toBe(false);
    expect(fileSystem.namesIn(DIRECTORY).filter((name) => /^(log|snapshot)\./.test(name))).toEqual([
      'log.100000001',
      'log.100000003',
      'log.900000001',
      'snapshot.0',
    ]);
    expect(fileSystem.namesIn(`${DIRECTORY}/set-aside-1`)).toEqual([
      'log.100000001',
      'log.100000003',
      'log.100000005',
      'snapshot.0',
    ]);
  });

  it('of a sound directory changes nothing', async () => {
    const { fileSystem, place } = await directory();
    const seen = await surveyDirectory(place(), read);
    const before = fileSystem.namesIn(DIRECTORY);
    await (await mendDirectory(place(), seen as NonNullable<typeof seen>, read)).close();
    expect(fileSystem.namesIn(DIRECTORY)).toEqual(before);
  });
});
