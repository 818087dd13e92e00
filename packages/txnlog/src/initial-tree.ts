// The body of the snapshot of a new tree, byte for byte as ZooKeeper 3.8 writes it (DataTree's constructor, SerializeUtils): no sessions, one
// ACL, "/", "/zookeeper", its two children, an empty digest.

import { JuteWriter } from '@zebu/jute';
import { Permission } from '@zebu/protocol';
import { DIGEST_BYTES } from './snapshot/snapshot-format.ts';

const STAT_PERSISTED_BYTES = 60;
/** Of aversion in StatPersisted. */
const ACL_VERSION_OFFSET = 40;
const DIGEST_VERSION = 2;
const DIGEST_VERSION_OFFSET = 8;
/** ReferenceCountedACLCache: ANYONE may do everything. */
const OPEN_ACL = -1n;
const READ_ACL = 1n;

export async function* initialTreeBody(): AsyncGenerator<Uint8Array, void, undefined> {
  yield encodeInitialTree();
}

function encodeInitialTree(): Uint8Array {
  const writer = new JuteWriter();
  writer.writeInt(0);
  writeReadAcl(writer);
  writeNode(writer, '', OPEN_ACL);
  writeNode(writer, '/zookeeper', OPEN_ACL);
  // DataTree.addConfigNode sets the ACL of a node that has none yet, which makes its version -1.
  const config = writeNode(writer, '/zookeeper/config', READ_ACL);
  writer.patchInt(config + ACL_VERSION_OFFSET, -1);
  writeNode(writer, '/zookeeper/quota', OPEN_ACL);
  writer.writeString('/');
  const digest = writer.reserve(DIGEST_BYTES);
  writer.patchInt(digest + DIGEST_VERSION_OFFSET, DIGEST_VERSION);
  return writer.take();
}

function writeReadAcl(writer: JuteWriter): void {
  writer.writeInt(1);
  writer.writeLong(READ_ACL);
  writer.writeInt(1);
  writer.writeInt(Permission.READ);
  writer.writeString('world');
  writer.writeString('anyone');
}

/** Returns where its StatPersisted, all zeros, begins. */
function writeNode(writer: JuteWriter, path: string, acl: bigint): number {
  writer.writeString(path);
  writer.writeBuffer(new Uint8Array(0));
  writer.writeLong(acl);
  return writer.reserve(STAT_PERSISTED_BYTES);
}
