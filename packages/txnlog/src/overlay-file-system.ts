// A file system over another one, of which nothing is ever changed: what is written, cut, renamed or removed is so only here, in memory. What is
// done on it says exactly what would be done below.

import type { FileHandle, FileSystem } from '@zebu/interfaces';
import { join, parentOf, trimSlashes } from './paths.ts';

interface Patch {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** A file as it is here: what is left of the one below, and what was written over it. */
class OverlaidFile {
  readonly #below: { readonly fileSystem: FileSystem; readonly path: string } | undefined;
  /** Of the file below, so much is still to be seen. */
  #visible: number;
  #patches: Patch[] = [];
  size: number;

  constructor(below: { readonly fileSystem: FileSystem; readonly path: string } | undefined, size: number) {
    this.#below = below;
    this.#visible = size;
    this.size = size;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    const end = Math.min(this.size, position + length);
    const bytes = new Uint8Array(Math.max(0, end - position));
    if (position < this.#visible) bytes.set(await this.#readBelow(position, Math.min(end, this.#visible) - position));
    for (const { at, bytes: patch } of this.#patches) {
      const [from, to] = [Math.max(at, position), Math.min(at + patch.length, end)];
      if (from < to) bytes.set(patch.subarray(from - at, to - at), from - position);
    }
    return bytes;
  }

  write(bytes: Uint8Array, at: number): void {
    this.#patches.push({ at, bytes: bytes.slice() });
    this.size = Math.max(this.size, at + bytes.length);
  }

  truncate(size: number): void {
    this.#visible = Math.min(this.#visible, size);
    this.#patches = this.#patches.flatMap(({ at, bytes }) =>
      at < size ? [{ at, bytes: bytes.subarray(0, size - at) }] : [],
    );
    this.size = size;
  }

  async #readBelow(position: number, length: number): Promise<Uint8Array> {
    if (this.#below === undefined) return new Uint8Array(0);
    const handle = await this.#below.fileSystem.open(this.#below.path, 'read');
    try {
      return await handle.read(position, length);
    } finally {
      await handle.close();
    }
  }
}

class OverlaidHandle implements FileHandle {
  readonly #file: OverlaidFile;

  constructor(file: OverlaidFile) {
    this.#file = file;
  }

  read(position: number, length: number): Promise<Uint8Array> {
    return this.#file.read(position, length);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    this.#file.write(bytes, position);
  }

  async writeDurable(bytes: Uint8Array, position: number): Promise<void> {
    this.#file.write(bytes, position);
  }

  async size(): Promise<number> {
    return this.#file.size;
  }

  async truncate(size: number): Promise<void> {
    this.#file.truncate(size);
  }

  async datasync(): Promise<void> {}

  async close(): Promise<void> {}
}

export const overlayFileSystem = (below: FileSystem): FileSystem => new OverlayFileSystem(below);

class OverlayFileSystem implements FileSystem {
  readonly #below: FileSystem;
  /** What is another than below; undefined: gone. */
  readonly #files = new Map<string, OverlaidFile | undefined>();
  readonly #directories = new Set<string>();

  constructor(below: FileSystem) {
    this.#below = below;
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<FileHandle> {
    if (mode !== 'create') return new OverlaidHandle(await this.#file(path));
    if (await this.exists(path)) throw systemError('EEXIST', path);
    const file = new OverlaidFile(undefined, 0);
    this.#files.set(path, file);
    return new OverlaidHandle(file);
  }

  async list(directory: string): Promise<string[]> {
    const path = trimSlashes(directory);
    const below = this.#directories.has(path) ? [] : await this.#below.list(path);
    const names = new Set(below.filter((name) => !this.#isGone(join(path, name))));
    for (const [file, state] of this.#files)
      if (state !== undefined && parentOf(file) === path) names.add(file.slice(path.length + 1));
    for (const made of this.#directories) if (parentOf(made) === path) names.add(made.slice(path.length + 1));
    return [...names].sort();
  }

  async exists(path: string): Promise<boolean> {
    if (this.#files.has(path)) return this.#files.get(path) !== undefined;
    return this.#directories.has(trimSlashes(path)) || this.#below.exists(path);
  }

  async makeDirectory(path: string): Promise<void> {
    if (await this.exists(path)) throw systemError('EEXIST', path);
    if (!(await this.exists(parentOf(path)))) throw systemError('ENOENT', path);
    this.#directories.add(trimSlashes(path));
  }

  async rename(from: string, to: string): Promise<void> {
    const file = await this.#file(from);
    this.#files.set(from, undefined);
    this.#files.set(to, file);
  }

  async remove(path: string): Promise<void> {
    if (!(await this.exists(path))) throw systemError('ENOENT', path);
    this.#files.set(path, undefined);
  }

  async syncDirectory(path: string): Promise<void> {
    if (!(await this.exists(path))) throw systemError('ENOENT', path);
  }

  /** The kernel's, which leaves nothing on the disk: who is looked at must not be alive. */
  async lock(path: string): ReturnType<FileSystem['lock']> {
    return this.#directories.has(trimSlashes(path)) ? { release: async () => undefined } : this.#below.lock(path);
  }

  #isGone(path: string): boolean {
    return this.#files.has(path) && this.#files.get(path) === undefined;
  }

  async #file(path: string): Promise<OverlaidFile> {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    if (this.#files.has(path)) throw systemError('ENOENT', path);
    const handle = await this.#below.open(path, 'read');
    const file = new OverlaidFile({ fileSystem: this.#below, path }, await handle.size());
    await handle.close();
    this.#files.set(path, file);
    return file;
  }
}

const systemError = (code: string, path: string): Error => Object.assign(new Error(`${code}: ${path}`), { code });
