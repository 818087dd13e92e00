// What a crash may leave, and what it may not.

import type { FileHandle, Random } from '@zebu/interfaces';
import { beforeEach, describe, expect, it } from 'vitest';
import { type FileSystemOperation, MemoryFileSystem } from '../src/memory.ts';
import { seededRandom } from './random.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const LOSE_ALL: Random = { below: () => 0 };
/** Of each write it keeps everything (1 of 3), of each entry too (1 of 2). */
const KEEP_ALL: Random = { below: () => 1 };

let fileSystem: MemoryFileSystem;
beforeEach(async () => {
  fileSystem = new MemoryFileSystem();
  await fileSystem.makeDirectory('/d');
  await fileSystem.syncDirectory('/');
});

const content = async (path: string): Promise<string> =>
  new TextDecoder().decode(await (await fileSystem.open(path, 'read')).read(0, 100_000));

/** A file of which nothing can be lost. */
async function durable(path: string, text: string): Promise<FileHandle> {
  const handle = await fileSystem.open(path, 'create');
  await handle.write(bytesOf(text), 0);
  await handle.datasync();
  await fileSystem.syncDirectory('/d');
  return handle;
}

/** Every content or listing that crashes may leave, by trying many. */
async function outcomes(arrange: () => Promise<void>, look: () => Promise<string>): Promise<Set<string>> {
  const found = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    fileSystem = new MemoryFileSystem();
    await fileSystem.makeDirectory('/d');
    await fileSystem.syncDirectory('/');
    await arrange();
    fileSystem.crash({ random: seededRandom(seed) });
    found.add(await look());
  }
  return found;
}

describe('a power failure', () => {
  it('takes nothing that was synced', async () => {
    const handle = await durable('/d/f', 'abc');
    await handle.writeDurable(bytesOf('xyz'), 3);
    await handle.truncate(5);
    await handle.datasync();
    fileSystem.crash({ random: LOSE_ALL });
    expect(await content('/d/f')).toBe('abcxy');
  });

  it('may take any subset of the writes behind the last sync', async () => {
    const found = await outcomes(
      async () => {
        const handle = await durable('/d/f', '....');
        await handle.write(bytesOf('A'), 0);
        await handle.write(bytesOf('B'), 1);
        await handle.write(bytesOf('C'), 2);
      },
      () => content('/d/f'),
    );
    expect([...found].sort()).toEqual(['....', '..C.', '.B..', '.BC.', 'A...', 'A.C.', 'AB..', 'ABC.']);
  });

  it('may keep any sectors of one write', async () => {
    const found = await outcomes(
      async () => {
        const handle = await durable('/d/f', '-'.repeat(1536));
        await handle.write(bytesOf('x'.repeat(1536)), 0);
      },
      async () => {
        const left = await content('/d/f');
        return [0, 512, 1024].map((sector) => left.slice(sector, sector + 512).replace(/^(.)\1+$/, '$1')).join('');
      },
    );
    expect([...found].sort()).toEqual(['---', '--x', '-x-', '-xx', 'x--', 'x-x', 'xx-', 'xxx']);
  });

  it('writeDurable saves its own bytes alone', async () => {
    const handle = await durable('/d/f', '....');
    await handle.write(bytesOf('A'), 0);
    await handle.writeDurable(bytesOf('B'), 1);
    fileSystem.crash({ random: LOSE_ALL });
    expect(await content('/d/f')).toBe('.B..');
  });

  it('may take names that were not synced, each for itself', async () => {
    const found = await outcomes(
      async () => {
        await durable('/d/old', '');
        for (const name of ['a', 'b']) await fileSystem.open(`/d/${name}`, 'create');
        await fileSystem.remove('/d/old');
      },
      async () => (await fileSystem.list('/d')).join(' '),
    );
    expect(found).toEqual(new Set(['', 'a', 'b', 'a b', 'old', 'a old', 'b old', 'a b old']));
  });

  it('leaves a rename done or not done, with the content that was synced', async () => {
    const found = await outcomes(
      async () => {
        await durable('/d/to', 'old');
        await durable('/d/from', 'new');
        await fileSystem.rename('/d/from', '/d/to');
      },
      async () => `${(await fileSystem.list('/d')).join(' ')}: ${await content('/d/to')}`,
    );
    expect(found).toEqual(new Set(['from to: old', 'to: new']));
  });

  it('a rename between directories is durable when both are synced', async () => {
    await durable('/d/f', '');
    await fileSystem.makeDirectory('/d/e');
    await fileSystem.syncDirectory('/d');
    await fileSystem.rename('/d/f', '/d/e/f');
    await fileSystem.syncDirectory('/d');
    await fileSystem.syncDirectory('/d/e');
    fileSystem.crash({ random: LOSE_ALL });
    expect([await fileSystem.list('/d'), await fileSystem.list('/d/e')]).toEqual([['e'], ['f']]);
  });

  it('takes a whole directory whose own name was not synced', async () => {
    await fileSystem.makeDirectory('/d/e');
    await fileSystem.open('/d/e/f', 'create');
    await fileSystem.syncDirectory('/d/e');
    fileSystem.crash({ random: LOSE_ALL });
    expect(await fileSystem.list('/d')).toEqual([]);
  });

  it('releases locks', async () => {
    await fileSystem.lock('/d');
    fileSystem.crash({ random: KEEP_ALL });
    await fileSystem.lock('/d');
  });
});

