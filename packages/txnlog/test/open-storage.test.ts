// What a start makes of the directories that it may find.

import { DirectoryInUseError, type Storage } from '@zebu/interfaces';
import { NO_ZXID, type Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { openStorage, type StorageOptions } from '../src/index.ts';
import { MemoryFileSystem } from '../src/memory.ts';
import { type Directory, directory, DIRECTORY, snapshotFileBytes } from './directory.ts';
import { bodyOf, chunksOf, readAll, SILENT, txnsOf, zxid, zxidsOf } from './support.ts';

const ZERO = 0n as Zxid;
const open = (from: Directory, options: StorageOptions = {}): Promise<Storage> =>
  openStorage({ fileSystem: from.fileSystem.mount(), dataDir: '/data', logger: SILENT, options });
const refusal = (from: Directory, options: StorageOptions = {}): Promise<unknown> =>
  open(from, options).then(
    () => 'opened',
    (error: unknown) => error,
  );
const readBehind = async (storage: Storage, after: Zxid): Promise<bigint[]> =>
  zxidsOf(await readAll(storage.log, after));

describe('directories as ZooKeeper leaves them', () => {
  it('a torn record in a file that another continues (kill -9, then a restart of ZooKeeper)', async () => {
    const at = await directory();
    const torn = new Uint8Array(4096);
    torn.set([0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 52, 9, 9, 9]);
    await at.snapshot(ZERO);
    await at.log(1n as Zxid, txnsOf(0, 1, 3), { tail: torn });
    await at.log(4n as Zxid, txnsOf(0, 4, 6));
    expect(await readBehind(await open(at), ZERO)).toEqual([1n, 2n, 3n, 4n, 5n, 6n]);
  });

  it('a file in the middle that never got a record', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.log(zxid(1, 1), txnsOf(1, 1, 3));
    await at.log(zxid(1, 4), []);
    await at.log(zxid(2, 1), txnsOf(2, 1, 3));
    await at.epochs(2, 2);
    const storage = await open(at);
    expect(await readBehind(storage, ZERO)).toEqual(zxidsOf([...txnsOf(1, 1, 3), ...txnsOf(2, 1, 3)]));
  });

  it('old logs in front of a SNAP, in a file of their own', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.snapshot(zxid(2, 7));
    await at.log(zxid(1, 1), txnsOf(1, 1, 3));
    await at.log(zxid(2, 8), txnsOf(2, 8, 9));
    await at.epochs(2, 2);
    const storage = await open(at);
    expect(storage.log.lastLoggedZxid).toBe(zxid(2, 9));
    expect(await readBehind(storage, zxid(2, 7))).toEqual([zxid(2, 8), zxid(2, 9)]);
    expect(await storage.log.locate(zxid(2, 7))).toEqual({ type: 'found' });
    expect(await storage.log.locate(zxid(1, 2))).toEqual({ type: 'tooOld' });
    await expect(storage.log.read(zxid(1, 2), 1000)).rejects.toMatchObject({ code: 'TXNLOG_GAP' });
  });

  it('old logs in front of a SNAP, in the file that went on behind it', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.snapshot(zxid(2, 7));
    await at.log(zxid(1, 1), [...txnsOf(1, 1, 3), ...txnsOf(2, 8, 9), ...txnsOf(3, 1, 1)]);
    await at.epochs(3, 3);
    const storage = await open(at);
    expect(await readBehind(storage, zxid(2, 7))).toEqual([zxid(2, 8), zxid(2, 9), zxid(3, 1)]);
    await expect(storage.log.read(ZERO, 1000)).rejects.toMatchObject({ code: 'TXNLOG_GAP' });
  });

  it('a SNAP whose leader had txns that an epoch change hides (ZOOKEEPER-2846)', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.snapshot(zxid(1, 12));
    await at.log(zxid(1, 1), txnsOf(1, 1, 10));
    await at.log(zxid(3, 1), txnsOf(3, 1, 2));
    await at.epochs(3, 3);
    const storage = await open(at);
    expect(await readBehind(storage, zxid(1, 12))).toEqual([zxid(3, 1), zxid(3, 2)]);
    expect(await storage.log.locate(zxid(1, 9))).toEqual({ type: 'tooOld' });
  });

  it('the same within one file', async () => {
    const at = await directory();
    await at.snapshot(zxid(1, 12));
    await at.log(zxid(1, 1), [...txnsOf(1, 1, 10), ...txnsOf(3, 1, 2)]);
    await at.epochs(3, 3);
    const storage = await open(at);
    expect(await readBehind(storage, zxid(1, 12))).toEqual([zxid(3, 1), zxid(3, 2)]);
    expect(await storage.log.locate(zxid(2, 5))).toEqual({ type: 'between', floor: zxid(1, 12) });
    expect(await storage.log.locate(zxid(1, 9))).toEqual({ type: 'tooOld' });
  });

  it('a SNAP with nothing behind it', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.snapshot(zxid(2, 7));
    await at.log(zxid(1, 1), txnsOf(1, 1, 3));
    await at.epochs(2, 2);
    const storage = await open(at);
    expect(storage.log.lastLoggedZxid).toBe(zxid(2, 7));
    expect(await readBehind(storage, zxid(2, 7))).toEqual([]);
    expect(await storage.log.locate(zxid(1, 2))).toEqual({ type: 'tooOld' });
    storage.log.append(txnsOf(2, 8, 8));
    await storage.log.flush();
    expect(await readBehind(storage, zxid(2, 7))).toEqual([zxid(2, 8)]);
    await expect(storage.log.read(ZERO, 1000)).rejects.toMatchObject({ code: 'TXNLOG_GAP' });
  });

  it('a SNAP to which TRUNC goes back', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.snapshot(zxid(2, 7));
    await at.log(zxid(1, 1), txnsOf(1, 1, 3));
    await at.log(zxid(2, 8), txnsOf(2, 8, 9));
    await at.epochs(2, 2);
    const storage = await open(at);
    expect(await storage.log.truncate(zxid(2, 7))).toBe(true);
    await expect(storage.log.read(zxid(1, 2), 1000)).rejects.toMatchObject({ code: 'TXNLOG_GAP' });
    expect(await storage.log.truncate(zxid(1, 2))).toBe(false);
  });

  it('a leader that took a snapshot at the beginning of its epoch', async () => {
    const at = await directory();
    await at.snapshot(zxid(1, 0));
    await at.snapshot(zxid(2, 0));
    await at.log(zxid(1, 1), txnsOf(1, 1, 3));
    await at.log(zxid(2, 1), txnsOf(2, 1, 3));
    await at.epochs(2, 2);
    expect(await readBehind(await open(at), zxid(2, 0))).toEqual(zxidsOf(txnsOf(2, 1, 3)));
  });

  it('old logs that were purged', async () => {
    const at = await directory();
    for (const snapshot of [15, 25]) await at.snapshot(zxid(1, snapshot));
    await at.log(zxid(1, 11), txnsOf(1, 11, 20));
    await at.log(zxid(1, 21), txnsOf(1, 21, 30));
    await at.epochs(1, 1);
    const storage = await open(at);
    expect(await readBehind(storage, zxid(1, 25))).toEqual(zxidsOf(txnsOf(1, 26, 30)));
    expect(await readBehind(storage, zxid(1, 10))).toEqual(zxidsOf(txnsOf(1, 11, 30)));
    expect(await storage.log.locate(zxid(1, 9))).toEqual({ type: 'tooOld' });
    expect(await storage.log.truncate(zxid(1, 14))).toBe(false);
    expect(await storage.log.truncate(zxid(1, 16))).toBe(true);
    expect(await readBehind(storage, zxid(1, 15))).toEqual([zxid(1, 16)]);
  });

  it('a gap in logs that no recovery needs ends what can be read from them', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.snapshot(zxid(1, 20));
    await at.log(zxid(1, 1), txnsOf(1, 1, 3));
    await at.log(zxid(1, 11), txnsOf(1, 11, 20));
    await at.log(zxid(1, 21), txnsOf(1, 21, 22));
    await at.epochs(1, 1);
    const storage = await open(at);
    expect(await readBehind(storage, zxid(1, 12))).toEqual(zxidsOf(txnsOf(1, 13, 22)));
    expect(await storage.log.locate(zxid(1, 2))).toEqual({ type: 'tooOld' });
    await expect(storage.log.read(zxid(1, 2), 1000)).rejects.toMatchObject({ code: 'TXNLOG_GAP' });
  });

  it('damage in logs that no recovery needs makes reads of them reject', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.snapshot(zxid(1, 6));
    await at.log(zxid(1, 1), txnsOf(1, 1, 3));
    await at.log(zxid(1, 4), txnsOf(1, 4, 6));
    await at.log(zxid(1, 7), txnsOf(1, 7, 7));
    await at.epochs(1, 1);
    const handle = await at.fileSystem.open(`${DIRECTORY}/log.100000001`, 'write');
    await handle.write(Uint8Array.of(99), 16 + 65 + 30);
    const storage = await open(at);
    expect(await readBehind(storage, zxid(1, 3))).toEqual(zxidsOf(txnsOf(1, 4, 7)));
    await expect(storage.log.read(zxid(1, 2), 1000)).rejects.toMatchObject({ code: 'TXNLOG_CORRUPT' });
    expect(await storage.log.locate(zxid(1, 1))).toEqual({ type: 'tooOld' });
    expect(await storage.log.truncate(zxid(1, 5))).toBe(false);
    expect(storage.log.lastLoggedZxid).toBe(zxid(1, 7));
  });

  it('a snapshot that was not finished, newer than the log', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.log(1n as Zxid, txnsOf(0, 1, 3));
    await at.file('snapshot.3', snapshotFileBytes(bodyOf(3n as Zxid)).slice(0, 90));
    await at.file('snapshot.9', new Uint8Array(0));
    const storage = await open(at);
    expect(storage.log.lastLoggedZxid).toBe(3n);
    expect((await storage.snapshots.open())?.zxid).toBe(0n);
  });

  it('files that are none of its own', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    for (const name of ['log.', 'log.xyz', 'snapshot.', 'snapshot.1.bak', 'updatingEpoch', 'lost+found']) {
      await at.file(name, new Uint8Array(3));
    }
    await open(at);
    expect(await at.fileSystem.list(DIRECTORY)).toContain('log.xyz');
  });

  it('a log newer than any snapshot is refused (FileTxnSnapLog.restore), unless snapshot.trust.empty', async () => {
    const at = await directory();
    await at.log(1n as Zxid, txnsOf(0, 1, 3));
    expect(await refusal(at)).toMatchObject({ code: 'SNAPSHOT_MISSING' });
    at.fileSystem.kill();
    const storage = await open(at, { trustEmptySnapshot: true });
    expect(await storage.snapshots.open()).toBeUndefined();
    expect(await readBehind(storage, ZERO)).toEqual([1n, 2n, 3n]);
  });

  it('with snapshot.trust.empty the log has to begin at the beginning', async () => {
    const at = await directory();
    await at.log(4n as Zxid, txnsOf(0, 4, 5));
    expect(await refusal(at, { trustEmptySnapshot: true })).toMatchObject({ code: 'TXNLOG_GAP' });
  });
});

