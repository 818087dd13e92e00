// Torn tails are cut off; damage to what was acknowledged is refused.

import type { Storage } from '@zebu/interfaces';
import type { Epoch, TxnBytes, Zxid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { openStorage, type StorageOptions } from '../src/index.ts';
import { MemoryFileSystem } from '../src/memory.ts';
import { logFileBytes } from './directory.ts';
import { seededRandom } from './random.ts';
import { readAll, SILENT, txnOf, txnsOf, zxid, zxidsOf } from './support.ts';

const LOG = '/data/version-2/log.100000001';
const HEADER = 16;
/** Of a txn with 20 bytes of payload. */
const RECORD = 12 + 52 + 1;
const ZERO = 0n as Zxid;

const open = (fileSystem: MemoryFileSystem, options: StorageOptions = {}): Promise<Storage> =>
  openStorage({
    fileSystem: fileSystem.mount(),
    dataDir: '/data',
    logger: SILENT,
    options: { preAllocSizeKb: 4, ...options },
  });

/** A directory whose log holds these runs, each in a file of its own; killed, so that the last keeps its padding. */
async function directoryWith(runs: TxnBytes[][], options: StorageOptions = {}): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem();
  const storage = await open(fileSystem, options);
  await storage.epochs.writeAcceptedEpoch(99 as Epoch);
  for (const run of runs) {
    storage.log.roll();
    storage.log.append(run);
    await storage.log.flush();
  }
  fileSystem.kill();
  return fileSystem;
}

async function edit(
  fileSystem: MemoryFileSystem,
  path: string,
  change: (bytes: Uint8Array) => Uint8Array | void,
): Promise<void> {
  const handle = await fileSystem.open(path, 'write');
  const before = await handle.read(0, await handle.size());
  const after = change(before) ?? before;
  await handle.truncate(0);
  await handle.write(after, 0);
}

const zero =
  (from: number, to?: number) =>
  (bytes: Uint8Array): void =>
    void bytes.fill(0, from, to);
const flip =
  (at: number, bit = 0) =>
  (bytes: Uint8Array): void =>
    void (bytes[at] = (bytes[at] as number) ^ (1 << bit));

/** What a restart finds, and finds again after the next one. */
async function found(fileSystem: MemoryFileSystem): Promise<bigint[]> {
  const storage = await open(fileSystem);
  const zxids = zxidsOf(await readAll(storage.log, ZERO));
  expect(storage.log.lastLoggedZxid).toBe(zxids.at(-1) ?? 0n);
  await storage.close();
  const again = await open(fileSystem);
  expect(zxidsOf(await readAll(again.log, ZERO))).toEqual(zxids);
  await again.close();
  return zxids;
}

const refusal = (fileSystem: MemoryFileSystem): Promise<unknown> =>
  open(fileSystem).then(
    () => 'opened',
    (error: unknown) => error,
  );

