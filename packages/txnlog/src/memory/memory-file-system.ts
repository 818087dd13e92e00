// The FileSystem port in memory. Production code runs on it unchanged; what was not synced is lost, in part or whole, by `crash`.

import { DirectoryInUseError, type FileHandle, type FileLock, type FileSystem, type Random } from '@zebu/interfaces';
import {
  type ArmedFault,
  arm,
  type Fault,
  type FileSystemOperation,
  type FileSystemOperationType,
  strike,
  systemError,
} from './fault.ts';
import { DirectoryJournal, MemoryDirectory, type MemoryNode } from './memory-directory.ts';
import { type FileChange, MemoryFile } from './memory-file.ts';

export interface MemoryFileSystemOptions {
  /**
   * Decides when an operation completes; a simulation resolves it when its clock says so. Default: a microtask. What a write, rename or
   * removal does is seen by readers at once; what a sync makes durable is durable only when it completes.
   */
  readonly schedule?: (operation: FileSystemOperation) => Promise<void>;
}

interface UnfinishedWrite {
  readonly file: MemoryFile;
  readonly change: FileChange;
}

export class MemoryFileSystem implements FileSystem {
  readonly #root = new MemoryDirectory();
  readonly #journal = new DirectoryJournal();
  readonly #faults: ArmedFault[] = [];
  readonly #locks = new Set<MemoryDirectory>();
  readonly #unfinishedWrites = new Set<UnfinishedWrite>();
  readonly #schedule: (operation: FileSystemOperation) => Promise<void>;
  /** Counts crashes: what an earlier process started never completes, so that dead code does not run on. */
  #incarnation = 0;
  #full = false;

  constructor(options: MemoryFileSystemOptions = {}) {
    this.#schedule = options.schedule ?? (() => Promise.resolve());
  }

  /**
   * Power failure. Keeps what was synced, and of the rest a random part (writes whole, by sectors or not at all, and directory entries),
   * nothing, or everything.
   */
  crash(options: { readonly random: Random } | { readonly unsynced: 'lost' | 'kept' }): void {
    this.#endProcess();
    const fate = 'random' in options ? options.random : options.unsynced === 'lost' ? LOSES_ALL : KEEPS_ALL;
    this.#journal.crash(fate);
    crashNode(this.#root, fate);
  }

  /** The process dies (kill -9) and the machine goes on: what was written stays, durable or not; a write under way is cut short. */
  kill(options?: { readonly random: Random }): void {
    if (options !== undefined) {
      for (const write of this.#unfinishedWrites) write.file.cutShort(write.change, options.random);
    }
    this.#endProcess();
  }

  /**
   * The file system as one process sees it: after `crash` or `kill` nothing that goes through it has an effect or completes, so that dead code
   * cannot touch what its successor writes.
   */
  mount(): FileSystem {
    const incarnation = this.#incarnation;
    const alive = <T>(operation: () => Promise<T>): Promise<T> =>
      incarnation === this.#incarnation ? operation() : neverCompletes();
    return {
      open: (path, mode) => alive(() => this.open(path, mode)),
      list: (directory) => alive(() => this.list(directory)),
      exists: (path) => alive(() => this.exists(path)),
      makeDirectory: (path) => alive(() => this.makeDirectory(path)),
      rename: (from, to) => alive(() => this.rename(from, to)),
      remove: (path) => alive(() => this.remove(path)),
      syncDirectory: (directory) => alive(() => this.syncDirectory(directory)),
      lock: (path) => alive(() => this.lock(path)),
    };
  }

  /** Arms a fault for the next matching operation. A failed datasync leaves pages that no later one writes, as Linux does. */
  failNext(fault: Fault): void {
    this.#faults.push(arm(fault));
  }

  /** From now on, also for later processes: every write fails with ENOSPC while the disk is full. */
  setFull(full: boolean): void {
    this.#full = full;
  }

  // What befalls a disk while no process uses it: at once, and durable.

  /** Names in a directory, sorted; none when it is not there. */
  namesIn(directory: string): string[] {
    const node = this.#find(directory);
    return node?.kind === 'directory' ? [...node.entries.keys()].sort() : [];
  }

  loseFile(path: string): void {
    const operation: FileSystemOperation = { type: 'remove', path };
    this.#file(operation);
    this.#journal.lose(this.#place(operation));
  }

  /** Throws ENOENT, or EINVAL beyond the file's end. */
  flipBit(path: string, bit: number): void {
    const operation: FileSystemOperation = { type: 'write', path };
    if (!this.#file(operation).flipBit(bit)) throw systemError('EINVAL', operation);
  }

  /** A new disk in place of this one. */
  wipe(): void {
    this.#endProcess();
    this.#journal.clear();
    this.#root.entries.clear();
    this.#root.base.clear();
  }

  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<FileHandle> {
    const operation: FileSystemOperation = { type: 'open', path };
    const file = await this.#perform(operation, () =>
      mode === 'create' ? this.#create(operation) : this.#file(operation),
    );
    return this.#handle(file, path);
  }

  list(directory: string): Promise<string[]> {
    const operation: FileSystemOperation = { type: 'list', path: directory };
    return this.#perform(operation, () => undefined).then(() => [...this.#directory(operation).entries.keys()].sort());
  }

  exists(path: string): Promise<boolean> {
    return this.#perform({ type: 'exists', path }, () => this.#find(path) !== undefined);
  }

  makeDirectory(path: string): Promise<void> {
    const operation: FileSystemOperation = { type: 'makeDirectory', path };
    return this.#perform(operation, () => {
      const place = this.#place(operation);
      if (place.directory.entries.has(place.name)) throw systemError('EEXIST', operation);
      this.#journal.link(place, new MemoryDirectory());
    });
  }