describe('snapshots', () => {
  it.each([
    ['3.8', {}],
    ['3.8 without digests', { digest: false }],
    ['3.9', { lastZxid: true }],
    ['3.9 without digests', { digest: false, lastZxid: true }],
  ])('of ZooKeeper %s give the tree and the digest section', async (_, sections) => {
    for (const treeBytes of [0, 3, 60, 1000]) {
      const at = await directory();
      const body = bodyOf(5n as Zxid, treeBytes);
      await at.file('snapshot.5', snapshotFileBytes(body, sections));
      const stored = await (await open(at)).snapshots.open();
      const chunks: Uint8Array[] = [];
      for await (const chunk of stored?.body ?? []) chunks.push(chunk);
      const expected = 'digest' in sections ? body.subarray(0, body.length - 20) : body;
      expect(Buffer.concat(chunks)).toEqual(Buffer.from(expected));
    }
  });

  it('any flipped bit is noticed at the end of the body', async () => {
    const whole = snapshotFileBytes(bodyOf(3n as Zxid, 60));
    for (let byte = 4; byte < whole.length - 5; byte++) {
      const at = await directory();
      await at.snapshot(ZERO);
      await at.log(1n as Zxid, txnsOf(0, 1, 5));
      await at.file(
        'snapshot.3',
        whole.map((value, index) => (index === byte ? value ^ (1 << (byte % 8)) : value)),
      );
      const stored = await (await open(at)).snapshots.open();
      const drained = (async () => {
        for await (const chunk of stored?.body ?? []) expect(chunk.length).toBeGreaterThan(0);
      })();
      await expect(drained, `byte ${byte}`).rejects.toMatchObject({ code: 'SNAPSHOT_CORRUPT' });
    }
  });

  it('the one before a corrupt one can be used, with the log behind it', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.log(1n as Zxid, txnsOf(0, 1, 5));
    await at.file('snapshot.3', snapshotFileBytes(bodyOf(3n as Zxid)).fill(7, 30, 40));
    const storage = await open(at);
    expect(storage.log.lastLoggedZxid).toBe(5n);
    expect((await storage.snapshots.open(3n as Zxid))?.zxid).toBe(0n);
    expect(await readBehind(storage, ZERO)).toEqual([1n, 2n, 3n, 4n, 5n]);
  });

  it('truncation does not rely on a corrupt one', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.log(1n as Zxid, txnsOf(0, 1, 5));
    await at.file('snapshot.3', snapshotFileBytes(bodyOf(3n as Zxid)).fill(7, 30, 40));
    const storage = await open(at);
    await storage.snapshots.purge(1);
    expect(await storage.log.truncate(4n as Zxid)).toBe(false);
    expect(storage.log.lastLoggedZxid).toBe(5n);
  });

  it('a corrupt one that the log does not reach is refused: it may have been acknowledged', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.log(1n as Zxid, txnsOf(0, 1, 5));
    await at.file('snapshot.9', snapshotFileBytes(bodyOf(9n as Zxid)).fill(7, 30, 40));
    expect(await refusal(at)).toMatchObject({ code: 'SNAPSHOT_MISSING' });
  });

  it('an unfinished one alone is refused, unless it is the one of an empty tree', async () => {
    const lost = await directory();
    await lost.file('snapshot.9', new Uint8Array(40));
    expect(await refusal(lost)).toMatchObject({ code: 'SNAPSHOT_MISSING' });
    const empty = await directory();
    await empty.file('snapshot.0', new Uint8Array(0));
    expect((await open(empty)).log.lastLoggedZxid).toBe(0n);
  });

  it.each(['gz', 'snappy'])('a newest one that is compressed (%s) is refused', async (extension) => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.log(1n as Zxid, txnsOf(0, 1, 5));
    await at.file(`snapshot.3.${extension}`, new Uint8Array(100));
    expect(await refusal(at)).toMatchObject({ code: 'SNAPSHOT_UNSUPPORTED' });
  });

  it('a compressed one that is older than the newest is in nobody’s way', async () => {
    const at = await directory();
    await at.file('snapshot.3.gz', new Uint8Array(100));
    await at.snapshot(4n as Zxid);
    const storage = await open(at);
    expect((await storage.snapshots.open())?.zxid).toBe(4n);
    await expect(storage.snapshots.open(4n as Zxid)).rejects.toMatchObject({ code: 'SNAPSHOT_UNSUPPORTED' });
    await storage.snapshots.purge(1);
    expect(await at.fileSystem.list(DIRECTORY)).not.toContain('snapshot.3.gz');
  });
});

