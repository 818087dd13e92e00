// Builds a tree from the body of a snapshot, in chunks.

import type { Zxid } from '@zebu/protocol';
import type { DataTree } from './data-tree.ts';

export declare class SnapshotRestorer {
  /** Cuts may fall anywhere. Throws SnapshotFormatError; the restorer is of no use afterwards. */
  push(chunk: Uint8Array): void;
  /** `zxid` is the snapshot's, by its file name or packet. Throws SnapshotFormatError when the body is not complete or its digest is wrong. */
  finish(zxid: Zxid): DataTree;
}
