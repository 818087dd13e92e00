// The records of a snapshot's body, as ZooKeeper's SerializeUtils, ReferenceCountedACLCache and DataTree write them.

import type { JuteWriter } from '@zebu/jute';
import { NO_BLOB } from './byte-arena.ts';
import { DIGEST_VERSION } from './digest.ts';
import { Field, type NodeStore, StatOffset } from './node-store.ts';
import type { PathKey } from './path-key.ts';
import type { Znodes } from './znodes.ts';

/** The path behind the last znode. */
export const END_MARK = '/';

/** `key` is the znode's path, empty for the root. */
export function writeNodeRecord(writer: JuteWriter, znodes: Znodes, node: number, key: PathKey): void {
  writer.writeInt(key.end - key.start);
  writer.writeRaw(key.bytes, key.start, key.end);
  writeData(writer, znodes, node);
  writer.writeLongNumber(znodes.acls.idOf(znodes.nodes.get(node, Field.ACL)));
  writeStatPersisted(writer, znodes.nodes, node);
}

/** As a reply has it too: the length, -1 for null, and the bytes. */
export function writeData(writer: JuteWriter, znodes: Znodes, node: number): void {
  const ref = znodes.nodes.get(node, Field.DATA);
  if (ref === NO_BLOB) return writer.writeInt(-1);
  const length = znodes.nodes.statInt(node, StatOffset.DATA_LENGTH);
  const start = znodes.arena.offsetOf(ref);
  writer.writeInt(length);
  writer.writeRaw(znodes.arena.bytesOf(ref), start, start + length);
}

/** The section behind the znodes. Before the first txn there is no digest yet: zeros. */
export function writeDigestSection(writer: JuteWriter, zxid: bigint, digest: bigint): void {
  writer.writeLong(zxid);
  writer.writeInt(DIGEST_VERSION);
  writer.writeLong(zxid === 0n ? 0n : digest);
}

function writeStatPersisted(writer: JuteWriter, nodes: NodeStore, node: number): void {
  const bytes = nodes.statBytes(node);
  const stat = nodes.statOffset(node);
  writer.writeRaw(bytes, stat, stat + StatOffset.CVERSION);
  writer.writeInt(nodes.get(node, Field.STORED_CVERSION));
  writer.writeInt(nodes.statInt(node, StatOffset.AVERSION));
  writer.writeLongHalves(nodes.ownerHigh(node) >>> 0, nodes.ownerLow(node) >>> 0);
  writer.writeRaw(bytes, stat + StatOffset.PZXID, stat + StatOffset.PZXID + 8);
}
