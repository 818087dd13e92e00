// What every Storage (TxnLog, SnapshotStore, EpochStore) must do, sentence by sentence of its port.

import { DirectoryInUseError, type Storage } from '@zebu/interfaces';
import { NO_ZXID, type TxnBytes, txnZxid, ZERO_ZXID, type Zxid } from '@zebu/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chunked, content, epoch, readAll, snapshotBody, txns, zxid, zxids } from './storage-support.ts';

export interface StorageFixture {
  /** Opens the fixture's directory, which is empty at first; again after `close` with what is there. */
  open(options?: { readonly dbAutocreate?: boolean }): Promise<Storage>;
  teardown(): Promise<void>;
}

export function storageCompliance(name: string, setup: () => Promise<StorageFixture>): void {
  describe(`Storage: ${name}`, () => {
    let fixture: StorageFixture;
    let storage: Storage;
    beforeEach(async () => {
      fixture = await setup();
      storage = await fixture.open();
      // A history of an epoch that was never accepted is a contradiction.
      await storage.epochs.writeAcceptedEpoch(epoch(9));
    });
    afterEach(async () => {
      await storage.close();
      await fixture.teardown();
    });

    const reopen = async (): Promise<void> => {
      await storage.close();
      storage = await fixture.open();
    };
    const append = async (...runs: TxnBytes[][]): Promise<void> => {
      for (const run of runs) storage.log.append(run);
      await storage.log.flush();
    };
    const snapshot = (at: Zxid, size = 100): Promise<void> =>
      storage.snapshots.write(at, chunked(snapshotBody(at, size)));
    const snapshotZxids = async (): Promise<bigint[]> => {
      const found: bigint[] = [];
      for (
        let next = await storage.snapshots.open();
        next !== undefined;
        next = await storage.snapshots.open(next.zxid)
      ) {
        found.push(next.zxid);
      }
      return found;
    };

    describe('an empty directory', () => {
      it('has history 0, a snapshot of the empty tree and epochs 0', async () => {
        const other = await setup();
        const empty = await other.open();
        expect([empty.log.lastLoggedZxid, empty.log.lastFlushedZxid]).toEqual([ZERO_ZXID, ZERO_ZXID]);
        expect((await empty.snapshots.open())?.zxid).toBe(ZERO_ZXID);
        expect([empty.epochs.acceptedEpoch, empty.epochs.currentEpoch]).toEqual([0, 0]);
        expect(await empty.log.read(ZERO_ZXID, 1000)).toEqual({ txns: [], reachedEnd: true });
        await empty.close();
        await other.teardown();
      });

      it('has no history that may be voted for with db.autocreate=false, until a snapshot is installed', async () => {
        const other = await setup();
        let empty = await other.open({ dbAutocreate: false });
        expect(empty.log.lastLoggedZxid).toBe(NO_ZXID);
        expect(await empty.snapshots.open()).toBeUndefined();
        await empty.close();
        empty = await other.open({ dbAutocreate: false });
        expect(empty.log.lastLoggedZxid).toBe(NO_ZXID);
        await empty.epochs.writeAcceptedEpoch(epoch(1));
        await empty.snapshots.receive(zxid(1, 5), chunked(snapshotBody(zxid(1, 5), 50)));
        await empty.snapshots.install(zxid(1, 5));
        expect(empty.log.lastLoggedZxid).toBe(zxid(1, 5));
        await empty.close();
        await other.teardown();
      });

      it('cannot be opened twice', async () => {
        await expect(fixture.open()).rejects.toBeInstanceOf(DirectoryInUseError);
      });
    });

    describe('append and flush', () => {
      it('lastLoggedZxid follows appends, lastFlushedZxid follows flushes', async () => {
        storage.log.append(txns(1, 1, 3));
        expect(storage.log.lastLoggedZxid).toBe(zxid(1, 3));
        expect(storage.log.lastFlushedZxid).toBe(ZERO_ZXID);
        await storage.log.flush();
        expect(storage.log.lastFlushedZxid).toBe(zxid(1, 3));
      });

      it('what was appended before a flush is there after a restart', async () => {
        await append(txns(1, 1, 3), txns(1, 4, 4));
        await reopen();
        expect(storage.log.lastLoggedZxid).toBe(zxid(1, 4));
        expect(await readAll(storage.log, ZERO_ZXID)).toEqual(txns(1, 1, 4));
      });

      it('close flushes what was appended', async () => {
        storage.log.append(txns(1, 1, 3));
        await reopen();
        expect(await readAll(storage.log, ZERO_ZXID)).toEqual(txns(1, 1, 3));
      });

      it('a flush resolves only when everything appended before it is flushed, however many are made', async () => {
        const flushes: Promise<void>[] = [];
        for (let counter = 1; counter <= 50; counter++) {
          storage.log.append(txns(1, counter, counter));
          flushes.push(
            storage.log
              .flush()
              .then(() => expect(storage.log.lastFlushedZxid).toBeGreaterThanOrEqual(zxid(1, counter))),
          );
        }
        await Promise.all(flushes);
        expect(storage.log.lastFlushedZxid).toBe(zxid(1, 50));
      });

      it('a flush of nothing resolves', async () => {
        await storage.log.flush();
        await append(txns(1, 1, 1));
        await storage.log.flush();
      });

      it('takes txns of any size', async () => {
        const sizes = [0, 1, 479, 480, 4096, 70_000, 1_500_000, 3];
        const large = sizes.map((size, index) => txns(1, index + 1, index + 1, size)[0] as TxnBytes);
        await append(large);
        await reopen();
        const read = await readAll(storage.log, ZERO_ZXID);
        expect(read.map((txn, index) => Buffer.compare(txn, large[index] as TxnBytes))).toEqual(sizes.map(() => 0));
      });

      it('goes on behind a restart, in the same epoch and in the next', async () => {
        await append(txns(1, 1, 2));
        await reopen();
        await append(txns(1, 3, 4));
        await reopen();
        await append(txns(3, 1, 2));
        await reopen();
        expect(zxids(await readAll(storage.log, ZERO_ZXID))).toEqual(
          [txns(1, 1, 4), txns(3, 1, 2)].flatMap((run) => zxids(run)),
        );
      });

      it.each([
        ['a hole', 1, 5],
        ['a repetition', 1, 3],
        ['an earlier epoch', 0, 9],
        ['a first txn of an epoch that is not 1', 2, 2],
      ])('%s is a broken invariant', async (_, ofEpoch, counter) => {
        await append(txns(1, 1, 3));
        expect(() => storage.log.append(txns(ofEpoch, counter, counter))).toThrow('does not follow');
      });
    });

    describe('roll', () => {
      it('changes nothing that a reader sees', async () => {
        await append(txns(1, 1, 2));
        storage.log.roll();
        storage.log.roll();
        storage.log.append(txns(1, 3, 3));
        storage.log.roll();
        storage.log.append(txns(1, 4, 4));
        expect(await readAll(storage.log, ZERO_ZXID)).toEqual(txns(1, 1, 4));
        await storage.log.flush();
        expect(await readAll(storage.log, ZERO_ZXID)).toEqual(txns(1, 1, 4));
        await reopen();
        expect(await readAll(storage.log, ZERO_ZXID)).toEqual(txns(1, 1, 4));
      });
    });

    describe('read', () => {
      it('gives the txns above a zxid, oldest first, flushed or not', async () => {
        await append(txns(1, 1, 5));
        storage.log.append(txns(1, 6, 8));
        for (let after = 0; after <= 8; after++) {
          expect(zxids((await storage.log.read(zxid(1, after), 10_000)).txns)).toEqual(zxids(txns(1, after + 1, 8)));
        }
      });

      it('gives at most maxBytes, but one txn if there is any, and says when it reached the end', async () => {
        await append(txns(1, 1, 3, 68));
        storage.log.append(txns(1, 4, 6, 68));
        expect(zxids((await storage.log.read(ZERO_ZXID, 250)).txns)).toEqual(zxids(txns(1, 1, 2)));
        expect((await storage.log.read(ZERO_ZXID, 250)).reachedEnd).toBe(false);
        expect(zxids((await storage.log.read(ZERO_ZXID, 1)).txns)).toEqual([zxid(1, 1)]);
        expect((await storage.log.read(zxid(1, 2), 399)).txns).toHaveLength(3);
        expect(await storage.log.read(zxid(1, 5), 1)).toMatchObject({ txns: [expect.anything()], reachedEnd: true });
        expect((await storage.log.read(ZERO_ZXID, 600)).reachedEnd).toBe(true);
        expect((await storage.log.read(ZERO_ZXID, 599)).reachedEnd).toBe(false);
        expect(await storage.log.read(zxid(1, 6), 100)).toEqual({ txns: [], reachedEnd: true });
      });

      it('finds its place among many txns and files', async () => {
        for (let ofEpoch = 1; ofEpoch <= 3; ofEpoch++) {
          await append(txns(ofEpoch, 1, 700, 200));
          storage.log.roll();
        }
        for (const after of [zxid(1, 0), zxid(1, 699), zxid(1, 700), zxid(2, 0), zxid(2, 350), zxid(3, 699)]) {
          const [first] = (await storage.log.read(after, 1)).txns;
          const expected = after === zxid(1, 700) ? zxid(2, 1) : ((after + 1n) as Zxid);
          expect(first === undefined ? undefined : txnZxid(first)).toBe(expected);
        }
      });

      it('misses nothing while flushes go on', async () => {
        const flushes: Promise<void>[] = [];
        const reads: Promise<TxnBytes[]>[] = [];
        for (let counter = 1; counter <= 60; counter++) {
          storage.log.append(txns(1, counter, counter, 3000));
          if (counter % 3 === 0) flushes.push(storage.log.flush());
          reads.push(readAll(storage.log, ZERO_ZXID));
        }
        for (const [index, read] of (await Promise.all(reads)).entries()) {
          expect(zxids(read).slice(0, index + 1)).toEqual(zxids(txns(1, 1, index + 1)));
          expect(zxids(read)).toEqual(zxids(txns(1, 1, read.length)));
        }
        await Promise.all(flushes);
      });
    });

    describe('locate and sizeAfter', () => {
      it('say where a zxid lies in the history', async () => {
        await append(txns(1, 1, 5));
        storage.log.roll();
        await append(txns(3, 1, 2));
        storage.log.append(txns(3, 3, 4));
        storage.log.append(txns(4, 1, 1));
        const found = { type: 'found' };
        for (const at of [ZERO_ZXID, zxid(1, 1), zxid(1, 5), zxid(3, 2), zxid(3, 3), zxid(4, 1)]) {
          expect(await storage.log.locate(at)).toEqual(found);
        }
        expect(await storage.log.locate(zxid(1, 6))).toEqual({ type: 'between', floor: zxid(1, 5) });
        expect(await storage.log.locate(zxid(2, 1))).toEqual({ type: 'between', floor: zxid(1, 5) });
        expect(await storage.log.locate(zxid(3, 9))).toEqual({ type: 'between', floor: zxid(3, 4) });
        expect(await storage.log.locate(zxid(9, 9))).toEqual({ type: 'between', floor: zxid(4, 1) });
        expect(await storage.log.locate(zxid(0, 3))).toEqual({ type: 'between', floor: ZERO_ZXID });
      });

      it('say the same after a restart', async () => {
        await append(txns(1, 1, 5), txns(3, 1, 2));
        await reopen();
        expect(await storage.log.locate(zxid(1, 4))).toEqual({ type: 'found' });
        expect(await storage.log.locate(zxid(2, 4))).toEqual({ type: 'between', floor: zxid(1, 5) });
        expect(await storage.log.locate(zxid(3, 3))).toEqual({ type: 'between', floor: zxid(3, 2) });
      });

      it('sizeAfter is about the bytes above a zxid', async () => {
        await append(txns(1, 1, 300, 1000));
        storage.log.append(txns(1, 301, 400, 1000));
        const all = await storage.log.sizeAfter(ZERO_ZXID);
        expect(all).toBeGreaterThan(400 * 1000);
        expect(all).toBeLessThan(400 * 1200);
        const half = await storage.log.sizeAfter(zxid(1, 200));
        expect(half).toBeGreaterThan(200 * 1000);
        expect(half).toBeLessThan(200 * 1200 + 70_000);
        expect(await storage.log.sizeAfter(zxid(1, 400))).toBeLessThan(70_000);
      });
    });

    describe('truncate', () => {
      it('removes every txn above, durably, in one file or many', async () => {
        await append(txns(1, 1, 5));
        storage.log.roll();
        await append(txns(1, 6, 9));
        storage.log.roll();
        await append(txns(2, 1, 3));
        for (const [to, left] of [
          [zxid(2, 1), 10],
          [zxid(1, 9), 9],
          [zxid(1, 7), 7],
          [zxid(1, 2), 2],
          [ZERO_ZXID, 0],
        ] as const) {
          expect(await storage.log.truncate(to)).toBe(true);
          expect([storage.log.lastLoggedZxid, storage.log.lastFlushedZxid]).toEqual([to, to]);
          expect(await readAll(storage.log, ZERO_ZXID)).toHaveLength(left);
          await reopen();
          expect(storage.log.lastLoggedZxid).toBe(to);
          expect(await readAll(storage.log, ZERO_ZXID)).toHaveLength(left);
        }
      });

      it('also of what was only appended', async () => {
        await append(txns(1, 1, 2));
        storage.log.append(txns(1, 3, 4));
        expect(await storage.log.truncate(zxid(1, 1))).toBe(true);
        expect(zxids(await readAll(storage.log, ZERO_ZXID))).toEqual([zxid(1, 1)]);
      });

      it('lets another history follow', async () => {
        await append(txns(1, 1, 5));
        await storage.log.truncate(zxid(1, 3));
        await append(txns(2, 1, 2));
        const expected = [...zxids(txns(1, 1, 3)), ...zxids(txns(2, 1, 2))];
        expect(zxids(await readAll(storage.log, ZERO_ZXID))).toEqual(expected);
        expect(await storage.log.locate(zxid(1, 4))).toEqual({ type: 'between', floor: zxid(1, 3) });
        await reopen();
        expect(zxids(await readAll(storage.log, ZERO_ZXID))).toEqual(expected);
      });

      it('to a zxid that is not on the history leaves what lies below it', async () => {
        await append(txns(1, 1, 3), txns(3, 1, 3));
        expect(await storage.log.truncate(zxid(2, 7))).toBe(true);
        expect(storage.log.lastLoggedZxid).toBe(zxid(1, 3));
        expect(await storage.log.truncate(zxid(9, 9))).toBe(true);
        expect(storage.log.lastLoggedZxid).toBe(zxid(1, 3));
      });

      it('sets aside the snapshots above', async () => {
        await append(txns(1, 1, 9));
        for (const at of [3, 6, 9]) await snapshot(zxid(1, at));
        expect(await storage.log.truncate(zxid(1, 6))).toBe(true);
        expect(await snapshotZxids()).toEqual([zxid(1, 6), zxid(1, 3), 0n]);
        expect(await storage.log.truncate(zxid(1, 5))).toBe(true);
        await reopen();
        expect(await snapshotZxids()).toEqual([zxid(1, 3), 0n]);
        expect(storage.log.lastLoggedZxid).toBe(zxid(1, 5));
      });

      it('is refused, with nothing changed, when no snapshot with its log would remain', async () => {
        await append(txns(1, 1, 3));
        storage.log.roll();
        await append(txns(1, 4, 6));
        await snapshot(zxid(1, 5));
        await storage.snapshots.purge(1);
        expect(await storage.log.truncate(zxid(1, 4))).toBe(false);
        expect(storage.log.lastLoggedZxid).toBe(zxid(1, 6));
        expect(await snapshotZxids()).toEqual([zxid(1, 5)]);
        expect(zxids(await readAll(storage.log, zxid(1, 5)))).toEqual([zxid(1, 6)]);
      });
    });

    describe('snapshots', () => {
      it('give back the body that was written, byte for byte', async () => {
        await append(txns(1, 1, 5));
        for (const [index, size] of [0, 1, 5, 20, 1000, 262_144, 700_001].entries()) {
          const body = snapshotBody(zxid(1, index), size);
          await storage.snapshots.write(zxid(1, index), chunked(body, 1 + index * 9000));
          const stored = await storage.snapshots.open();
          expect(stored?.zxid).toBe(zxid(1, index));
          expect(Buffer.compare(await content(stored), body)).toBe(0);
        }
      });

      it('open gives the newest first, and older ones with `below`', async () => {
        await append(txns(1, 1, 9));
        for (const at of [3, 9, 6]) await snapshot(zxid(1, at));
        expect(await snapshotZxids()).toEqual([zxid(1, 9), zxid(1, 6), zxid(1, 3), 0n]);
        await reopen();
        expect(await snapshotZxids()).toEqual([zxid(1, 9), zxid(1, 6), zxid(1, 3), 0n]);
      });

      it('a body that fails leaves no snapshot', async () => {
        const failing = async function* (): AsyncGenerator<Uint8Array> {
          yield snapshotBody(zxid(1, 1), 10_000);
          throw new Error('the source failed');
        };
        await expect(storage.snapshots.write(zxid(1, 1), failing())).rejects.toMatchObject({ code: 'SNAPSHOT_WRITE' });
        await expect(storage.snapshots.receive(zxid(1, 1), failing())).rejects.toMatchObject({
          code: 'SNAPSHOT_WRITE',
        });
        expect(await snapshotZxids()).toEqual([0n]);
        await snapshot(zxid(1, 1));
        expect(await snapshotZxids()).toEqual([zxid(1, 1), 0n]);
      });

      it('the log goes on while one is written', async () => {
        const slow = async function* (): AsyncGenerator<Uint8Array> {
          for (let counter = 1; counter <= 5; counter++) {
            await append(txns(1, counter, counter));
            yield snapshotBody(zxid(1, counter), 1000);
          }
        };
        await storage.snapshots.write(ZERO_ZXID, slow());
        expect(storage.log.lastFlushedZxid).toBe(zxid(1, 5));
      });
    });

    describe('SNAP: receive and install', () => {
      const receive = (at: Zxid): Promise<void> => storage.snapshots.receive(at, chunked(snapshotBody(at, 500)));

      it('a received snapshot is not part of the history before it is installed', async () => {
        await append(txns(1, 1, 5));
        await receive(zxid(2, 7));
        expect(await snapshotZxids()).toEqual([0n]);
        await reopen();
        expect(storage.log.lastLoggedZxid).toBe(zxid(1, 5));
        expect(await snapshotZxids()).toEqual([0n]);
      });

      it.each([
        ['above the history', zxid(2, 7)],
        ['below its end', zxid(1, 4)],
        ['at its end', zxid(1, 6)],
      ])('install makes the snapshot the whole history: %s', async (_, at) => {
        await append(txns(1, 1, 4));
        await snapshot(zxid(1, 3));
        storage.log.roll();
        await append(txns(1, 5, 6));
        await snapshot(zxid(1, 5));
        await receive(at);
        await storage.snapshots.install(at);
        for (const when of ['at once', 'after a restart']) {
          if (when !== 'at once') await reopen();
          expect([storage.log.lastLoggedZxid, storage.log.lastFlushedZxid]).toEqual([at, at]);
          const stored = await storage.snapshots.open();
          expect(stored?.zxid).toBe(at);
          expect(await content(stored)).toEqual(snapshotBody(at, 500));
          expect(await storage.log.read(at, 1000)).toEqual({ txns: [], reachedEnd: true });
          expect(await storage.log.locate(at)).toEqual({ type: 'found' });
          expect(await storage.log.locate(zxid(1, 2))).toEqual({ type: 'tooOld' });
          await expect(storage.log.read(zxid(1, 2), 1000)).rejects.toMatchObject({ code: 'TXNLOG_GAP' });
        }
      });

      it('drops what was appended and not flushed, and lets the log go on behind the snapshot', async () => {
        await append(txns(1, 1, 4));
        storage.log.append(txns(1, 5, 6));
        await receive(zxid(2, 7));
        await storage.snapshots.install(zxid(2, 7));
        await append(txns(2, 8, 9), txns(3, 1, 1));
        await reopen();
        expect(zxids(await readAll(storage.log, zxid(2, 7)))).toEqual([zxid(2, 8), zxid(2, 9), zxid(3, 1)]);
      });

      it('can be repeated, also with the same zxid', async () => {
        for (let round = 0; round < 3; round++) {
          await receive(zxid(2, 7));
          await storage.snapshots.install(zxid(2, 7));
          await append(txns(2, 8, 8));
        }
        await reopen();
        expect(storage.log.lastLoggedZxid).toBe(zxid(2, 8));
      });
    });

    describe('purge and pins', () => {
      const threeFiles = async (): Promise<void> => {
        for (let file = 0; file < 4; file++) {
          await append(txns(1, file * 10 + 1, file * 10 + 10));
          await snapshot(zxid(1, file * 10 + 10));
          storage.log.roll();
        }
      };

      it('keeps the newest snapshots and the logs that they need', async () => {
        await threeFiles();
        await storage.snapshots.purge(2);
        expect(await snapshotZxids()).toEqual([zxid(1, 40), zxid(1, 30)]);
        expect(await storage.log.locate(zxid(1, 1))).toEqual({ type: 'tooOld' });
        expect(zxids(await readAll(storage.log, zxid(1, 30)))).toEqual(zxids(txns(1, 31, 40)));
        await reopen();
        expect(zxids(await readAll(storage.log, zxid(1, 30)))).toEqual(zxids(txns(1, 31, 40)));
      });

      it('keeps everything when there are no more snapshots than that', async () => {
        await threeFiles();
        await storage.snapshots.purge(5);
        expect(zxids(await readAll(storage.log, ZERO_ZXID))).toEqual(zxids(txns(1, 1, 40)));
      });

      it('never takes a pinned file', async () => {
        await threeFiles();
        const pin = storage.log.pin(zxid(1, 12));
        await storage.snapshots.purge(1);
        expect(zxids(await readAll(storage.log, zxid(1, 12)))).toEqual(zxids(txns(1, 13, 40)));
        pin.release();
        pin.release();
        await storage.snapshots.purge(1);
        expect(await storage.log.locate(zxid(1, 12))).toEqual({ type: 'tooOld' });
      });

      it('lets the log go on', async () => {
        await threeFiles();
        await storage.snapshots.purge(1);
        await append(txns(1, 41, 42));
        await reopen();
        expect(storage.log.lastLoggedZxid).toBe(zxid(1, 42));
      });
    });

    describe('epochs', () => {
      it('are there after a restart', async () => {
        await storage.epochs.writeAcceptedEpoch(epoch(17));
        await storage.epochs.writeCurrentEpoch(epoch(15));
        expect([storage.epochs.acceptedEpoch, storage.epochs.currentEpoch]).toEqual([17, 15]);
        await reopen();
        expect([storage.epochs.acceptedEpoch, storage.epochs.currentEpoch]).toEqual([17, 15]);
        await storage.epochs.writeCurrentEpoch(epoch(17));
        await reopen();
        expect([storage.epochs.acceptedEpoch, storage.epochs.currentEpoch]).toEqual([17, 17]);
      });
    });
  });
}
