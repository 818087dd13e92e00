// One open file. Callback functions on a descriptor, since node:fs/promises adds an object and a turn of the loop to each call.

import { close, constants, fdatasync, fstat, fsync, ftruncate, open, read, write } from 'node:fs';
import type { FileHandle } from '@zebu/interfaces';

export function openDescriptor(path: string, flags: string | number): Promise<number> {
  return new Promise((resolve, reject) => {
    open(path, flags, 0o644, (error, descriptor) => (error === null ? resolve(descriptor) : reject(error)));
  });
}

export const syncDescriptor = (descriptor: number): Promise<void> => settled((done) => fsync(descriptor, done));
export const closeDescriptor = (descriptor: number): Promise<void> => settled((done) => close(descriptor, done));

export class NodeFileHandle implements FileHandle {
  readonly #path: string;
  readonly #descriptor: number;
  /** A second descriptor with O_DSYNC: pwrite and fdatasync in one trip through the thread pool, for the written range alone. */
  #durableDescriptor: number | undefined;

  constructor(path: string, descriptor: number) {
    this.#path = path;
    this.#descriptor = descriptor;
  }

  async read(position: number, length: number): Promise<Uint8Array> {
    // Not a Buffer: its slice() would not copy.
    const bytes = new Uint8Array(length);
    let done = 0;
    while (done < length) {
      const count = await readSome(this.#descriptor, bytes, done, position + done);
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return writeAll(this.#descriptor, bytes, position);
  }

  async writeDurable(bytes: Uint8Array, position: number): Promise<void> {
    if (constants.O_DSYNC === undefined) {
      await this.write(bytes, position);
      return this.datasync();
    }
    this.#durableDescriptor ??= await openDescriptor(this.#path, constants.O_WRONLY | constants.O_DSYNC);
    return writeAll(this.#durableDescriptor, bytes, position);
  }

  size(): Promise<number> {
    return new Promise((resolve, reject) => {
      fstat(this.#descriptor, (error, stats) => (error === null ? resolve(stats.size) : reject(error)));
    });
  }

  truncate(size: number): Promise<void> {
    return settled((done) => ftruncate(this.#descriptor, size, done));
  }

  datasync(): Promise<void> {
    return settled((done) => fdatasync(this.#descriptor, done));
  }

  async close(): Promise<void> {
    await closeDescriptor(this.#descriptor);
    if (this.#durableDescriptor !== undefined) await closeDescriptor(this.#durableDescriptor);
  }
}

function settled(start: (done: (error: Error | null | undefined) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    start((error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}

function readSome(descriptor: number, bytes: Uint8Array, offset: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(descriptor, bytes, offset, bytes.length - offset, position, (error, count) =>
      error === null ? resolve(count) : reject(error),
    );
  });
}

function writeAll(descriptor: number, bytes: Uint8Array, position: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const writeFrom = (done: number): void => {
      write(descriptor, bytes, done, bytes.length - done, position + done, (error, count) => {
        if (error !== null) reject(error);
        else if (done + count < bytes.length) writeFrom(done + count);
        else resolve();
      });
    };
    writeFrom(0);
  });
}
