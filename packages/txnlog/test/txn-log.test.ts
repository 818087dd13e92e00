// How the log reaches the disk: shared flushes, one write for a batch, preallocation, and what a failure does.

import type { LogFields, Storage } from '@zebu/interfaces';
import type { Epoch, Zxid } from '@zebu/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { openStorage, type StorageOptions } from '../src/index.ts';
import { type FileSystemOperation, MemoryFileSystem } from '../src/memory.ts';
import { bodyOf, chunksOf, readAll, SILENT, txnOf, txnsOf, zxid, zxidsOf } from './support.ts';

const ZERO = 0n as Zxid;
const LOG = '/data/version-2/log.100000001';

let fileSystem: MemoryFileSystem;
let operations: FileSystemOperation[];
/** While it is set, operations (of this type) complete only after it. */
let hold: Promise<void> | undefined;
let held: FileSystemOperation['type'] | undefined;

async function opened(options: StorageOptions = {}): Promise<Storage> {
  const storage = await openStorage({
    fileSystem,
    dataDir: '/data',
    logger: SILENT,
    options: { preAllocSizeKb: 64, ...options },
  });
  await storage.epochs.writeAcceptedEpoch(99 as Epoch);
  operations = [];
  return storage;
}

beforeEach(() => {
  operations = [];
  hold = undefined;
  held = undefined;
  fileSystem = new MemoryFileSystem({
    schedule: async (operation) => {
      operations.push(operation);
      if (held === undefined || held === operation.type) await hold;
    },
  });
});

function holdOperations(type?: FileSystemOperation['type']): () => void {
  let release = (): void => undefined;
  held = type;
  hold = new Promise((resolve) => {
    release = resolve;
  });
  return release;
}

const kinds = (): string[] => operations.map((operation) => operation.type);
const flushOne = async (storage: Storage, counter: number, payload = 20): Promise<void> => {
  storage.log.append(txnsOf(1, counter, counter, payload));
  await storage.log.flush();
};

describe('group commit', () => {
  it('flushes made while one is in flight share the next', async () => {
    const storage = await opened();
    await flushOne(storage, 1);
    operations = [];
    const release = holdOperations();
    storage.log.append(txnsOf(1, 2, 2));
    const first = storage.log.flush();
    const shared: Promise<void>[] = [];
    for (let counter = 3; counter <= 40; counter++) {
      storage.log.append(txnsOf(1, counter, counter));
      shared.push(storage.log.flush());
    }
    expect(new Set(shared).size).toBe(1);
    release();
    await first;
    expect(storage.log.lastFlushedZxid).toBe(zxid(1, 2));
    await Promise.all(shared);
    expect(kinds()).toEqual(['write', 'datasync', 'write', 'datasync']);
    expect(storage.log.lastFlushedZxid).toBe(zxid(1, 40));
  });

  it('a flush of what the one in flight covers is that one', async () => {
    const storage = await opened();
    storage.log.append(txnsOf(1, 1, 5));
    const first = storage.log.flush();
    expect(storage.log.flush()).toBe(first);
    await first;
  });

  it('a batch is one write', async () => {
    const storage = await opened();
    await flushOne(storage, 1);
    operations = [];
    storage.log.append(txnsOf(1, 2, 500));
    await storage.log.flush();
    expect(kinds()).toEqual(['write', 'datasync']);
  });

  it('a very large batch is several, each durable before the next', async () => {
    const storage = await opened({ preAllocSizeKb: 4096 });
    await flushOne(storage, 1);
    operations = [];
    storage.log.append(txnsOf(1, 2, 31, 100_000));
    await storage.log.flush();
    expect(kinds()).toEqual(['write', 'datasync', 'write', 'datasync', 'write', 'datasync']);
    for (const { type, bytes } of operations) if (type === 'write') expect(bytes).toBeLessThan(1_400_000);
    expect(zxidsOf(await readAll(storage.log, ZERO))).toEqual(zxidsOf(txnsOf(1, 1, 31)));
  });
});