describe('db.autocreate and initialize', () => {
  it('db.autocreate=false: an empty directory is no history that may be voted for, also the next time', async () => {
    const at = await directory();
    for (let start = 0; start < 2; start++) {
      const storage = await open(at, { dbAutocreate: false });
      expect(storage.log.lastLoggedZxid).toBe(NO_ZXID);
      expect(() => storage.log.append(txnsOf(1, 1, 1))).toThrow('needs a snapshot first');
      await storage.close();
    }
  });

  it.each(['/data/initialize', '/logs/initialize'])('%s makes it an empty history, and is used up', async (file) => {
    const at = await directory();
    await at.fileSystem.makeDirectory('/logs');
    await (await at.fileSystem.open(file, 'create')).close();
    const place = { fileSystem: at.fileSystem, dataDir: '/data', dataLogDir: '/logs', logger: SILENT };
    const storage = await openStorage({ ...place, options: { dbAutocreate: false } });
    expect(storage.log.lastLoggedZxid).toBe(0n);
    expect(await at.fileSystem.exists(file)).toBe(false);
  });

  it('a directory that lost its history is no empty one: its epoch tells', async () => {
    const at = await directory();
    await at.file('acceptedEpoch', new TextEncoder().encode('3'));
    expect(await refusal(at)).toMatchObject({ code: 'SNAPSHOT_MISSING' });
    const synchronizing = await open(at, { dbAutocreate: false });
    expect([synchronizing.log.lastLoggedZxid, synchronizing.epochs.acceptedEpoch]).toEqual([NO_ZXID, 3]);
    await synchronizing.close();
    await (await at.fileSystem.open('/data/initialize', 'create')).close();
    expect((await open(at)).log.lastLoggedZxid).toBe(0n);
  });

  it('initialize is used up also where there is a history', async () => {
    const at = await directory();
    await at.snapshot(5n as Zxid);
    await (await at.fileSystem.open('/data/initialize', 'create')).close();
    const storage = await open(at, { dbAutocreate: false });
    expect(storage.log.lastLoggedZxid).toBe(5n);
    expect(await at.fileSystem.exists('/data/initialize')).toBe(false);
  });

  it('the first snapshot is the body that was asked for', async () => {
    const at = await directory();
    const storage = await open(at, { initialSnapshotBody: () => chunksOf(bodyOf(ZERO, 7)) });
    for await (const chunk of (await storage.snapshots.open())?.body ?? []) expect(chunk).toEqual(bodyOf(ZERO, 7));
  });
});

