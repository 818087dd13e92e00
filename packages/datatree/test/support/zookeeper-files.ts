// Reads the files that a real ZooKeeper wrote (and gzip packed), just enough for these tests: txnlog owns the formats.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { Zxid } from '@zebu/protocol';

const FILE_HEADER_BYTES = 16;
/** A checksum as a long, and "/" as a string. */
const SEAL_BYTES = 13;
const DIGEST_BYTES = 20;
const RECORD_END_BYTES = 1;

export interface SnapshotFile {
  readonly name: string;
  readonly zxid: Zxid;
  /** Of the digest section: ahead of `zxid` when txns were applied while the snapshot was written. */
  readonly digestZxid: Zxid;
  readonly body: Uint8Array;
}

const zxidOf = (name: string): Zxid => BigInt(`0x${name.split('.')[1]}`) as Zxid;

function filesOf(directory: string, prefix: string): string[] {
  const names = readdirSync(directory).filter((name) => name.startsWith(prefix));
  return names.sort((a, b) => Number(zxidOf(a) - zxidOf(b)));
}

/** Header and seals taken away, which leaves what SerializeUtils and DataTree wrote. */
export function readSnapshotFiles(directory: string): SnapshotFile[] {
  return filesOf(directory, 'snapshot.').map((name) => {
    const file = gunzipSync(readFileSync(join(directory, name)));
    const digestEnd = file.length - SEAL_BYTES;
    const treeEnd = digestEnd - DIGEST_BYTES - SEAL_BYTES;
    const body = Buffer.concat([
      file.subarray(FILE_HEADER_BYTES, treeEnd),
      file.subarray(digestEnd - DIGEST_BYTES, digestEnd),
    ]);
    return {
      name: name.replace('.gz', ''),
      zxid: zxidOf(name),
      digestZxid: file.readBigInt64BE(digestEnd - DIGEST_BYTES) as Zxid,
      body: new Uint8Array(body),
    };
  });
}

/** All txns of all log files, in order. */
export function readLogFiles(directory: string): Uint8Array[] {
  return filesOf(directory, 'log.').flatMap((name) => readLogFile(join(directory, name)));
}

function readLogFile(path: string): Uint8Array[] {
  const file = gunzipSync(readFileSync(path));
  const txns: Uint8Array[] = [];
  let at = FILE_HEADER_BYTES;
  while (at + 12 <= file.length) {
    const length = file.readInt32BE(at + 8);
    if (length === 0) break;
    txns.push(new Uint8Array(file.subarray(at + 12, at + 12 + length)));
    at += 12 + length + RECORD_END_BYTES;
  }
  return txns;
}
