/** A snapshot body that is not one: truncated, impossible lengths, an orphan znode, or a digest that its znodes do not have. */
export class SnapshotFormatError extends Error {
  override readonly name = 'SnapshotFormatError';
  readonly code = 'SNAPSHOT_FORMAT';
}
