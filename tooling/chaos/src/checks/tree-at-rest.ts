// Reads a stopped server's files as its next start would: the tree that its snapshot and log make.

import { DataTree, SnapshotRestorer } from '@zebu/datatree';
import type { Logger } from '@zebu/interfaces';
import { type TxnBytes, txnZxid } from '@zebu/protocol';
import { nodeFileSystem, openStorage } from '@zebu/txnlog';

const quiet = (): void => undefined;
const SILENT: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const READ_BYTES = 1 << 20;

/** Last zxid and tree digest. */
export async function treeAtRest(dataDirectory: string): Promise<string> {
  const storage = await openStorage({ fileSystem: nodeFileSystem(), dataDir: dataDirectory, logger: SILENT });
  try {
    const snapshot = await storage.snapshots.open();
    let tree = new DataTree();
    if (snapshot !== undefined) {
      const restorer = new SnapshotRestorer();
      for await (const chunk of snapshot.body) restorer.push(chunk);
      tree = restorer.finish(snapshot.zxid);
    }
    let after = tree.lastProcessedZxid;
    for (;;) {
      const { txns, reachedEnd } = await storage.log.read(after, READ_BYTES);
      for (const txn of txns) tree.apply(txn, { onWatchEvent: quiet });
      if (txns.length > 0) after = txnZxid(txns.at(-1) as TxnBytes);
      if (reachedEnd) break;
    }
    return `zxid 0x${tree.lastProcessedZxid.toString(16)}, digest ${tree.treeDigest}`;
  } finally {
    await storage.close();
  }
}