describe('a power failure that is told what to lose', () => {
  beforeEach(async () => {
    const handle = await durable('/d/f', '....');
    await handle.write(bytesOf('A'), 0);
    await (await fileSystem.open('/d/new', 'create')).write(bytesOf('B'), 0);
    await fileSystem.remove('/d/f');
  });

  it('loses all that was not synced', async () => {
    fileSystem.crash({ unsynced: 'lost' });
    expect(fileSystem.namesIn('/d')).toEqual(['f']);
    expect(await content('/d/f')).toBe('....');
  });

  it('keeps it all', async () => {
    fileSystem.crash({ unsynced: 'kept' });
    expect(fileSystem.namesIn('/d')).toEqual(['new']);
    expect(await content('/d/new')).toBe('B');
  });
});

describe('what befalls a disk that nobody uses', () => {
  it('loses a file for good', async () => {
    await durable('/d/f', 'abc');
    await fileSystem.open('/d/g', 'create');
    fileSystem.kill();
    fileSystem.loseFile('/d/f');
    expect(fileSystem.namesIn('/d')).toEqual(['g']);
    fileSystem.crash({ unsynced: 'lost' });
    expect(fileSystem.namesIn('/d')).toEqual([]);
    expect(() => fileSystem.loseFile('/d/f')).toThrow('ENOENT');
  });

  it('flips a bit of what is durable', async () => {
    const handle = await durable('/d/f', 'abc');
    await handle.write(bytesOf('x'), 0);
    fileSystem.kill();
    fileSystem.flipBit('/d/f', 8);
    expect(await content('/d/f')).toBe('xcc');
    fileSystem.crash({ unsynced: 'lost' });
    expect(await content('/d/f')).toBe('acc');
    expect(() => fileSystem.flipBit('/d/f', 24)).toThrow('EINVAL');
  });

  it('is empty once it was replaced, and nobody has a lock on it', async () => {
    await durable('/d/f', 'abc');
    await fileSystem.lock('/d');
    fileSystem.wipe();
    expect(fileSystem.namesIn('/')).toEqual([]);
    expect(fileSystem.namesIn('/d')).toEqual([]);
    fileSystem.crash({ unsynced: 'kept' });
    await fileSystem.makeDirectory('/d');
    await fileSystem.lock('/d');
  });
});

describe('a full disk', () => {
  it('takes no write, of whichever process, until there is room', async () => {
    const handle = await durable('/d/f', 'abc');
    fileSystem.setFull(true);
    for (let count = 0; count < 3; count++)
      await expect(handle.write(bytesOf('x'), 3)).rejects.toMatchObject({ code: 'ENOSPC' });
    fileSystem.kill();
    const reopened = await fileSystem.open('/d/f', 'write');
    await expect(reopened.write(bytesOf('x'), 3)).rejects.toMatchObject({ code: 'ENOSPC' });
    fileSystem.setFull(false);
    await reopened.write(bytesOf('x'), 3);
    expect(await content('/d/f')).toBe('abcx');
  });
});

