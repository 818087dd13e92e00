// The world's failures, as typed errors with a stable code. Each says what to do.

import type { Zxid } from '@zebu/protocol';

export class TransportListenError extends Error {
  override readonly name = 'TransportListenError';
  readonly code = 'TRANSPORT_LISTEN';
  constructor(what: string, address: string, options?: ErrorOptions) {
    super(
      `cannot listen for ${what} on ${address}: ${reasonOf(options?.cause)}; free the address or configure another`,
      options,
    );
  }
}

export class DirectoryInUseError extends Error {
  override readonly name = 'DirectoryInUseError';
  readonly code = 'DIRECTORY_IN_USE';
  constructor(directory: string, options?: ErrorOptions) {
    super(`${directory} is in use by another live server; stop it, or configure another dataDir`, options);
  }
}

/** The data directory cannot be created, read or written. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
  readonly code = 'DATA_DIRECTORY';
}

/** A server that has others heals by itself (docs/decisions/0008): who reads this is alone. */
export const DAMAGE_REMEDY =
  "restore the data directory from a backup, or keep what can still be read of it with 'zebu-server recover'";

/** Bytes that are neither a whole record nor a torn tail: the history cannot be trusted. */
export class TxnLogCorruptError extends Error {
  override readonly name = 'TxnLogCorruptError';
  readonly code = 'TXNLOG_CORRUPT';
  readonly file: string;
  /** What is before it can be read. */
  readonly offset: number;
  constructor(file: string, offset: number, problem: string, options?: ErrorOptions) {
    super(`${problem} in ${file} at byte ${offset}; ${DAMAGE_REMEDY}`, options);
    this.file = file;
    this.offset = offset;
  }
}

export class SnapshotCorruptError extends Error {
  override readonly name = 'SnapshotCorruptError';
  readonly code = 'SNAPSHOT_CORRUPT';
  constructor(file: string, problem: string, options?: ErrorOptions) {
    super(`${problem} in ${file}; the server falls back to an older snapshot when there is one`, options);
  }
}

/** No snapshot that the history could start from: the state cannot be rebuilt. */
export class SnapshotMissingError extends Error {
  override readonly name = 'SnapshotMissingError';
  readonly code = 'SNAPSHOT_MISSING';
}

/** A snapshot in a form that is not read here, such as ZooKeeper's compressed ones. */
export class SnapshotUnsupportedError extends Error {
  override readonly name = 'SnapshotUnsupportedError';
  readonly code = 'SNAPSHOT_UNSUPPORTED';
}

/** A snapshot could not be written, received or put in place; the history on disk is what it was. */
export class SnapshotWriteError extends Error {
  override readonly name = 'SnapshotWriteError';
  readonly code = 'SNAPSHOT_WRITE';
}

/** A txn log file between the newest usable snapshot and the end of the log is missing. */
export class TxnLogGapError extends Error {
  override readonly name = 'TxnLogGapError';
  readonly code = 'TXNLOG_GAP';
  /** The first txn behind the gap, where that is known. */
  readonly next: Zxid | undefined;
  constructor(message: string, options?: ErrorOptions & { readonly next?: Zxid }) {
    super(message, options);
    this.next = options?.next;
  }
}

/** A write or flush failed. Nothing past the last successful flush may be trusted (see TxnLog.cutBack). */
export class TxnLogWriteError extends Error {
  override readonly name = 'TxnLogWriteError';
  readonly code = 'TXNLOG_WRITE';
}

/** An epoch file that does not hold one decimal number, or contradicts the log. */
export class EpochFileError extends Error {
  override readonly name = 'EpochFileError';
  readonly code = 'EPOCH_FILE';
}

/** What an election module's parseOptions throws. It is known by its code: a module may bring its own copy of this class, or throw what looks like it. */
export class ElectionOptionError extends Error {
  override readonly name = 'ElectionOptionError';
  readonly code = 'ELECTION_OPTION';
  readonly option: string;
  /** As a clause: "is not a whole number". */
  readonly problem: string;
  /** As an imperative clause: "write milliseconds". */
  readonly remedy: string;
  constructor(option: string, problem: string, remedy: string) {
    super(`electionModule.${option}: ${problem}; ${remedy}`);
    this.option = option;
    this.problem = problem;
    this.remedy = remedy;
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'unknown reason';
}
