// Feeds the core the newest usable snapshot and the log behind it, in slices that leave the event loop free.

import {
  DAMAGE_REMEDY,
  type Logger,
  SnapshotCorruptError,
  SnapshotMissingError,
  type Storage,
  TxnLogCorruptError,
  TxnLogGapError,
} from '@zebu/interfaces';
import type { PeerInput } from '@zebu/peer';
import { formatZxid, NO_ZXID, txnZxid, type TxnBytes, type Zxid } from '@zebu/protocol';

/** About a millisecond of applying. */
const REPLAY_BYTES = 128 * 1024;

export interface RestoreDependencies {
  readonly storage: Storage;
  readonly logger: Logger;
  readonly post: (input: PeerInput) => void;
  readonly takeSnapshotRefusal: () => string | undefined;
}

/** What was read is not what was written: reading it again will not help. */
export const isDamage = (error: unknown): error is Error =>
  error instanceof SnapshotMissingError || error instanceof TxnLogCorruptError || error instanceof TxnLogGapError;

export async function restore(dependencies: RestoreDependencies): Promise<void> {
  const { storage, post } = dependencies;
  const snapshotZxid = await restoreSnapshot(dependencies);
  if (storage.log.lastLoggedZxid === NO_ZXID) return;
  let after = snapshotZxid;
  let reachedEnd = false;
  while (!reachedEnd) {
    const read = await storage.log.read(after, REPLAY_BYTES);
    reachedEnd = read.reachedEnd;
    if (read.txns.length === 0) continue;
    post({ type: 'restoreTxns', txns: read.txns });
    after = txnZxid(read.txns[read.txns.length - 1] as TxnBytes);
  }
}

/** The zxid of the snapshot that was taken; 0 without one, which is what an empty tree is at. */
async function restoreSnapshot(dependencies: RestoreDependencies): Promise<Zxid> {
  const { storage, logger, post, takeSnapshotRefusal } = dependencies;
  let below: Zxid | undefined;
  for (;;) {
    const snapshot = await storage.snapshots.open(below);
    post({ type: 'restoreBegin' });
    if (snapshot === undefined) {
      if (below === undefined) return 0n as Zxid;
      throw new SnapshotMissingError(`every snapshot is damaged; ${DAMAGE_REMEDY}`);
    }
    const problem = await feed(snapshot.body, post, takeSnapshotRefusal);
    if (problem === undefined) {
      post({ type: 'restoreSnapshotEnd', zxid: snapshot.zxid });
      const refusal = takeSnapshotRefusal();
      if (refusal === undefined) return snapshot.zxid;
      logger.error('a snapshot is damaged; falling back to an older one', {
        zxid: formatZxid(snapshot.zxid),
        problem: refusal,
      });
    } else {
      logger.error('a snapshot is damaged; falling back to an older one', { zxid: formatZxid(snapshot.zxid), problem });
    }
    below = snapshot.zxid;
  }
}

/** Undefined, or what is wrong with the body. */
async function feed(
  body: AsyncIterable<Uint8Array>,
  post: (input: PeerInput) => void,
  takeSnapshotRefusal: () => string | undefined,
): Promise<string | undefined> {
  try {
    for await (const chunk of body) {
      post({ type: 'restoreChunk', chunk });
      const refusal = takeSnapshotRefusal();
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  } catch (error) {
    if (error instanceof SnapshotCorruptError) return error.message;
    throw error;
  }
}
