// The lock of the node file system across processes. The child runs the build, since Node 20 runs no TypeScript.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DirectoryInUseError } from '@zebu/interfaces';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { nodeFileSystem, openStorage } from '../src/index.ts';
import { SILENT } from './support.ts';

const BUILD = new URL('../dist/index.js', import.meta.url).href;
const HOLD = `
  const { nodeFileSystem, openStorage } = await import(process.argv[1]);
  const quiet = () => undefined;
  const logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
  await openStorage({ fileSystem: nodeFileSystem(), dataDir: process.argv[2], logger });
  console.log('open');
  setInterval(quiet, 1000);
`;

let directory: string;
let child: ChildProcess | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'zebu-lock-'));
});
afterEach(async () => {
  child?.kill('SIGKILL');
  await rm(directory, { recursive: true });
});

async function holdInChild(dataDir: string): Promise<ChildProcess> {
  child = spawn(process.execPath, ['--input-type=module', '--eval', HOLD, BUILD, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout as NonNullable<ChildProcess['stdout']>, 'data');
  return child;
}

const open = (dataDir: string) => openStorage({ fileSystem: nodeFileSystem(), dataDir, logger: SILENT });

it('a directory that another process has open is refused, until kill -9 ends it', async () => {
  const dataDir = join(directory, 'data');
  const holder = await holdInChild(dataDir);
  await expect(open(dataDir)).rejects.toBeInstanceOf(DirectoryInUseError);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  const storage = await open(dataDir);
  expect(storage.log.lastLoggedZxid).toBe(0n);
  await storage.close();
});

it('a directory is the same one by whatever path it is reached', async () => {
  const storage = await open(join(directory, 'data'));
  await symlink(join(directory, 'data'), join(directory, 'alias'));
  await expect(open(join(directory, 'alias'))).rejects.toBeInstanceOf(DirectoryInUseError);
  await storage.close();
});

it('leaves nothing in the directory that a copy would trip over', async () => {
  const storage = await open(directory);
  expect(await readdir(directory)).toEqual(['version-2']);
  expect(await readdir(join(directory, 'version-2'))).toEqual(['acceptedEpoch', 'currentEpoch', 'snapshot.0']);
  await storage.close();
});
