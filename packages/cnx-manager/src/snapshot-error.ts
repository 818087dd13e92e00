/** A snapshot stream ended before its end: the link went down, the peer gave up, or the source failed. */
export class SnapshotStreamError extends Error {
  override readonly name = 'SnapshotStreamError';
  readonly code = 'SNAPSHOT_STREAM';
}
