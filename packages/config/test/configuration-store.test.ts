// The files of a changed configuration, on a disk that fails and loses power.

import type { FileSystem, Random } from '@zebu/interfaces';
import type { Ensemble, ServerId } from '@zebu/protocol';
import { MemoryFileSystem, type MemoryFileSystemOptions } from '@zebu/txnlog/memory';
import { describe, expect, it } from 'vitest';
import { createConfigurationStore, loadServerConfig, parseEnsemble, parseProperties } from '../src/index.ts';

const FILE = '/conf/zoo.cfg';
const SETTINGS = `# by hand
tickTime=2000
dataDir=/data
initLimit=5
syncLimit=2
reconfigEnabled=true
clientPort=2181
`;
const OLD_SERVERS = 'server.1=a:2888:3888\nserver.2=b:2888:3888\nserver.3=c:2888:3888\n';
const OLD_TEXT = SETTINGS + OLD_SERVERS;

function ensembleOf(lines: string, version: bigint): Ensemble {
  return parseEnsemble(parseProperties(lines), undefined, version).ensemble;
}

const NEW_VERSION = 0x1_0000_000an;
const NEW = ensembleOf(
  'server.10=j:2888:3888:observer;2191\nserver.2=b:2888:3888;2181\nserver.1=a:2888:3888;0.0.0.0:2185\n',
  NEW_VERSION,
);
/** '0' comes before '='. */
const NEW_DYNAMIC = `server.10=j:2888:3888:observer;0.0.0.0:2191
server.1=a:2888:3888:participant;0.0.0.0:2185
server.2=b:2888:3888:participant;0.0.0.0:2181`;

async function write(fileSystem: FileSystem, path: string, text: string): Promise<void> {
  const handle = await fileSystem.open(path, 'create');
  await handle.writeDurable(Buffer.from(text), 0);
  await handle.close();
}

async function textOf(fileSystem: FileSystem, path: string): Promise<string | undefined> {
  if (!(await fileSystem.exists(path))) return undefined;
  const handle = await fileSystem.open(path, 'read');
  return Buffer.from(await handle.read(0, await handle.size())).toString();
}

async function disk(options: MemoryFileSystemOptions = {}): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem(options);
  await fileSystem.makeDirectory('/conf');
  await write(fileSystem, FILE, OLD_TEXT);
  await fileSystem.syncDirectory('/');
  await fileSystem.syncDirectory('/conf');
  return fileSystem;
}

function storeOn(fileSystem: FileSystem, copyAccess = () => Promise.resolve()) {
  return createConfigurationStore({ fileSystem, copyAccess }, { file: FILE, self: 1 as ServerId });
}

/** What the next start makes of the directory. */
async function nextStart(fileSystem: FileSystem) {
  const texts = new Map<string, string | undefined>([['/data/myid', '1']]);
  for (const name of await fileSystem.list('/conf')) {
    texts.set(`/conf/${name}`, await textOf(fileSystem, `/conf/${name}`));
  }
  return loadServerConfig(FILE, { readText: (path) => texts.get(path) });
}

describe('write', () => {
  it('leaves what the next start reads as the new configuration', async () => {
    const fileSystem = await disk();
    await storeOn(fileSystem).write(NEW);
    expect(await fileSystem.list('/conf')).toEqual(['zoo.cfg', 'zoo.cfg.dynamic.10000000a']);
    expect(await textOf(fileSystem, `${FILE}.dynamic.10000000a`)).toBe(NEW_DYNAMIC);
    const text = `${SETTINGS.replace('clientPort=2181\n', '')}dynamicConfigFile=${FILE}.dynamic.10000000a\n`;
    expect(await textOf(fileSystem, FILE)).toBe(text);
    const config = await nextStart(fileSystem);
    expect(config.ensemble).toEqual(NEW);
    expect(config.clients.address).toEqual({ host: '0.0.0.0', port: 2185 });
  });

  it('keeps the client port of zoo.cfg for a server whose line has none', async () => {
    const fileSystem = await disk();
    await storeOn(fileSystem).write(ensembleOf(`${OLD_SERVERS}server.4=d:2888:3888;2181\n`, NEW_VERSION));
    const config = await nextStart(fileSystem);
    expect(config.clients.address).toEqual({ host: '0.0.0.0', port: 2181 });
    expect(config.ensemble.servers.size).toBe(4);
  });

  it('writes groups and weights, too', async () => {
    const fileSystem = await disk();
    const servers = `${OLD_SERVERS}group.1=1:2\ngroup.2=3\nweight.3=2\n`;
    await storeOn(fileSystem).write(ensembleOf(servers, NEW_VERSION));
    expect((await nextStart(fileSystem)).ensemble).toEqual(ensembleOf(servers, NEW_VERSION));
  });

  it('goes from version to version, and over what an earlier try or ZooKeeper left', async () => {
    const fileSystem = await disk();
    await write(fileSystem, `${FILE}.tmp`, 'torn');
    await write(fileSystem, `${FILE}.dynamic.10000000a.tmp`, 'torn');
    await write(fileSystem, `${FILE}.dynamic.10000000a`, 'server.1=torn');
    await write(fileSystem, `${FILE}.dynamic.next`, 'version=1');
    const store = storeOn(fileSystem);
    await store.write(NEW);
    const later = ensembleOf(OLD_SERVERS, 0x2_0000_0000n);
    await store.write(later);
    expect((await nextStart(fileSystem)).ensemble).toEqual(later);
    expect(await fileSystem.list('/conf')).toEqual([
      'zoo.cfg',
      'zoo.cfg.dynamic.10000000a',
      'zoo.cfg.dynamic.200000000',
    ]);
  });

  it('gives zoo.cfg its owner and permissions before there is anything in it', async () => {
    const fileSystem = await disk();
    const copies: unknown[] = [];
    const copyAccess = async (from?: string, to?: string): Promise<void> => {
      copies.push([from, to, await textOf(fileSystem, to ?? '')]);
    };
    const store = createConfigurationStore({ fileSystem, copyAccess }, { file: FILE, self: 1 as ServerId });
    await store.backUp();
    await store.write(NEW);
    expect(copies).toEqual([
      [FILE, `${FILE}.bak.tmp`, ''],
      [FILE, `${FILE}.tmp`, ''],
    ]);
  });

  it.each(['open', 'write', 'datasync', 'rename', 'syncDirectory'] as const)(
    'rejects when %s fails, the first time or the second, and can be tried again',
    async (type) => {
      for (const after of [0, 1]) {
        const fileSystem = await disk();
        const store = storeOn(fileSystem);
        fileSystem.failNext({ type, code: 'ENOSPC', after });
        await expect(store.write(NEW)).rejects.toMatchObject({ code: 'ENOSPC' });
        await nextStart(fileSystem);
        await store.write(NEW);
        expect((await nextStart(fileSystem)).ensemble).toEqual(NEW);
      }
    },
  );
});

