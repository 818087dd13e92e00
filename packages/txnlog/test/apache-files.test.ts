// Directories that Apache ZooKeeper 3.8 wrote.

import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@zebu/interfaces';
import type { Zxid } from '@zebu/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { nodeFileSystem, openStorage } from '../src/index.ts';
import { MemoryFileSystem } from '../src/memory.ts';
import { readAll, SILENT, zxidsOf } from './support.ts';

const STANDALONE = new URL('fixtures/zookeeper-3.8-standalone', import.meta.url).pathname;

describe('a directory of a standalone ZooKeeper 3.8, which ended with kill -9', () => {
  let directory: string;
  let storage: Storage;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'zebu-apache-'));
    await cp(STANDALONE, directory, { recursive: true });
    storage = await openStorage({ fileSystem: nodeFileSystem(), dataDir: directory, logger: SILENT });
  });
  afterEach(async () => {
    await storage.close();
    await rm(directory, { recursive: true });
  });

  it('is read to its end', async () => {
    expect(storage.log.lastLoggedZxid).toBe(0x2fn);
    const snapshot = await storage.snapshots.open();
    expect(snapshot?.zxid).toBe(0x2bn);
    expect(zxidsOf(await readAll(storage.log, 0x2bn as Zxid))).toEqual([0x2cn, 0x2dn, 0x2en, 0x2fn]);
  });

  it('is read from its beginning', async () => {
    const zxids = zxidsOf(await readAll(storage.log, 0n as Zxid));
    expect(zxids).toEqual(Array.from({ length: 0x2f }, (_, index) => BigInt(index + 1)));
  });

  it('offers every snapshot, newest first, with sound checksums', async () => {
    const zxids: bigint[] = [];
    for (let snapshot = await storage.snapshots.open(); snapshot !== undefined; ) {
      zxids.push(snapshot.zxid);
      for await (const chunk of snapshot.body) expect(chunk.length).toBeGreaterThan(0);
      snapshot = await storage.snapshots.open(snapshot.zxid);
    }
    expect(zxids).toEqual([0x2bn, 0x22n, 0x1bn, 0x12n, 9n, 0n]);
  });

  it('has epoch 0', () => {
    expect([storage.epochs.acceptedEpoch, storage.epochs.currentEpoch]).toEqual([0, 0]);
  });

  it('can be truncated', async () => {
    expect(await storage.log.truncate(0x20n as Zxid)).toBe(true);
    expect(storage.log.lastLoggedZxid).toBe(0x20n);
    expect((await storage.snapshots.open())?.zxid).toBe(0x1bn);
    expect(zxidsOf(await readAll(storage.log, 0x1bn as Zxid))).toEqual([0x1cn, 0x1dn, 0x1en, 0x1fn, 0x20n]);
  });
});

it('the snapshot of a new tree is the one that ZooKeeper 3.8 writes, to the byte', async () => {
  const fileSystem = new MemoryFileSystem();
  await openStorage({ fileSystem, dataDir: '/data', logger: SILENT });
  const handle = await fileSystem.open('/data/version-2/snapshot.0', 'read');
  const expected = await readFile(join(STANDALONE, 'version-2/snapshot.0'));
  expect(Buffer.from(await handle.read(0, 10_000))).toEqual(expected);
});