describe('a flush that takes long', () => {
  /** Each flush takes the next of these times. */
  async function timed(durationsMs: number[], options: StorageOptions) {
    const warnings: (LogFields | undefined)[] = [];
    let time = 0;
    const logger = { ...SILENT, warn: (_: string, fields?: LogFields) => void warnings.push(fields) };
    const timedFileSystem = new MemoryFileSystem({
      schedule: async (operation) => {
        if (operation.type === 'datasync' && operation.path.includes('log.')) time += durationsMs.shift() ?? 0;
      },
    });
    const storage = await openStorage({
      fileSystem: timedFileSystem,
      dataDir: '/data',
      logger,
      clock: { now: () => time },
      options,
    });
    await storage.epochs.writeAcceptedEpoch(99 as Epoch);
    return { storage, warnings };
  }

  it('is logged, with how long it took and how often that was', async () => {
    const { storage, warnings } = await timed([20, 21, 3, 500.5], { syncWarningThresholdMs: 20 });
    for (let counter = 1; counter <= 4; counter++) await flushOne(storage, counter);
    expect(warnings).toMatchObject([
      { tookMs: 21, thresholdMs: 20, count: 1 },
      { tookMs: 500, thresholdMs: 20, count: 2 },
    ]);
    expect(warnings.every((fields) => Number(fields?.['fileBytes']) > 0)).toBe(true);
  });

  it('is one of more than a second, untold', async () => {
    const { storage, warnings } = await timed([1000, 1001], {});
    await flushOne(storage, 1);
    await flushOne(storage, 2);
    expect(warnings).toMatchObject([{ tookMs: 1001, thresholdMs: 1000 }]);
  });

  it('is nobody’s matter where nothing is flushed', async () => {
    const { storage, warnings } = await timed([5000, 5000], { forceSync: false });
    await flushOne(storage, 1);
    expect(warnings).toEqual([]);
  });
});

describe('reads', () => {
  it('miss nothing that moves from memory to the file meanwhile', async () => {
    const storage = await opened();
    storage.log.append(txnsOf(1, 1, 5));
    await storage.log.flush();
    storage.log.append(txnsOf(1, 6, 8));
    const release = holdOperations('read');
    const read = storage.log.read(ZERO, 10_000);
    await storage.log.flush();
    storage.log.append(txnsOf(1, 9, 9));
    release();
    expect(await read).toMatchObject({ reachedEnd: true });
    expect(zxidsOf((await read).txns)).toEqual(zxidsOf(txnsOf(1, 1, 9)));
  });

  it('see the history before TRUNC or after it', async () => {
    const storage = await opened();
    storage.log.append(txnsOf(1, 1, 5));
    await storage.log.flush();
    const release = holdOperations('read');
    const before = storage.log.read(ZERO, 10_000);
    const truncated = storage.log.truncate(zxid(1, 2));
    const after = storage.log.read(ZERO, 10_000);
    release();
    expect(zxidsOf((await before).txns)).toHaveLength(5);
    expect(await truncated).toBe(true);
    expect(zxidsOf((await after).txns)).toHaveLength(2);
  });
});

