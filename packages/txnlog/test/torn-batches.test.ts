// Batches of every shape, with the power failing in the middle of the last: a start never refuses, and loses only what was not flushed.

import type { Storage } from '@zebu/interfaces';
import { type Epoch, TXN_HEADER_BYTES, type TxnBytes, type Zxid } from '@zebu/protocol';
import { expect, it } from 'vitest';
import { MemoryFileSystem } from '../src/memory.ts';
import { openAt } from './crash-support.ts';
import { seededRandom } from './random.ts';
import { readAll, txnOf, zxid, zxidsOf } from './support.ts';

const ROUNDS = 8;

it.each(Array.from({ length: 40 }, (_, seed) => seed))('seed %s', async (seed) => {
  const random = seededRandom(seed);
  let counter = 0;
  let epoch = 1;
  const history: bigint[] = [];
  /** Payloads of zeros look like missing sectors, payloads of 'B' like end marks. */
  const next = (): TxnBytes => {
    counter++;
    const txn = txnOf(zxid(epoch, counter), random.below(3) === 0 ? random.below(20_000) : random.below(400));
    if (random.below(4) === 0) txn.fill(0, TXN_HEADER_BYTES);
    if (random.below(4) === 0) txn.fill(0x42, TXN_HEADER_BYTES);
    history.push(zxid(epoch, counter));
    return txn;
  };
  const batch = (): TxnBytes[] => Array.from({ length: 1 + random.below(random.below(3) === 0 ? 120 : 4) }, next);

  let storage: Storage;
  let ready = (): void => undefined;
  const fileSystem = new MemoryFileSystem({ schedule: async () => ready() });
  storage = await openAt(fileSystem, { preAllocSizeKb: random.below(2) * 64 });
  await storage.epochs.writeAcceptedEpoch(99 as Epoch);
  for (let round = 0; round < ROUNDS; round++) {
    for (let flushes = random.below(4); flushes > 0; flushes--) {
      storage.log.append(batch());
      if (random.below(4) === 0) storage.log.roll();
      await storage.log.flush();
    }
    const flushed = storage.log.lastFlushedZxid;
    storage.log.append(batch());
    let operations = 1 + random.below(5);
    const crashed = new Promise<void>((resolve) => {
      ready = () => {
        operations--;
        if (operations > 0) return;
        ready = () => undefined;
        fileSystem.crash({ random });
        resolve();
      };
    });
    await Promise.race([storage.log.flush(), crashed]);
    ready = () => undefined;
    fileSystem.crash({ random });
    storage = await openAt(fileSystem, { preAllocSizeKb: 64 });
    const { lastLoggedZxid } = storage.log;
    expect(lastLoggedZxid).toBeGreaterThanOrEqual(flushed);
    history.splice(0, history.length, ...history.filter((at) => at <= lastLoggedZxid));
    expect(zxidsOf(await readAll(storage.log, 0n as Zxid, 1 << 16))).toEqual(history);
    epoch++;
    counter = 0;
  }
});
