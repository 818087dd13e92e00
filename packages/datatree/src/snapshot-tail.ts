// What follows the znodes in a snapshot's body. ZooKeeper before 3.6 writes nothing; then came a digest, as a string at first;
// since 3.9 the last processed zxid follows, which replay makes superfluous.

import type { JuteReader } from '@zebu/jute';
import type { ZxidDigest } from './digest-check.ts';
import { SnapshotFormatError } from './snapshot-format-error.ts';

const LAST_ZXID_BYTES = 8;
/** From this version on the digest is a long (DataTree.ZxidDigest). */
const FIRST_VERSION_WITH_LONG = 2;

/** Undefined without a digest, or with one that cannot be compared. */
export function readSnapshotTail(reader: JuteReader): ZxidDigest | undefined {
  if (reader.remaining === 0) return undefined;
  const digest = readDigest(reader);
  if (reader.remaining === LAST_ZXID_BYTES) reader.skip(LAST_ZXID_BYTES);
  if (reader.remaining !== 0) throw new SnapshotFormatError(`${reader.remaining} bytes behind the digest`);
  return digest;
}

function readDigest(reader: JuteReader): ZxidDigest | undefined {
  const zxidHigh = reader.readInt();
  const zxidLow = reader.readInt();
  const version = reader.readInt();
  if (version < FIRST_VERSION_WITH_LONG) {
    reader.readString();
    return undefined;
  }
  const digestHigh = reader.readInt();
  const digest = { zxidHigh, zxidLow, version, digestHigh, digestLow: reader.readInt() };
  const isEmpty = zxidHigh === 0 && zxidLow === 0;
  return isEmpty ? undefined : digest;
}
