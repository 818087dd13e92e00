// The FileSystem port on the machine's own file system.

import { access, mkdir, readdir, rename, unlink } from 'node:fs/promises';
import type { FileHandle, FileLock, FileSystem } from '@zebu/interfaces';
import { lockDirectory } from './directory-lock.ts';
import { closeDescriptor, NodeFileHandle, openDescriptor, syncDescriptor } from './node-file-handle.ts';

const FLAGS = { read: 'r', write: 'r+', create: 'wx+' } as const;

class NodeFileSystem implements FileSystem {
  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<FileHandle> {
    return new NodeFileHandle(path, await openDescriptor(path, FLAGS[mode]));
  }

  async list(directory: string): Promise<string[]> {
    return (await readdir(directory)).sort();
  }

  async exists(path: string): Promise<boolean> {
    try {
      await access(path);
      return true;
    } catch (error) {
      if (isAbsence(error)) return false;
      throw error;
    }
  }

  makeDirectory(path: string): Promise<void> {
    return mkdir(path);
  }

  rename(from: string, to: string): Promise<void> {
    return rename(from, to);
  }

  remove(path: string): Promise<void> {
    return unlink(path);
  }

  async syncDirectory(directory: string): Promise<void> {
    // Windows cannot open a directory; NTFS journals its entries.
    if (process.platform === 'win32') return;
    const descriptor = await openDescriptor(directory, 'r');
    try {
      await syncDescriptor(descriptor);
    } finally {
      await closeDescriptor(descriptor);
    }
  }

  lock(path: string): Promise<FileLock> {
    return lockDirectory(path);
  }
}

/** Part of the path being a file means that nothing is there either. */
const isAbsence = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');

export const nodeFileSystem = (): FileSystem => new NodeFileSystem();
