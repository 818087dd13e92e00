// Writes files into a version-2 directory as ZooKeeper would have left them.

import type { Epoch, TxnBytes, Zxid } from '@zebu/protocol';
import { adler32 } from '../src/adler32.ts';
import { logFileHeader, putRecord, recordBytes } from '../src/log/record-format.ts';
import { MemoryFileSystem } from '../src/memory.ts';
import { bodyOf } from './support.ts';

export const DIRECTORY = '/data/version-2';

export class Directory {
  readonly fileSystem = new MemoryFileSystem();

  async prepare(): Promise<this> {
    await this.fileSystem.makeDirectory('/data');
    await this.fileSystem.makeDirectory(DIRECTORY);
    return this;
  }

  async file(name: string, bytes: Uint8Array): Promise<this> {
    const handle = await this.fileSystem.open(`${DIRECTORY}/${name}`, 'create');
    await handle.write(bytes, 0);
    return this;
  }

  /** ZooKeeper leaves the link (dbid) 0. */
  log(
    first: Zxid,
    txns: readonly TxnBytes[],
    options: { link?: Zxid; tail?: Uint8Array<ArrayBuffer> } = {},
  ): Promise<this> {
    const { link = 0n as Zxid, tail = new Uint8Array(4096) } = options;
    return this.file(`log.${first.toString(16)}`, logFileBytes(txns, link, tail));
  }

  snapshot(at: Zxid): Promise<this> {
    return this.file(`snapshot.${at.toString(16)}`, snapshotFileBytes(bodyOf(at)));
  }

  async epochs(accepted: Epoch | number, current: Epoch | number): Promise<this> {
    await this.file('acceptedEpoch', new TextEncoder().encode(String(accepted)));
    return this.file('currentEpoch', new TextEncoder().encode(String(current)));
  }
}

export const directory = (): Promise<Directory> => new Directory().prepare();

export function logFileBytes(
  txns: readonly TxnBytes[],
  link = 0n as Zxid,
  tail: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const header = logFileHeader(link);
  const bytes = new Uint8Array(txns.reduce((sum, txn) => sum + recordBytes(txn), header.length) + tail.length);
  bytes.set(header);
  let at = header.length;
  for (const txn of txns) at = putRecord(bytes, at, txn);
  bytes.set(tail, at);
  return bytes;
}

export interface SnapshotSections {
  /** ZooKeeper with digests switched off writes none. */
  readonly digest?: boolean;
  /** ZooKeeper 3.9. */
  readonly lastZxid?: boolean;
}

/** A file whose body is `body`, which ends with a digest section. */
export function snapshotFileBytes(body: Uint8Array, sections: SnapshotSections = {}): Uint8Array {
  const { digest = true, lastZxid = false } = sections;
  const file: number[] = [0x5a, 0x4b, 0x53, 0x4e, 0, 0, 0, 2, ...new Uint8Array(8).fill(0xff)];
  const seal = (): void => {
    const bytes = Uint8Array.from(file);
    const checksum = adler32(bytes, 0, bytes.length);
    const tail = new DataView(new ArrayBuffer(8));
    tail.setBigUint64(0, BigInt(checksum));
    file.push(...new Uint8Array(tail.buffer), 0, 0, 0, 1, 0x2f);
  };
  file.push(...body.subarray(0, body.length - 20));
  seal();
  if (digest) {
    file.push(...body.subarray(body.length - 20));
    seal();
  }
  if (lastZxid) {
    file.push(0, 0, 0, 1, 0, 0, 0, 9);
    seal();
  }
  return Uint8Array.from(file);
}
