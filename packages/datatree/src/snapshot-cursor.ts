// A snapshot of the tree, taken in slices while the tree goes on changing.

import type { Zxid } from '@zebu/protocol';

export interface SnapshotCursor {
  /** The body holds exactly the tree at this zxid. */
  readonly zxid: Zxid;
  /** The next 1..maxBytes bytes of the body, the caller's own; undefined after the last. The last 20 bytes of the body are the digest section. */
  next(maxBytes: number): Uint8Array | undefined;
  /** Frees what was copied; may be called early and twice. */
  close(): void;
}
