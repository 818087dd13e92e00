import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StorageFixture, storageCompliance } from '@zebu/compliance-tests/txn-log';
import type { FileSystem } from '@zebu/interfaces';
import { nodeFileSystem, openStorage } from '../src/index.ts';
import { MemoryFileSystem } from '../src/memory.ts';
import { SILENT } from './support.ts';

interface Place {
  readonly fileSystem: FileSystem;
  readonly dataDir: string;
  readonly dataLogDir?: string;
}

const fixtureOf = (
  place: Place,
  preAllocSizeKb: number,
  teardown = (): Promise<void> => Promise.resolve(),
): StorageFixture => ({
  open: (options = {}) => openStorage({ ...place, logger: SILENT, options: { ...options, preAllocSizeKb } }),
  teardown,
});

storageCompliance('memory', async () => fixtureOf({ fileSystem: new MemoryFileSystem(), dataDir: '/data' }, 64));

storageCompliance('memory, without preallocation and with a log directory of its own', async () =>
  fixtureOf({ fileSystem: new MemoryFileSystem(), dataDir: '/data', dataLogDir: '/fast/logs' }, 0),
);

storageCompliance('node', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'zebu-storage-'));
  const place = { fileSystem: nodeFileSystem(), dataDir: join(directory, 'data') };
  return fixtureOf(place, 1024, () => rm(directory, { recursive: true }));
});