describe('a torn tail', () => {
  it.each([0, 4])('cut at every byte leaves every whole record (preallocation %s KB)', async (preAllocSizeKb) => {
    const whole = txnsOf(1, 1, 3);
    for (let end = 0; end <= HEADER + 3 * RECORD; end++) {
      const fileSystem = await directoryWith([whole], { preAllocSizeKb });
      await edit(fileSystem, LOG, (bytes) => bytes.slice(0, end));
      const records = Math.max(0, Math.floor((end - HEADER) / RECORD));
      expect(await found(fileSystem)).toEqual(zxidsOf(whole.slice(0, records)));
    }
  });

  it('zeroed from every byte leaves every whole record', async () => {
    const whole = txnsOf(1, 1, 3);
    for (let from = 0; from <= HEADER + 3 * RECORD; from++) {
      const fileSystem = await directoryWith([whole]);
      await edit(fileSystem, LOG, zero(from));
      const records = Math.max(0, Math.floor((from - HEADER) / RECORD));
      expect(await found(fileSystem)).toEqual(zxidsOf(whole.slice(0, records)));
    }
  });

  it.each([300, 600, 3000])(
    'lacking any of its sectors leaves every record before the first (payload %s)',
    async (payload) => {
      const run = [...txnsOf(1, 1, 2), ...txnsOf(1, 3, 7, payload)];
      const end = HEADER + 2 * RECORD + 5 * (12 + 32 + payload + 1);
      for (let sector = 512; sector < end; sector += 512) {
        const fileSystem = await directoryWith([run]);
        await edit(fileSystem, LOG, zero(sector, sector + 512));
        const before = run.filter((_, index) => recordEnd(run, index) <= sector);
        expect(await found(fileSystem)).toEqual(zxidsOf(before));
      }
    },
  );

  it('with a copy of older records in a client’s data is no damage', async () => {
    const inner = logFileBytes(txnsOf(0, 1, 6));
    const outer = txnOf(zxid(1, 3), inner.length + 900);
    outer.set(inner, 40);
    const run = [...txnsOf(1, 1, 2), outer, ...txnsOf(1, 4, 5)];
    for (let sector = 512; sector < recordEnd(run, 2) - 512; sector += 512) {
      const fileSystem = await directoryWith([run]);
      await edit(fileSystem, LOG, zero(sector));
      expect(await found(fileSystem)).toEqual([zxid(1, 1), zxid(1, 2)]);
    }
  });

  it('of a file that was never flushed removes the file', async () => {
    for (const end of [0, 1, 15, 16, 17, 16 + 64, 4000]) {
      const fileSystem = await directoryWith([txnsOf(1, 1, 3), txnsOf(1, 4, 5, 3000)]);
      await edit(
        fileSystem,
        '/data/version-2/log.100000004',
        zero(end === 4000 ? 0 : end, end === 4000 ? 4000 : undefined),
      );
      expect(await found(fileSystem)).toEqual(zxidsOf(txnsOf(1, 1, 3)));
      expect(await fileSystem.list('/data/version-2')).not.toContain('log.100000004');
    }
  });

  it('is gone for good: what is appended later is not mixed with it', async () => {
    const fileSystem = await directoryWith([txnsOf(1, 1, 8, 400)]);
    await edit(fileSystem, LOG, zero(1024, 1536));
    const storage = await open(fileSystem);
    const last = storage.log.lastLoggedZxid;
    expect(last).toBe(zxid(1, 2));
    expect(await (await fileSystem.open(LOG, 'read')).size()).toBe(HEADER + 2 * (12 + 32 + 400 + 1));
    storage.log.append(txnsOf(2, 1, 2));
    await storage.close();
    expect(await found(fileSystem)).toEqual([zxid(1, 1), zxid(1, 2), zxid(2, 1), zxid(2, 2)]);
  });
});

