// Writes a snapshot file from its body, in slices.

import type { FileHandle, FileSystem } from '@zebu/interfaces';
import { ADLER32_SEED, adler32 } from '../adler32.ts';
import { removeIfThere } from '../durable-file.ts';
import { DIGEST_BYTES, isMark, MARK_BYTES, seal, snapshotFileHeader } from './snapshot-format.ts';

const WRITE_BYTES = 256 * 1024;
/** Held back until the end is known: the tree's end mark and the digest section, between which a seal goes. */
const HELD_BYTES = MARK_BYTES + DIGEST_BYTES;
/** Synced on the way, so that the last sync is short and the log's flushes do not wait behind it. */
const SYNC_EVERY_BYTES = 8 * 1024 * 1024;

/** Writes and fsyncs the whole file; on failure nothing is left of it. */
export async function writeSnapshotFile(
  fileSystem: FileSystem,
  path: string,
  body: AsyncIterable<Uint8Array>,
): Promise<void> {
  await removeIfThere(fileSystem, path);
  const handle = await fileSystem.open(path, 'create');
  try {
    const output = new SnapshotOutput(handle);
    for await (const chunk of body) await output.add(chunk);
    await output.finish();
    await handle.close();
  } catch (error) {
    await discard(fileSystem, handle, path);
    throw error;
  }
}

class SnapshotOutput {
  readonly #handle: FileHandle;
  readonly #buffer = new Uint8Array(WRITE_BYTES);
  #length = 0;
  #position = 0;
  #checksum = ADLER32_SEED;
  #unsynced = 0;

  constructor(handle: FileHandle) {
    this.#handle = handle;
    this.#put(snapshotFileHeader());
  }

  async add(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.length; ) {
      const count = Math.min(chunk.length - done, this.#buffer.length - this.#length);
      this.#put(chunk.subarray(done, done + count));
      done += count;
      if (this.#length === this.#buffer.length) await this.#write(this.#length - HELD_BYTES);
    }
  }

  async finish(): Promise<void> {
    // What is left fits with its seals, or is written first.
    if (this.#length > HELD_BYTES) await this.#write(this.#length - HELD_BYTES);
    const hasDigest = this.#length === HELD_BYTES && isMark(this.#buffer, 0);
    if (hasDigest) await this.#sealBeforeDigest();
    await this.#write(this.#length);
    this.#put(seal(this.#checksum));
    await this.#write(this.#length);
    await this.#handle.datasync();
  }

  async #sealBeforeDigest(): Promise<void> {
    const digest = this.#buffer.slice(MARK_BYTES, HELD_BYTES);
    await this.#write(MARK_BYTES);
    this.#length = 0;
    this.#put(seal(this.#checksum));
    this.#put(digest);
  }

  #put(bytes: Uint8Array): void {
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Writes the first `count` bytes of the buffer; the rest moves to its front. */
  async #write(count: number): Promise<void> {
    this.#checksum = adler32(this.#buffer, 0, count, this.#checksum);
    await this.#handle.write(this.#buffer.subarray(0, count), this.#position);
    this.#position += count;
    this.#buffer.copyWithin(0, count, this.#length);
    this.#length -= count;
    this.#unsynced += count;
    if (this.#unsynced < SYNC_EVERY_BYTES) return;
    this.#unsynced = 0;
    await this.#handle.datasync();
  }
}

/** What cannot be removed now is removed by the next start. */
async function discard(fileSystem: FileSystem, handle: FileHandle, path: string): Promise<void> {
  await Promise.allSettled([handle.close(), fileSystem.remove(path)]);
}