  rename(from: string, to: string): Promise<void> {
    const operation: FileSystemOperation = { type: 'rename', path: from };
    return this.#perform(operation, () => {
      const node = this.#find(from);
      if (node === undefined) throw systemError('ENOENT', operation);
      this.#journal.rename(this.#place(operation), this.#place({ ...operation, path: to }), node);
    });
  }

  remove(path: string): Promise<void> {
    const operation: FileSystemOperation = { type: 'remove', path };
    return this.#perform(operation, () => {
      this.#file(operation);
      this.#journal.unlink(this.#place(operation));
    });
  }

  async syncDirectory(path: string): Promise<void> {
    const operation: FileSystemOperation = { type: 'syncDirectory', path };
    const { directory, changes } = await this.#perform(operation, () => {
      const found = this.#directory(operation);
      return { directory: found, changes: this.#journal.pendingChanges(found) };
    });
    this.#journal.synced(directory, changes);
  }

  lock(path: string): Promise<FileLock> {
    const operation: FileSystemOperation = { type: 'lock', path };
    return this.#perform(operation, () => {
      const directory = this.#directory(operation);
      if (this.#locks.has(directory)) throw new DirectoryInUseError(path);
      this.#locks.add(directory);
      const incarnation = this.#incarnation;
      return {
        release: () => {
          if (incarnation === this.#incarnation) this.#locks.delete(directory);
          return Promise.resolve();
        },
      };
    });
  }

  #handle(file: MemoryFile, path: string): FileHandle {
    const incarnation = this.#incarnation;
    const alive = <T>(operation: () => Promise<T>): Promise<T> =>
      incarnation === this.#incarnation ? operation() : neverCompletes();
    const perform = <T>(type: FileSystemOperationType, effect: () => T, bytes?: number): Promise<T> =>
      alive(() => this.#perform(bytes === undefined ? { type, path } : { type, path, bytes }, effect));
    const write = (bytes: Uint8Array, position: number, durably: boolean): Promise<void> =>
      alive(() => this.#write(file, { path, bytes, position, durably }));
    return {
      read: (position, length) => perform('read', () => undefined, length).then(() => file.read(position, length)),
      write: (bytes, position) => write(bytes, position, false),
      writeDurable: (bytes, position) => write(bytes, position, true),
      size: () => perform('size', () => file.size),
      truncate: (size) => perform('truncate', () => void file.truncate(size)),
      datasync: () => alive(() => this.#sync(file, path, file.pendingChanges())),
      close: () => perform('close', () => undefined),
    };
  }

  async #write(
    file: MemoryFile,
    target: { readonly path: string; readonly bytes: Uint8Array; readonly position: number; readonly durably: boolean },
  ): Promise<void> {
    const { path, bytes, position, durably } = target;
    const operation: FileSystemOperation = { type: 'write', path, bytes: bytes.length };
    const fault = this.#full ? FULL : strike(this.#faults, operation);
    const written = fault === undefined ? bytes : bytes.subarray(0, fault.writtenBytes ?? 0);
    const unfinished = { file, change: file.write(written, position) };
    this.#unfinishedWrites.add(unfinished);
    await this.#complete(operation);
    this.#unfinishedWrites.delete(unfinished);
    if (fault !== undefined) throw systemError(fault.code, operation);
    if (durably) await this.#sync(file, path, [unfinished.change]);
  }

  async #sync(file: MemoryFile, path: string, changes: readonly FileChange[]): Promise<void> {
    const operation: FileSystemOperation = { type: 'datasync', path };
    const fault = strike(this.#faults, operation);
    await this.#complete(operation);
    if (fault === undefined) {
      file.makeDurable(changes);
      return;
    }
    file.failSync(changes);
    throw systemError(fault.code, operation);
  }

  /** The effect happens now, its completion is told when the schedule says so; of a dead process never. */
  async #perform<T>(operation: FileSystemOperation, effect: () => T): Promise<T> {
    const fault = strike(this.#faults, operation);
    const outcome = fault === undefined ? attempt(effect) : { error: systemError(fault.code, operation) };
    await this.#complete(operation);
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  async #complete(operation: FileSystemOperation): Promise<void> {
    const incarnation = this.#incarnation;
    await this.#schedule(operation);
    if (incarnation !== this.#incarnation) await neverCompletes();
  }

  #endProcess(): void {
    this.#incarnation++;
    this.#locks.clear();
    this.#unfinishedWrites.clear();
    // They were armed for the process that is gone.
    this.#faults.length = 0;
  }

  #create(operation: FileSystemOperation): MemoryFile {
    const place = this.#place(operation);
    if (place.directory.entries.has(place.name)) throw systemError('EEXIST', operation);
    const file = new MemoryFile();
    this.#journal.link(place, file);
    return file;
  }

  #file(operation: FileSystemOperation): MemoryFile {
    const node = this.#find(operation.path);
    if (node === undefined) throw systemError('ENOENT', operation);
    if (node.kind === 'directory') throw systemError('EISDIR', operation);
    return node;
  }

  #directory(operation: FileSystemOperation): MemoryDirectory {
    const node = this.#find(operation.path);
    if (node === undefined) throw systemError('ENOENT', operation);
    if (node.kind === 'file') throw systemError('ENOTDIR', operation);
    return node;
  }

  #place(operation: FileSystemOperation): { directory: MemoryDirectory; name: string } {
    const parts = partsOf(operation.path);
    const name = parts.pop();
    if (name === undefined) throw systemError('EEXIST', operation);
    return { directory: this.#directory({ ...operation, path: parts.join('/') }), name };
  }

  #find(path: string): MemoryNode | undefined {
    let node: MemoryNode | undefined = this.#root;
    for (const part of partsOf(path)) node = node?.kind === 'directory' ? node.entries.get(part) : undefined;
    return node;
  }
}

const FULL: Fault = { type: 'write', code: 'ENOSPC' };
/** Of a directory entry two things can become, of a write three: 0 loses either, and 1 keeps it whole. */
const LOSES_ALL: Random = { below: () => 0 };
const KEEPS_ALL: Random = { below: () => 1 };

const neverCompletes = (): Promise<never> => new Promise(() => {});

const partsOf = (path: string): string[] => path.split('/').filter((part) => part !== '' && part !== '.');

function attempt<T>(effect: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: effect() };
  } catch (error) {
    return { error };
  }
}

function crashNode(node: MemoryNode, random: Random): void {
  if (node.kind === 'file') {
    node.crash(random);
    return;
  }
  node.entries = new Map(node.base);
  for (const name of [...node.entries.keys()].sort()) crashNode(node.entries.get(name) as MemoryNode, random);
}
