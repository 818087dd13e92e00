// What a data directory amounts to: the tree that a start would serve, and which txns there are.

import { DataTree, SnapshotFormatError, SnapshotRestorer } from '@zebu/datatree';
import { SnapshotCorruptError, type Storage } from '@zebu/interfaces';
import { ensembleOfTree } from '@zebu/peer';
import {
  type Ensemble,
  epochOf,
  formatZxid,
  OpCode,
  type TxnBytes,
  txnType,
  txnZxid,
  ZERO_ZXID,
  type Zxid,
} from '@zebu/protocol';

const READ_BYTES = 1 << 20;

export interface ZxidRange {
  readonly first: Zxid;
  last: Zxid;
}

export interface TreeAtRest {
  readonly nodeCount: number;
  readonly digest: bigint;
  /** The ensemble that the tree knows of; undefined in one that never had several servers. */
  readonly ensemble: Ensemble | undefined;
  /** What the reconfig that brought it took the place of, as long as nothing in the log proves it committed (docs/decisions/0005). */
  readonly replaced: Ensemble | 'unknown' | undefined;
  /** All that comes before is in the snapshot. */
  readonly snapshotZxid: Zxid;
  /** What the log holds behind it. */
  readonly txns: readonly ZxidRange[];
}

/** Rejects with the storage's errors of damage; a snapshot that cannot be read is one of them. */
export async function readTree(storage: Storage): Promise<TreeAtRest> {
  const tree = await readSnapshot(storage);
  const snapshotZxid = tree.lastProcessedZxid;
  const txns: ZxidRange[] = [];
  let after = snapshotZxid;
  let reconfig: { readonly zxid: Zxid; readonly replaced: Ensemble | undefined } | undefined;
  for (let reachedEnd = false; !reachedEnd; ) {
    const read = await storage.log.read(after, READ_BYTES);
    for (const txn of read.txns) {
      if (txnType(txn) === OpCode.RECONFIG) reconfig = { zxid: txnZxid(txn), replaced: ensembleIn(tree) };
      tree.apply(txn, { onWatchEvent: () => undefined });
      note(txns, txnZxid(txn));
    }
    after = lastOf(read.txns) ?? after;
    ({ reachedEnd } = read);
  }
  const isOpen = reconfig !== undefined && epochOf(after) === epochOf(reconfig.zxid);
  const replaced = isOpen ? (reconfig?.replaced ?? 'unknown') : undefined;
  const { nodeCount, treeDigest: digest } = tree;
  return { nodeCount, digest, ensemble: ensembleIn(tree), replaced, snapshotZxid, txns };
}

function ensembleIn(tree: DataTree): Ensemble | undefined {
  const found = ensembleOfTree(tree);
  return found.ok && found.ensemble.servers.size > 0 ? found.ensemble : undefined;
}

async function readSnapshot(storage: Storage): Promise<DataTree> {
  const snapshot = await storage.snapshots.open();
  if (snapshot === undefined) return new DataTree();
  try {
    const restorer = new SnapshotRestorer();
    for await (const chunk of snapshot.body) restorer.push(chunk);
    return restorer.finish(snapshot.zxid);
  } catch (error) {
    if (!(error instanceof SnapshotFormatError)) throw error;
    throw new SnapshotCorruptError(`the snapshot at ${formatZxid(snapshot.zxid)}`, error.message, { cause: error });
  }
}

function note(ranges: ZxidRange[], zxid: Zxid): void {
  const range = ranges.at(-1);
  if (range !== undefined && range.last + 1n === zxid) range.last = zxid;
  else ranges.push({ first: zxid, last: zxid });
}

const lastOf = (txns: readonly TxnBytes[]): Zxid | undefined => {
  const last = txns.at(-1);
  return last === undefined ? undefined : txnZxid(last);
};

/** Txns of one that the other does not hold; up to its snapshot it holds all. */
export function missingFrom(other: TreeAtRest, one: TreeAtRest): ZxidRange[] {
  const missing: ZxidRange[] = [];
  for (const { first, last } of one.txns)
    for (let zxid = first; zxid <= last; zxid = (zxid + 1n) as Zxid) if (!holds(other, zxid)) note(missing, zxid);
  return missing;
}

const holds = ({ snapshotZxid, txns }: TreeAtRest, zxid: Zxid): boolean =>
  zxid <= snapshotZxid || zxid === ZERO_ZXID || txns.some(({ first, last }) => first <= zxid && zxid <= last);
