// What every FileSystem must do, sentence by sentence of its port. What a crash leaves is tested with the fake that can crash.

import { DirectoryInUseError, type FileHandle, type FileSystem } from '@zebu/interfaces';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

export interface FileSystemFixture {
  readonly fileSystem: FileSystem;
  /** An empty directory. */
  readonly root: string;
  teardown(): Promise<void>;
}

export function fileSystemCompliance(name: string, setup: () => Promise<FileSystemFixture>): void {
  describe(`FileSystem: ${name}`, () => {
    let fixture: FileSystemFixture;
    let fileSystem: FileSystem;
    beforeEach(async () => {
      fixture = await setup();
      fileSystem = fixture.fileSystem;
    });
    afterEach(() => fixture.teardown());

    const path = (below: string): string => `${fixture.root}/${below}`;
    const create = async (below: string, content = ''): Promise<FileHandle> => {
      const handle = await fileSystem.open(path(below), 'create');
      if (content !== '') await handle.write(bytesOf(content), 0);
      return handle;
    };
    const content = async (below: string): Promise<string> => {
      const handle = await fileSystem.open(path(below), 'read');
      const bytes = await handle.read(0, 1000);
      await handle.close();
      return textOf(bytes);
    };

    describe('open', () => {
      it("'create' makes a new, empty file", async () => {
        const handle = await create('new');
        expect(await handle.size()).toBe(0);
        await handle.close();
        expect(await fileSystem.exists(path('new'))).toBe(true);
      });

      it("'create' fails with EEXIST when there is one", async () => {
        await (await create('there', 'kept')).close();
        await expect(fileSystem.open(path('there'), 'create')).rejects.toMatchObject({ code: 'EEXIST' });
        expect(await content('there')).toBe('kept');
      });

      it.each(['read', 'write'] as const)("'%s' fails with ENOENT when there is none", async (mode) => {
        await expect(fileSystem.open(path('absent'), mode)).rejects.toMatchObject({ code: 'ENOENT' });
        await expect(fileSystem.open(path('no/where'), mode)).rejects.toMatchObject({ code: 'ENOENT' });
      });

      it("'write' keeps what the file holds, and reads and writes it", async () => {
        await (await create('there', 'abcdef')).close();
        const handle = await fileSystem.open(path('there'), 'write');
        await handle.write(bytesOf('XY'), 2);
        expect(textOf(await handle.read(0, 100))).toBe('abXYef');
        await handle.close();
      });
    });

    describe('a file', () => {
      it('reads up to the length that was asked for, fewer bytes only at its end', async () => {
        const handle = await create('file', 'abcdef');
        expect(textOf(await handle.read(1, 3))).toBe('bcd');
        expect(textOf(await handle.read(4, 10))).toBe('ef');
        expect(await handle.read(6, 1)).toHaveLength(0);
        expect(await handle.read(60, 1)).toHaveLength(0);
        await handle.close();
      });

      it('hands out bytes of its own: later writes do not change them', async () => {
        const handle = await create('file', 'abc');
        const bytes = await handle.read(0, 3);
        await handle.write(bytesOf('xyz'), 0);
        expect(textOf(bytes)).toBe('abc');
        expect(textOf(bytes.slice(0, 2).fill(0))).toBe('\0\0');
        expect(textOf(bytes)).toBe('abc');
        await handle.close();
      });

      it('writes at any position; what was skipped reads as zeros', async () => {
        const handle = await create('file');
        await handle.write(bytesOf('end'), 5000);
        expect(await handle.size()).toBe(5003);
        expect((await handle.read(0, 5000)).every((byte) => byte === 0)).toBe(true);
        expect(textOf(await handle.read(5000, 10))).toBe('end');
        await handle.close();
      });

      it('writes durably, also behind its end', async () => {
        const handle = await create('file', 'abc');
        await handle.writeDurable(bytesOf('CDE'), 2);
        await handle.writeDurable(bytesOf('F'), 5);
        expect(textOf(await handle.read(0, 100))).toBe('abCDEF');
        await handle.close();
        expect(await content('file')).toBe('abCDEF');
      });

      it('truncate cuts it, and extends it with zeros', async () => {
        const handle = await create('file', 'abcdef');
        await handle.truncate(2);
        expect(textOf(await handle.read(0, 100))).toBe('ab');
        await handle.truncate(4);
        expect(textOf(await handle.read(0, 100))).toBe('ab\0\0');
        await handle.datasync();
        await handle.close();
      });

      it('holds large writes whole', async () => {
        const large = new Uint8Array(3_000_000).map((_, index) => index * 31);
        const handle = await create('file');
        await handle.write(large, 7);
        await handle.datasync();
        expect(Buffer.compare(await handle.read(7, large.length), large)).toBe(0);
        await handle.close();
      });
    });

    describe('directories', () => {
      it('list names in order', async () => {
        for (const each of ['b', 'a', 'C', '10', '9']) await (await create(each)).close();
        await fileSystem.makeDirectory(path('aa'));
        expect(await fileSystem.list(fixture.root)).toEqual(['10', '9', 'C', 'a', 'aa', 'b']);
      });

      it('reject list with ENOENT when they are not there', async () => {
        await expect(fileSystem.list(path('absent'))).rejects.toMatchObject({ code: 'ENOENT' });
      });

      it('are made one at a time', async () => {
        await expect(fileSystem.makeDirectory(path('a/b'))).rejects.toMatchObject({ code: 'ENOENT' });
        await fileSystem.makeDirectory(path('a'));
        await fileSystem.makeDirectory(path('a/b'));
        expect(await fileSystem.list(path('a'))).toEqual(['b']);
        await expect(fileSystem.makeDirectory(path('a'))).rejects.toMatchObject({ code: 'EEXIST' });
      });

      it('can be synced', async () => {
        await fileSystem.makeDirectory(path('a'));
        await (await create('a/file')).close();
        await fileSystem.syncDirectory(path('a'));
        await fileSystem.syncDirectory(fixture.root);
        await expect(fileSystem.syncDirectory(path('absent'))).rejects.toMatchObject({ code: 'ENOENT' });
      });

      it('say whether something exists, also below a file', async () => {
        await (await create('file')).close();
        expect(await fileSystem.exists(path('file'))).toBe(true);
        expect(await fileSystem.exists(fixture.root)).toBe(true);
        expect(await fileSystem.exists(path('other'))).toBe(false);
        expect(await fileSystem.exists(path('file/below'))).toBe(false);
      });
    });

    describe('rename and remove', () => {
      it('rename moves a file, also into another directory, and replaces what is there', async () => {
        await fileSystem.makeDirectory(path('a'));
        await (await create('from', 'new')).close();
        await (await create('a/to', 'old')).close();
        await fileSystem.rename(path('from'), path('a/to'));
        expect(await fileSystem.exists(path('from'))).toBe(false);
        expect(await content('a/to')).toBe('new');
      });

      it('rename and remove fail with ENOENT when there is nothing', async () => {
        await expect(fileSystem.rename(path('absent'), path('other'))).rejects.toMatchObject({ code: 'ENOENT' });
        await expect(fileSystem.remove(path('absent'))).rejects.toMatchObject({ code: 'ENOENT' });
      });

      it('what is open stays readable when its name is gone', async () => {
        const handle = await create('file', 'abc');
        await fileSystem.remove(path('file'));
        expect(await fileSystem.list(fixture.root)).toEqual([]);
        expect(textOf(await handle.read(0, 3))).toBe('abc');
        await handle.close();
      });
    });

    describe('lock', () => {
      it('is exclusive, also within one process, until it is released', async () => {
        const lock = await fileSystem.lock(fixture.root);
        await expect(fileSystem.lock(fixture.root)).rejects.toBeInstanceOf(DirectoryInUseError);
        await lock.release();
        await lock.release();
        await (await fileSystem.lock(fixture.root)).release();
      });

      it('goes by the directory, not by the spelling of its name', async () => {
        const lock = await fileSystem.lock(fixture.root);
        await expect(fileSystem.lock(`${fixture.root}/.`)).rejects.toBeInstanceOf(DirectoryInUseError);
        await lock.release();
      });

      it('leaves other directories free, and leaves nothing in its own', async () => {
        await fileSystem.makeDirectory(path('a'));
        const locks = [await fileSystem.lock(fixture.root), await fileSystem.lock(path('a'))];
        expect(await fileSystem.list(path('a'))).toEqual([]);
        for (const lock of locks) await lock.release();
      });

      it('rejects with ENOENT when there is no directory', async () => {
        await expect(fileSystem.lock(path('absent'))).rejects.toMatchObject({ code: 'ENOENT' });
      });
    });
  });
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