describe('kill -9', () => {
  it('takes nothing that was written, but makes nothing durable', async () => {
    const handle = await durable('/d/f', 'abc');
    await handle.write(bytesOf('xyz'), 0);
    fileSystem.kill();
    expect(await content('/d/f')).toBe('xyz');
    fileSystem.crash({ random: LOSE_ALL });
    expect(await content('/d/f')).toBe('abc');
  });

  it('may cut short a write that is under way', async () => {
    const found = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      fileSystem = new MemoryFileSystem();
      const handle = await fileSystem.open('/f', 'create');
      void handle.write(bytesOf('abc'), 0);
      fileSystem.kill({ random: seededRandom(seed) });
      found.add(await content('/f'));
    }
    expect([...found].sort()).toEqual(['', 'a', 'ab', 'abc']);
  });
});

describe('a dead process', () => {
  it('has no effect and gets no answers, through its mount and its handles', async () => {
    const mount = fileSystem.mount();
    const handle = await mount.open('/d/f', 'create');
    fileSystem.kill();
    const answers: string[] = [];
    const told = (): void => void answers.push('told');
    mount.remove('/d/f').then(told, told);
    handle.write(bytesOf('late'), 0).then(told, told);
    mount.open('/d/g', 'create').then(told, told);
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect([answers, await fileSystem.list('/d'), await content('/d/f')]).toEqual([[], ['f'], '']);
  });

  it('what it had under way never completes', async () => {
    let answered = false;
    void fileSystem.exists('/d').then(() => {
      answered = true;
    });
    fileSystem.crash({ random: KEEP_ALL });
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
    expect(answered).toBe(false);
  });
});

describe('faults', () => {
  it('strike the next matching operation, then are spent', async () => {
    fileSystem.failNext({ type: 'open', code: 'EIO', pathContains: 'b' });
    await fileSystem.open('/d/a', 'create');
    await expect(fileSystem.open('/d/b', 'create')).rejects.toMatchObject({ code: 'EIO' });
    await fileSystem.open('/d/b', 'create');
  });

  it('can pass some and strike several', async () => {
    fileSystem.failNext({ type: 'exists', code: 'EIO', after: 1, times: 2 });
    const outcome = (): Promise<string> => fileSystem.exists('/d').then(String, () => 'failed');
    expect([await outcome(), await outcome(), await outcome(), await outcome()]).toEqual([
      'true',
      'failed',
      'failed',
      'true',
    ]);
  });

  it('a failing write may have written a part', async () => {
    const handle = await fileSystem.open('/d/f', 'create');
    fileSystem.failNext({ type: 'write', code: 'ENOSPC', writtenBytes: 2 });
    await expect(handle.write(bytesOf('abcd'), 0)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await content('/d/f')).toBe('ab');
  });

  it('what a failed sync left behind no later sync makes durable, unless it is written again', async () => {
    const handle = await durable('/d/f', '....');
    await handle.write(bytesOf('A'), 0);
    await handle.write(bytesOf('B'), 1);
    fileSystem.failNext({ type: 'datasync', code: 'EIO' });
    await expect(handle.datasync()).rejects.toMatchObject({ code: 'EIO' });
    await handle.write(bytesOf('B'), 1);
    await handle.datasync();
    expect(await content('/d/f')).toBe('AB..');
    fileSystem.crash({ random: LOSE_ALL });
    expect(await content('/d/f')).toBe('.B..');
  });
});

it('operations complete when the schedule says so, and syncs are durable only then', async () => {
  const waiting: (() => void)[] = [];
  const seen: FileSystemOperation[] = [];
  let free = true;
  const scheduled = new MemoryFileSystem({
    schedule: (operation) => {
      seen.push(operation);
      return free ? Promise.resolve() : new Promise((resolve) => void waiting.push(resolve));
    },
  });
  const handle = await scheduled.open('/f', 'create');
  await scheduled.syncDirectory('/');
  await handle.write(bytesOf('abc'), 0);
  free = false;
  const sync = handle.datasync();
  scheduled.crash({ random: LOSE_ALL });
  waiting.pop()?.();
  free = true;
  expect(await (await scheduled.open('/f', 'read')).size()).toBe(0);
  expect(seen.map(({ type }) => type)).toEqual(['open', 'syncDirectory', 'write', 'datasync', 'open', 'size']);
  void sync;
});
