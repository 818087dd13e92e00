// The part of a file system that txnlog stands on. Production and `@zebu/txnlog/memory` implement it; the fake loses any subset of unflushed
// writes and unflushed directory entries when it crashes.

export interface FileHandle {
  /** Reads up to `length` bytes at `position`; fewer only at the end of the file. */
  read(position: number, length: number): Promise<Uint8Array>;
  /** Writes all of `bytes` at `position`. `bytes` must not change until it resolves. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** `write`, and these bytes (with the size when it changed) are durable when it resolves. In one step where the system can. */
  writeDurable(bytes: Uint8Array, position: number): Promise<void>;
  size(): Promise<number>;
  /** Cuts the file, or extends it with zeros. */
  truncate(size: number): Promise<void>;
  /** Data, and the size when it changed, are durable when it resolves. */
  datasync(): Promise<void>;
  close(): Promise<void>;
}

export interface FileLock {
  release(): Promise<void>;
}

/** Errors carry Node's codes (`ENOENT`, `ENOSPC`, `EIO`, ...) as `code`. Paths use '/'. */
export interface FileSystem {
  /** 'read' an existing file, 'write' an existing one for reading and writing, 'create' a new one (fails with EEXIST). */
  open(path: string, mode: 'read' | 'write' | 'create'): Promise<FileHandle>;
  /** Names in a directory, sorted; rejects with ENOENT when it does not exist. */
  list(directory: string): Promise<string[]>;
  exists(path: string): Promise<boolean>;
  /** One directory in an existing one; rejects with EEXIST or ENOENT. */
  makeDirectory(path: string): Promise<void>;
  /** Atomic; replaces a file at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file; what is open stays readable. */
  remove(path: string): Promise<void>;
  /** Entries created, renamed or removed in the directory before are durable when it resolves. */
  syncDirectory(directory: string): Promise<void>;
  /**
   * Locks an existing directory, by its identity and not by its name: exclusive among live processes and within one, released by the kernel
   * (or the crash) when the holder dies. Rejects with DirectoryInUseError.
   */
  lock(path: string): Promise<FileLock>;
}
