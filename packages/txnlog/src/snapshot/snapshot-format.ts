// A snapshot file as ZooKeeper's FileSnap writes it: FileHeader, tree, seal, then the digest section and a second seal. A seal is the Adler-32
// of everything before it (long) and the string "/". ZooKeeper without digests writes one seal; 3.9 adds a section with the last zxid and a
// third. The port's body is tree and digest section alone.

import { encodeFileHeader, FILE_HEADER_BYTES, JuteWriter, SNAPSHOT_MAGIC } from '@zebu/jute';
import { adler32 } from '../adler32.ts';

export { FILE_HEADER_BYTES } from '@zebu/jute';
const FORMAT_VERSION = 2;
/** FileSnap.dbId. */
const DATABASE_ID = -1n;

export const SEAL_BYTES = 13;
/** DataTree.ZxidDigest: zxid, version, digest. */
export const DIGEST_BYTES = 20;
const LAST_ZXID_BYTES = 8;
/** The string "/", which ends the tree and each seal. */
export const MARK_BYTES = 5;
/** The most that can follow the tree's end mark. */
export const MAX_TAIL_BYTES = DIGEST_BYTES + LAST_ZXID_BYTES + 3 * SEAL_BYTES;

export function snapshotFileHeader(): Uint8Array {
  const writer = new JuteWriter(FILE_HEADER_BYTES);
  encodeFileHeader(writer, { magic: SNAPSHOT_MAGIC, version: FORMAT_VERSION, dbid: DATABASE_ID });
  return writer.take();
}

export function seal(checksum: number): Uint8Array {
  const writer = new JuteWriter(SEAL_BYTES);
  writer.writeLongHalves(0, checksum);
  writer.writeString('/');
  return writer.take();
}

export const isMark = (bytes: Uint8Array, at: number): boolean =>
  at >= 0 &&
  bytes[at] === 0 &&
  bytes[at + 1] === 0 &&
  bytes[at + 2] === 0 &&
  bytes[at + 3] === 1 &&
  bytes[at + 4] === 0x2f;

/** True when the seal that begins at `at` carries this checksum. */
const isSeal = (bytes: Uint8Array, at: number, checksum: number): boolean =>
  at >= 0 && seal(checksum).every((byte, index) => bytes[at + index] === byte);

/**
 * The end of the body, from the end of the file: `tail` are its last bytes, `checksum` covers all before them. Undefined when a checksum is
 * wrong. What looks like an inner seal but has another checksum belongs to the tree.
 */
export function bodyEnd(tail: Uint8Array, checksum: number): Uint8Array | undefined {
  const sealedAt = (at: number): boolean => isSeal(tail, at, adler32(tail, 0, Math.max(at, 0), checksum));
  let end = tail.length - SEAL_BYTES;
  if (!sealedAt(end)) return undefined;
  // ZooKeeper 3.9, serializeLastProcessedZxid.enabled: the file name says it too.
  if (sealedAt(end - LAST_ZXID_BYTES - SEAL_BYTES)) end -= LAST_ZXID_BYTES + SEAL_BYTES;
  const digest = end - DIGEST_BYTES;
  if (!sealedAt(digest - SEAL_BYTES)) return tail.subarray(0, end);
  const body = tail.slice(0, end - SEAL_BYTES);
  body.set(tail.subarray(digest, end), digest - SEAL_BYTES);
  return body;
}