describe('epoch files', () => {
  const withLog = async (): Promise<Directory> => {
    const at = await directory();
    await at.snapshot(ZERO);
    return at.log(zxid(3, 1), txnsOf(3, 1, 2));
  };

  it('that are missing are written with the epoch of the last zxid (QuorumPeer.loadDataBase)', async () => {
    const at = await withLog();
    const { epochs } = await open(at);
    expect([epochs.acceptedEpoch, epochs.currentEpoch]).toEqual([3, 3]);
    expect(await at.fileSystem.list(DIRECTORY)).toEqual(expect.arrayContaining(['acceptedEpoch', 'currentEpoch']));
  });

  it('with a history above the current epoch are what a crash may leave, and are kept', async () => {
    const at = await withLog();
    await at.epochs(4, 2);
    const { epochs } = await open(at);
    expect([epochs.acceptedEpoch, epochs.currentEpoch]).toEqual([4, 2]);
  });

  it.each([
    ['a history above the accepted epoch', '2', '2'],
    ['a current epoch above the accepted one', '3', '4'],
    ['an empty file', '', '3'],
    ['no number', '3', 'three'],
    ['a negative number', '3', '-3'],
    ['more than 32 bits', '4294967296', '3'],
  ])('with %s are refused', async (_, accepted, current) => {
    const at = await withLog();
    await at.file('acceptedEpoch', new TextEncoder().encode(accepted));
    await at.file('currentEpoch', new TextEncoder().encode(current));
    expect(await refusal(at)).toMatchObject({ code: 'EPOCH_FILE' });
  });

  it('with a newline, or the -1 of ZooKeeper without a history, are read', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    await at.file('acceptedEpoch', new TextEncoder().encode('7\n'));
    await at.file('currentEpoch', new TextEncoder().encode('-1'));
    const { epochs } = await open(at);
    expect([epochs.acceptedEpoch, epochs.currentEpoch]).toEqual([7, 0]);
  });

  it('never go back', async () => {
    const at = await withLog();
    const { epochs } = await open(at);
    await expect(epochs.writeAcceptedEpoch(2 as never)).rejects.toThrow('cannot go back');
    await expect(epochs.writeCurrentEpoch(4 as never)).rejects.toThrow('cannot be above');
  });
});