describe('files', () => {
  it('a new file is durable with its name before the flush resolves', async () => {
    const storage = await opened();
    await flushOne(storage, 1);
    expect(kinds()).toEqual(['open', 'truncate', 'write', 'datasync', 'syncDirectory']);
  });

  it('no new file begins before the old one is durable', async () => {
    const storage = await opened();
    storage.log.append(txnsOf(1, 1, 2));
    storage.log.roll();
    storage.log.append(txnsOf(1, 3, 3));
    await storage.log.flush();
    const synced = operations.findIndex(({ type }) => type === 'datasync');
    const next = operations.findIndex(({ type, path }) => type === 'open' && path.endsWith('log.100000003'));
    expect(synced).toBeGreaterThanOrEqual(0);
    expect(next).toBeGreaterThan(synced);
  });

  it('are followed by another once they are larger than txnLogSizeLimitInKb, and read on across', async () => {
    const storage = await opened({ txnLogSizeLimitKb: 10 });
    for (let counter = 1; counter <= 12; counter++) await flushOne(storage, counter, 4000);
    const logs = (await fileSystem.list('/data/version-2')).filter((name) => name.startsWith('log.'));
    // The third txn goes over the limit, and is the last of its file.
    expect(logs.toSorted()).toEqual(['log.100000001', 'log.100000004', 'log.100000007', 'log.10000000a']);
    expect(zxidsOf(await readAll(storage.log, ZERO))).toEqual(zxidsOf(txnsOf(1, 1, 12)));
    await storage.close();
    const again = await opened({ txnLogSizeLimitKb: 10 });
    expect(zxidsOf(await readAll(again.log, ZERO))).toEqual(zxidsOf(txnsOf(1, 1, 12)));
  });

  it('have no limit without txnLogSizeLimitInKb', async () => {
    const storage = await opened();
    for (let counter = 1; counter <= 50; counter++) await flushOne(storage, counter, 4000);
    const logs = (await fileSystem.list('/data/version-2')).filter((name) => name.startsWith('log.'));
    expect(logs).toEqual(['log.100000001']);
  });

  it('grow in steps of preAllocSize, and lose their padding when they are finished', async () => {
    const storage = await opened({ preAllocSizeKb: 64 });
    const size = async (): Promise<number> => (await fileSystem.open(LOG, 'read')).size();
    const sizes: number[] = [];
    for (let counter = 1; counter <= 40; counter++) {
      await flushOne(storage, counter, 4000);
      sizes.push(await size());
    }
    expect([...new Set(sizes)]).toEqual([65_536, 131_072, 196_608]);
    storage.log.roll();
    await flushOne(storage, 41);
    expect(await size()).toBe(16 + 40 * (12 + 32 + 4000 + 1));
  });

  it('hold written zeros a little ahead of the records, so that most writes fill no hole', async () => {
    const storage = await opened({ preAllocSizeKb: 4096 });
    for (let counter = 1; counter <= 300; counter++) await flushOne(storage, counter, 2000);
    const sizes = operations.flatMap(({ type, bytes }) => (type === 'write' ? [bytes ?? 0] : []));
    const large = sizes.filter((size) => size > 200_000);
    expect(sizes).toHaveLength(300);
    expect(large.length).toBe(3);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(300 * 2045 + 16 + 4 * 262_144);
  });

  it('do not grow in advance without preallocation', async () => {
    const storage = await opened({ preAllocSizeKb: 0 });
    await flushOne(storage, 1);
    await flushOne(storage, 2);
    expect(await (await fileSystem.open(LOG, 'read')).size()).toBe(16 + 2 * (12 + 52 + 1));
    expect(kinds()).not.toContain('truncate');
  });

  it('forceSync=no skips the datasync of the log and nothing else', async () => {
    const storage = await opened({ forceSync: false });
    await flushOne(storage, 1);
    await flushOne(storage, 2);
    expect(kinds()).toEqual(['open', 'truncate', 'write', 'syncDirectory', 'write']);
  });

  it('one is begun anew by every start', async () => {
    const storage = await opened();
    await flushOne(storage, 1);
    await storage.close();
    const again = await opened();
    await flushOne(again, 2);
    expect(await fileSystem.list('/data/version-2')).toEqual(
      expect.arrayContaining(['log.100000001', 'log.100000002']),
    );
  });
});

