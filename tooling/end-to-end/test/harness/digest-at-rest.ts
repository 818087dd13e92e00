// Reads a stopped server's files as its next start would.

import { DataTree, SnapshotRestorer } from '@zebu/datatree';
import type { Logger } from '@zebu/interfaces';
import { type TxnBytes, txnZxid } from '@zebu/protocol';
import { nodeFileSystem, openStorage } from '@zebu/txnlog';

const quiet = (): void => undefined;
const SILENT: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Last zxid and tree digest of snapshot and log together. */
export async function digestAtRest(dataDirectory: string): Promise<string> {
  const storage = await openStorage({
    fileSystem: nodeFileSystem(),
    dataDir: dataDirectory,
    dataLogDir: dataDirectory,
    logger: SILENT,
  });
  const snapshot = await storage.snapshots.open();
  let tree = new DataTree();
  if (snapshot !== undefined) {
    const restorer = new SnapshotRestorer();
    for await (const chunk of snapshot.body) restorer.push(chunk);
    tree = restorer.finish(snapshot.zxid);
  }
  let after = tree.lastProcessedZxid;
  for (;;) {
    const { txns, reachedEnd } = await storage.log.read(after, 1 << 20);
    for (const txn of txns) tree.apply(txn, { onWatchEvent: () => undefined });
    if (txns.length > 0) after = txnZxid(txns[txns.length - 1] as TxnBytes);
    if (reachedEnd) break;
  }
  await storage.close();
  return `${tree.lastProcessedZxid} ${tree.treeDigest}`;
}
