export type { ContainerScanOptions, ContainerScanStep } from './containers.ts';
export { DataTree } from './data-tree.ts';
export {
  contentCrc,
  countsInDigest,
  DIGEST_VERSION,
  type DigestStat,
  digestOfWords,
  nodeDigest,
  type StatWords,
} from './digest.ts';
export {
  CONTAINER_OWNER_HIGH,
  CONTAINER_OWNER_LOW,
  type OwnerKindOf,
  ownerKind,
  ownerKindOf353,
  ttlMsOf,
  ttlOwnerHigh,
} from './ephemeral-owner.ts';
export type { ListingCursor } from './listing-cursor.ts';
export { NodeFacts } from './node-facts.ts';
export type { QuotaLimits, QuotaUsage } from './quota-usage.ts';
export type { Quota } from './quotas.ts';
export type { Sessions } from './session-table.ts';
export type { SnapshotCursor } from './snapshot-cursor.ts';
export type { WatchedPaths } from './set-watches.ts';
export { SnapshotFormatError } from './snapshot-format-error.ts';
export { SnapshotRestorer } from './snapshot-restorer.ts';
export type { EphemeralOwner, WatchedPath, Watching, WatchSummary } from './tree-dumps.ts';
export type { DataTreeOptions } from './tree-state.ts';
export type { Readable, TreeView } from './tree-view.ts';
export type { OperationOutcome, TxnOutcome } from './txn-outcome.ts';
export type { WatchEventSink, WatcherId } from './watch-event-sink.ts';