describe('a failed write or flush', () => {
  const failures = [
    { type: 'write', code: 'ENOSPC' },
    { type: 'write', code: 'EIO', writtenBytes: 30 },
    { type: 'datasync', code: 'EIO' },
  ] as const;

  it.each(failures)('$type $code: rejects everybody who waits, until the log is cut back', async (fault) => {
    const storage = await opened();
    await flushOne(storage, 1);
    fileSystem.failNext({ ...fault, pathContains: 'log.' });
    storage.log.append(txnsOf(1, 2, 3));
    const first = storage.log.flush();
    storage.log.append(txnsOf(1, 4, 4));
    const outcomes = await Promise.allSettled([first, storage.log.flush()]);
    expect(outcomes).toMatchObject([{ reason: { code: 'TXNLOG_WRITE' } }, { reason: { code: 'TXNLOG_WRITE' } }]);
    await expect(storage.log.flush()).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
    await expect(storage.log.truncate(ZERO)).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
    expect(storage.log.lastFlushedZxid).toBe(zxid(1, 1));
    await storage.log.cutBack();
    expect([storage.log.lastLoggedZxid, storage.log.lastFlushedZxid]).toEqual([zxid(1, 1), zxid(1, 1)]);
    expect(zxidsOf(await readAll(storage.log, ZERO))).toEqual([zxid(1, 1)]);
  });

  it.each(failures)('$type $code: what follows the cut is not in the same file, and survives', async (fault) => {
    const storage = await opened();
    await flushOne(storage, 1);
    fileSystem.failNext({ ...fault, pathContains: 'log.' });
    storage.log.append(txnsOf(1, 2, 3));
    await storage.log.flush().catch(() => undefined);
    await storage.log.cutBack();
    storage.log.append(txnsOf(2, 1, 2));
    await storage.log.flush();
    fileSystem.crash({ random: { below: () => 0 } });
    const again = await opened();
    expect(zxidsOf(await readAll(again.log, ZERO))).toEqual([zxid(1, 1), zxid(2, 1), zxid(2, 2)]);
  });

  it('behind which a snapshot was written leaves a history that ends with the snapshot', async () => {
    const storage = await opened();
    await flushOne(storage, 1);
    storage.log.append(txnsOf(1, 2, 3));
    fileSystem.failNext({ type: 'datasync', code: 'EIO', pathContains: 'log.' });
    await storage.snapshots.write(zxid(1, 3), chunksOf(bodyOf(zxid(1, 3))));
    await expect(storage.log.flush()).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
    await storage.log.cutBack();
    expect([storage.log.lastLoggedZxid, storage.log.lastFlushedZxid]).toEqual([zxid(1, 3), zxid(1, 3)]);
    expect(await storage.log.locate(zxid(1, 3))).toEqual({ type: 'found' });
    expect(await storage.log.locate(zxid(1, 1))).toEqual({ type: 'tooOld' });
    storage.log.append(txnsOf(1, 4, 5));
    await storage.log.flush();
    expect(zxidsOf(await readAll(storage.log, zxid(1, 3)))).toEqual([zxid(1, 4), zxid(1, 5)]);
    fileSystem.crash({ unsynced: 'lost' });
    const again = await opened();
    expect(again.log.lastLoggedZxid).toBe(zxid(1, 5));
    expect(zxidsOf(await readAll(again.log, zxid(1, 3)))).toEqual([zxid(1, 4), zxid(1, 5)]);
  });

  it('leaves no snapshot that was begun while the log was being cut back', async () => {
    const storage = await opened();
    await flushOne(storage, 1);
    storage.log.append(txnsOf(1, 2, 3));
    fileSystem.failNext({ type: 'datasync', code: 'EIO', pathContains: 'log.' });
    await storage.log.flush().catch(() => undefined);
    const cut = storage.log.cutBack();
    const snapshot = storage.snapshots.write(zxid(1, 3), chunksOf(bodyOf(zxid(1, 3))));
    await expect(snapshot).rejects.toMatchObject({ code: 'SNAPSHOT_WRITE' });
    await cut;
    expect(storage.log.lastLoggedZxid).toBe(zxid(1, 1));
  });

  it('of a new file removes the file', async () => {
    const storage = await opened();
    fileSystem.failNext({ type: 'syncDirectory', code: 'EIO', pathContains: 'version-2' });
    storage.log.append(txnsOf(1, 1, 3));
    await expect(storage.log.flush()).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
    await storage.log.cutBack();
    expect(await fileSystem.list('/data/version-2')).not.toContain('log.100000001');
    await flushOne(storage, 1);
    expect(storage.log.lastFlushedZxid).toBe(zxid(1, 1));
  });

  it('when the file cannot be created leaves the history as it was', async () => {
    const storage = await opened();
    fileSystem.failNext({ type: 'open', code: 'ENOSPC', pathContains: 'log.' });
    storage.log.append(txnsOf(1, 1, 3));
    await expect(storage.log.flush()).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
    await storage.log.cutBack();
    await flushOne(storage, 1);
  });

  it('of cutting back is final', async () => {
    const storage = await opened();
    await flushOne(storage, 1);
    fileSystem.failNext({ type: 'datasync', code: 'EIO', pathContains: 'log.', times: 2 });
    storage.log.append(txnsOf(1, 2, 3));
    await expect(storage.log.flush()).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
    await expect(storage.log.cutBack()).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
    await expect(storage.log.cutBack()).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
    await expect(storage.log.flush()).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
  });

  it('in the middle of TRUNC or SNAP is final', async () => {
    for (const cut of [(s: Storage) => s.log.truncate(zxid(1, 1)), (s: Storage) => s.snapshots.install(zxid(1, 2))]) {
      fileSystem = new MemoryFileSystem();
      const storage = await opened();
      storage.log.append(txnsOf(1, 1, 3));
      await storage.log.flush();
      await storage.snapshots.receive(zxid(1, 2), (async function* () {})());
      fileSystem.failNext({ type: 'syncDirectory', code: 'EIO', pathContains: 'version-2', times: 9 });
      fileSystem.failNext({ type: 'truncate', code: 'EIO', pathContains: 'version-2', times: 9 });
      await expect(cut(storage)).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
      await expect(storage.log.flush()).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
    }
  });

  it('close rejects when it cannot flush, and releases the lock all the same', async () => {
    const storage = await opened();
    await flushOne(storage, 1);
    fileSystem.failNext({ type: 'write', code: 'EIO', pathContains: 'log.' });
    storage.log.append(txnsOf(1, 2, 2));
    await expect(storage.close()).rejects.toMatchObject({ code: 'TXNLOG_WRITE' });
    expect((await opened()).log.lastLoggedZxid).toBe(zxid(1, 1));
  });

  it('of a snapshot leaves the log and the older snapshots alone', async () => {
    const storage = await opened();
    await flushOne(storage, 1);
    for (const type of ['write', 'datasync', 'rename'] as const) {
      fileSystem.failNext({ type, code: 'ENOSPC', pathContains: 'writing' });
      const body = (async function* () {
        yield new Uint8Array(600_000);
      })();
      await expect(storage.snapshots.write(zxid(1, 1), body)).rejects.toMatchObject({ code: 'SNAPSHOT_WRITE' });
    }
    expect((await storage.snapshots.open())?.zxid).toBe(0n);
    await flushOne(storage, 2);
  });

  it('a snapshot that was begun before TRUNC does not come back after it', async () => {
    const storage = await opened();
    storage.log.append(txnsOf(1, 1, 5));
    await storage.log.flush();
    const body = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(100);
      await storage.log.truncate(zxid(1, 2));
    };
    await expect(storage.snapshots.write(zxid(1, 4), body())).rejects.toMatchObject({ code: 'SNAPSHOT_WRITE' });
    expect((await storage.snapshots.open())?.zxid).toBe(0n);
  });
});

describe('set aside', () => {
  it('is never deleted: every TRUNC and SNAP gets a place of its own', async () => {
    const storage = await opened();
    for (let round = 1; round <= 2; round++) {
      storage.log.append([txnOf(zxid(round, 1)), txnOf(zxid(round, 2))]);
      await storage.log.flush();
      await storage.snapshots.write(zxid(round, 2), (async function* () {})());
      await storage.log.truncate(zxid(round, 1));
      await storage.snapshots.receive(zxid(round, 5), (async function* () {})());
      await storage.snapshots.install(zxid(round, 5));
    }
    const list = (name: string): Promise<string[]> => fileSystem.list(`/data/version-2/${name}`);
    expect(await list('set-aside-1')).toEqual(['snapshot.100000002']);
    expect(await list('set-aside-2')).toEqual(['log.100000001']);
    expect(await list('set-aside-3')).toEqual(['snapshot.200000002']);
    expect(await list('set-aside-4')).toEqual(['log.200000001']);
  });
});