/** Mulberry32. */
function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    below: (bound) => {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
    },
  };
}

/** Runs the work until its nth operation on the disk, and ends the process there. False when the work was over before. */
async function interrupted(
  step: number,
  work: (fileSystem: FileSystem) => Promise<void>,
  end: (fileSystem: MemoryFileSystem) => void,
): Promise<{ readonly fileSystem: MemoryFileSystem; readonly wasCut: boolean }> {
  let left = Number.POSITIVE_INFINITY;
  let cut: () => void = () => {};
  const wasCut = new Promise<true>((resolve) => {
    cut = () => resolve(true);
  });
  const fileSystem = await disk({
    schedule: () => {
      left -= 1;
      if (left > 0) return Promise.resolve();
      cut();
      return new Promise(() => {});
    },
  });
  left = step;
  const over = work(fileSystem.mount()).then(() => false as const);
  const result = await Promise.race([over, wasCut]);
  left = Number.POSITIVE_INFINITY;
  end(fileSystem);
  return { fileSystem, wasCut: result };
}

describe.each([
  [
    'power failure',
    (seed: number) => (fileSystem: MemoryFileSystem) => fileSystem.crash({ random: seededRandom(seed) }),
  ],
  ['kill -9', (seed: number) => (fileSystem: MemoryFileSystem) => fileSystem.kill({ random: seededRandom(seed) })],
])('after %s at any step', (_name, end) => {
  const work = async (fileSystem: FileSystem): Promise<void> => {
    const store = storeOn(fileSystem);
    await store.cleanUp();
    await store.backUp();
    await store.write(NEW);
  };

  it('the next start reads the old configuration or the new one, and can write the new one', async () => {
    const seen = new Set<bigint>();
    let steps = 0;
    for (let wasCut = true; wasCut; steps++) {
      for (let seed = 1; seed <= 20; seed++) {
        const end1 = await interrupted(steps + 1, work, end(seed));
        wasCut = end1.wasCut;
        const { fileSystem } = end1;
        const config = await nextStart(fileSystem);
        expect(config.ensemble).toEqual(config.ensemble.version === 0n ? ensembleOf(OLD_SERVERS, 0n) : NEW);
        expect(config.ticks).toEqual({ tickTimeMs: 2000, initLimit: 5, syncLimit: 2 });
        expect(config.clients.address?.port).toBe(config.ensemble.version === 0n ? 2181 : 2185);
        if (!wasCut) expect(config.ensemble.version).toBe(NEW_VERSION);
        seen.add(config.ensemble.version);
        await storeOn(fileSystem).cleanUp();
        expect((await fileSystem.list('/conf')).filter((name) => name.endsWith('.tmp'))).toEqual([]);
        const backup = await textOf(fileSystem, `${FILE}.bak`);
        if (backup !== undefined) expect(backup).toBe(OLD_TEXT);
        await storeOn(fileSystem).write(NEW);
        expect((await nextStart(fileSystem)).ensemble).toEqual(NEW);
      }
    }
    expect(steps).toBeGreaterThan(20);
    expect(seen).toEqual(new Set([0n, NEW_VERSION]));
  });
});

describe('backUp', () => {
  it('copies zoo.cfg as it is, over an older copy', async () => {
    const fileSystem = await disk();
    await write(fileSystem, `${FILE}.bak`, 'older');
    await storeOn(fileSystem).backUp();
    expect(await textOf(fileSystem, `${FILE}.bak`)).toBe(OLD_TEXT);
  });
});

describe('cleanUp', () => {
  it('removes temporary files of its own, and no others', async () => {
    const fileSystem = await disk();
    for (const name of ['zoo.cfg.tmp', 'zoo.cfg.bak.tmp', 'zoo.cfg.dynamic.1.tmp', 'other.tmp', 'zoo.cfg.old.tmp']) {
      await write(fileSystem, `/conf/${name}`, '');
    }
    await storeOn(fileSystem).cleanUp();
    expect(await fileSystem.list('/conf')).toEqual(['other.tmp', 'zoo.cfg', 'zoo.cfg.old.tmp']);
  });
});