describe('damage to what was acknowledged', () => {
  it('any flipped bit in the middle of the log is refused', async () => {
    const run = [...txnsOf(1, 1, 2), ...txnsOf(1, 3, 3, 700), ...txnsOf(1, 4, 6)];
    for (let at = HEADER; at < recordEnd(run, 4); at += 3) {
      const fileSystem = await directoryWith([run]);
      await edit(fileSystem, LOG, flip(at, at % 8));
      expect(await refusal(fileSystem), `bit of byte ${at}`).toMatchObject({ code: 'TXNLOG_CORRUPT' });
    }
  });

  it('so is one in the very last record', async () => {
    const run = txnsOf(1, 1, 3);
    for (let at = recordEnd(run, 1); at < recordEnd(run, 2); at++) {
      const fileSystem = await directoryWith([run]);
      await edit(fileSystem, LOG, flip(at, at % 8));
      expect(await refusal(fileSystem), `bit of byte ${at}`).toMatchObject({ code: 'TXNLOG_CORRUPT' });
    }
  });

  it('so is one in a record that begins with the last bytes of a sector, which are zeros in every record', async () => {
    for (const before of [508, 510, 511]) {
      const run = [...txnsOf(1, 1, 1, before - HEADER - 45), ...txnsOf(1, 2, 2)];
      const fileSystem = await directoryWith([run]);
      await edit(fileSystem, LOG, flip(before + 50));
      expect(await refusal(fileSystem)).toMatchObject({ code: 'TXNLOG_CORRUPT' });
    }
  });

  it('sectors that are missing farther back than one write are refused', async () => {
    const fileSystem = await directoryWith([[]]);
    const storage = await open(fileSystem);
    for (let counter = 1; counter <= 13; counter++) {
      storage.log.append([txnOf(zxid(1, counter), 100_000)]);
      await storage.log.flush();
    }
    fileSystem.kill();
    await edit(fileSystem, LOG, zero(51_200, 51_712));
    expect(await refusal(fileSystem)).toMatchObject({ code: 'TXNLOG_CORRUPT' });
  });

  it('a damaged header of a file with records is refused', async () => {
    const fileSystem = await directoryWith([txnsOf(1, 1, 3)]);
    await edit(fileSystem, LOG, flip(2));
    expect(await refusal(fileSystem)).toMatchObject({ code: 'TXNLOG_CORRUPT' });
  });

  it('so is a damaged link to the file before', async () => {
    const fileSystem = await directoryWith([txnsOf(1, 1, 3), txnsOf(1, 4, 5)]);
    await edit(fileSystem, '/data/version-2/log.100000004', flip(15));
    expect(await refusal(fileSystem)).toMatchObject({ code: 'TXNLOG_CORRUPT' });
  });

  it('in a file that another follows is refused, at the head and at the tail', async () => {
    for (const change of [
      zero(0, 16),
      zero(HEADER + 2 * RECORD),
      (bytes: Uint8Array) => bytes.slice(0, 100),
      flip(HEADER + RECORD + 30),
    ]) {
      const fileSystem = await directoryWith([txnsOf(1, 1, 3), txnsOf(1, 4, 5)]);
      await edit(fileSystem, LOG, change);
      expect(await refusal(fileSystem)).toMatchObject({ code: expect.stringMatching('TXNLOG_(CORRUPT|GAP)') });
    }
  });

  it('a header-less file that another follows is refused (ZOOKEEPER-2332)', async () => {
    const fileSystem = await directoryWith([txnsOf(1, 1, 3), txnsOf(1, 4, 5), txnsOf(1, 6, 7)]);
    await edit(fileSystem, '/data/version-2/log.100000004', () => new Uint8Array(0));
    expect(await refusal(fileSystem)).toMatchObject({ code: 'TXNLOG_CORRUPT' });
  });

  it('a zxid that goes back is refused', async () => {
    const fileSystem = await directoryWith([txnsOf(1, 1, 3), txnsOf(1, 4, 5)]);
    const source = await fileSystem.open(LOG, 'read');
    const records = await source.read(HEADER, 2 * RECORD);
    await edit(fileSystem, LOG, (bytes) => {
      bytes.set(records, HEADER + RECORD);
    });
    expect(await refusal(fileSystem)).toMatchObject({ code: 'TXNLOG_CORRUPT' });
  });

  it('that appears while the server runs makes reads reject', async () => {
    const fileSystem = new MemoryFileSystem();
    const storage = await open(fileSystem);
    storage.log.append(txnsOf(1, 1, 9));
    await storage.log.flush();
    for (const change of [flip(HEADER + 3 * RECORD + 20), zero(HEADER + 2 * RECORD, HEADER + 3 * RECORD)]) {
      await edit(fileSystem, LOG, change);
      await expect(storage.log.read(ZERO, 10_000)).rejects.toMatchObject({ code: 'TXNLOG_CORRUPT' });
    }
  });

  it('garbage never gives anything but a typed error or a shorter history', async () => {
    const random = seededRandom(7);
    const run = txnsOf(1, 1, 20, 90);
    for (let round = 0; round < 300; round++) {
      const fileSystem = await directoryWith([run]);
      await edit(fileSystem, LOG, (bytes) => {
        const from = random.below(bytes.length);
        const length = 1 + random.below(600);
        for (let at = from; at < Math.min(bytes.length, from + length); at++) bytes[at] = random.below(256);
      });
      const outcome = await open(fileSystem).then(
        async (storage) => zxidsOf(await readAll(storage.log, ZERO)),
        (error: unknown) => (error as { code: string }).code,
      );
      if (typeof outcome === 'string') expect(outcome).toBe('TXNLOG_CORRUPT');
      else expect(outcome).toEqual(zxidsOf(run).slice(0, outcome.length));
    }
  });
});

describe('a missing log file', () => {
  const three = [txnsOf(1, 1, 3), txnsOf(1, 4, 6), txnsOf(1, 7, 9)];

  it('in the middle is refused', async () => {
    const fileSystem = await directoryWith(three);
    await fileSystem.remove('/data/version-2/log.100000004');
    expect(await refusal(fileSystem)).toMatchObject({ code: 'TXNLOG_GAP' });
  });

  it('in the middle is refused when it held whole epochs', async () => {
    const fileSystem = await directoryWith([txnsOf(1, 1, 3), txnsOf(2, 1, 3), txnsOf(3, 1, 3)]);
    await fileSystem.remove('/data/version-2/log.200000001');
    expect(await refusal(fileSystem)).toMatchObject({ code: 'TXNLOG_GAP' });
  });

  it('behind the snapshot is refused', async () => {
    const fileSystem = await directoryWith(three);
    await fileSystem.remove(LOG);
    expect(await refusal(fileSystem)).toMatchObject({ code: 'TXNLOG_GAP' });
  });

  it('at the end cannot be noticed', async () => {
    const fileSystem = await directoryWith(three);
    await fileSystem.remove('/data/version-2/log.100000007');
    expect(await found(fileSystem)).toEqual(zxidsOf(txnsOf(1, 1, 6)));
  });
});

const recordEnd = (run: readonly TxnBytes[], index: number): number =>
  run.slice(0, index + 1).reduce((end, txn) => end + 12 + txn.length + 1, HEADER);