describe('the directories themselves', () => {
  it('are locked, both of them, until close', async () => {
    const fileSystem = new MemoryFileSystem();
    const place = { fileSystem, logger: SILENT };
    const storage = await openStorage({ ...place, dataDir: '/data', dataLogDir: '/logs' });
    for (const other of [{ dataDir: '/data' }, { dataDir: '/logs' }, { dataDir: '/other', dataLogDir: '/logs' }]) {
      await expect(openStorage({ ...place, ...other })).rejects.toBeInstanceOf(DirectoryInUseError);
    }
    await storage.close();
    await (await openStorage({ ...place, dataDir: '/data', dataLogDir: '/logs' })).close();
  });

  it('are free again after a refusal', async () => {
    const at = await directory();
    await at.log(1n as Zxid, txnsOf(0, 1, 3));
    expect(await refusal(at)).toMatchObject({ code: 'SNAPSHOT_MISSING' });
    await at.snapshot(ZERO);
    expect((await open(at)).log.lastLoggedZxid).toBe(3n);
  });

  it('that were exchanged are refused (ZOOKEEPER-2967)', async () => {
    const fileSystem = new MemoryFileSystem();
    const storage = await openStorage({ fileSystem, dataDir: '/a', dataLogDir: '/b', logger: SILENT });
    storage.log.append(txnsOf(0, 1, 1));
    await storage.close();
    await expect(openStorage({ fileSystem, dataDir: '/b', dataLogDir: '/a', logger: SILENT })).rejects.toMatchObject({
      code: 'DATA_DIRECTORY',
    });
  });

  it.each(['EACCES', 'EROFS', 'ENOSPC'] as const)('that cannot be written (%s) are refused', async (code) => {
    const at = await directory();
    at.fileSystem.failNext({ type: 'open', pathContains: 'write-probe', code });
    await expect(open(at)).rejects.toMatchObject({
      code: 'DATA_DIRECTORY',
      message: expect.stringContaining('/data/version-2'),
    });
  });

  it('in a directory of somebody else, which cannot be synced, are used', async () => {
    const at = await directory();
    at.fileSystem.failNext({ type: 'syncDirectory', pathContains: '/data', code: 'EACCES' });
    expect((await open(at)).log.lastLoggedZxid).toBe(0n);
  });

  it('one that is a file is refused', async () => {
    const fileSystem = new MemoryFileSystem();
    await (await fileSystem.open('/data', 'create')).close();
    await expect(openStorage({ fileSystem, dataDir: '/data', logger: SILENT })).rejects.toMatchObject({
      code: 'DATA_DIRECTORY',
    });
  });

  it('lose what a crash left unfinished, and nothing else', async () => {
    const at = await directory();
    await at.snapshot(ZERO);
    const leftovers = [
      'received-5',
      'writing-6',
      'write-probe',
      'currentEpoch.tmp',
      'snapshot.7.tmp',
      'install-intent.tmp',
    ];
    for (const name of [...leftovers, 'notes.txt']) await at.file(name, new Uint8Array(1));
    await open(at);
    expect(await at.fileSystem.list(DIRECTORY)).toEqual(['acceptedEpoch', 'currentEpoch', 'notes.txt', 'snapshot.0']);
  });

  it('with a damaged install intent, or one whose snapshot is gone, are refused', async () => {
    for (const intent of [
      '',
      'zxid 5',
      'zxid 5\naside set-aside-1\nmove ../log.1',
      'zxid 5\naside set-aside-1\nmove log.1\n',
    ]) {
      const at = await directory();
      await at.snapshot(ZERO);
      await at.file('install-intent', new TextEncoder().encode(intent));
      expect(await refusal(at)).toMatchObject({ code: 'SNAPSHOT_MISSING' });
    }
  });
});
