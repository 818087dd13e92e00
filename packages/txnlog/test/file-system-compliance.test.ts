import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileSystemCompliance } from '@zebu/compliance-tests/file-system';
import { nodeFileSystem } from '../src/index.ts';
import { overlayFileSystem } from '../src/overlay-file-system.ts';
import { MemoryFileSystem } from '../src/memory.ts';

fileSystemCompliance('node', async () => {
  const root = await mkdtemp(join(tmpdir(), 'zebu-file-system-'));
  return { fileSystem: nodeFileSystem(), root, teardown: () => rm(root, { recursive: true }) };
});

fileSystemCompliance('memory', async () => {
  const fileSystem = new MemoryFileSystem();
  await fileSystem.makeDirectory('/data');
  return { fileSystem, root: '/data', teardown: () => Promise.resolve() };
});

fileSystemCompliance('memory, as one process sees it', async () => {
  const fileSystem = new MemoryFileSystem().mount();
  await fileSystem.makeDirectory('/data');
  return { fileSystem, root: '/data', teardown: () => Promise.resolve() };
});

fileSystemCompliance('overlay', async () => {
  const below = new MemoryFileSystem();
  await below.makeDirectory('/data');
  return { fileSystem: overlayFileSystem(below), root: '/data', teardown: () => Promise.resolve() };
});
