// The names in a version-2 directory. ZooKeeper's are Util.makeLogName and makeSnapshotName; ours never look like one of them
// (Util.getZxidFromName reads what stands between the first two dots), so ZooKeeper passes over them.

import type { Zxid } from '@zebu/protocol';

export const VERSION_DIRECTORY = 'version-2';
export const CURRENT_EPOCH_FILE = 'currentEpoch';
export const ACCEPTED_EPOCH_FILE = 'acceptedEpoch';
/** Beside version-2: an empty directory may vote as an empty history (zkServer-initialize.sh). */
export const INITIALIZE_FILE = 'initialize';
/** The durable intent of SnapshotStore.install. */
export const INSTALL_INTENT_FILE = 'install-intent';
/** Stands from when damage was found until a leader's history has taken the place of what was lost. */
export const DAMAGE_MARK_FILE = 'damaged';
/** Made and removed at open, to see whether the directory can be written. */
export const PROBE_FILE = 'write-probe';
export const TEMPORARY_SUFFIX = '.tmp';

const LOG_PREFIX = 'log.';
const SNAPSHOT_PREFIX = 'snapshot.';
const RECEIVED_PREFIX = 'received-';
const WRITING_PREFIX = 'writing-';
const SET_ASIDE_PREFIX = 'set-aside-';

const HEX = /^[0-9a-f]{1,16}$/;
const DECIMAL = /^[1-9][0-9]*$/;

export const logName = (zxid: Zxid): string => `${LOG_PREFIX}${zxid.toString(16)}`;
export const snapshotName = (zxid: Zxid): string => `${SNAPSHOT_PREFIX}${zxid.toString(16)}`;
/** A snapshot that SnapshotStore.receive has stored and install has not yet put in place. */
export const receivedName = (zxid: Zxid): string => `${RECEIVED_PREFIX}${zxid.toString(16)}`;
/** A snapshot that SnapshotStore.write has not finished. */
export const writingName = (zxid: Zxid): string => `${WRITING_PREFIX}${zxid.toString(16)}`;
export const setAsideName = (number: number): string => `${SET_ASIDE_PREFIX}${number}`;

export const isReceivedName = (name: string): boolean => name.startsWith(RECEIVED_PREFIX);
export const isLogName = (name: string): boolean => name.startsWith(LOG_PREFIX);
export const isSnapshotName = (name: string): boolean => name.startsWith(SNAPSHOT_PREFIX);

export const logZxid = (name: string): Zxid | undefined => zxidBehind(LOG_PREFIX, name);
export const snapshotZxid = (name: string): Zxid | undefined => zxidBehind(SNAPSHOT_PREFIX, name);

/** `snapshot.<hex>.gz` or `.snappy`, which ZooKeeper writes with snapshot.compression.method. */
export function compressedSnapshotZxid(name: string): Zxid | undefined {
  const compressed = /^(.*)\.(?:gz|snappy)$/.exec(name);
  return compressed === null ? undefined : snapshotZxid(compressed[1] as string);
}

export function setAsideNumber(name: string): number | undefined {
  const number = name.startsWith(SET_ASIDE_PREFIX) ? name.slice(SET_ASIDE_PREFIX.length) : '';
  return DECIMAL.test(number) ? Number(number) : undefined;
}

/** Left behind by a crash: our own temporary and received files, and those of ZooKeeper's AtomicFileOutputStream. */
export const isLeftover = (name: string): boolean =>
  isReceivedName(name) ||
  name.startsWith(WRITING_PREFIX) ||
  name === PROBE_FILE ||
  (name.endsWith(TEMPORARY_SUFFIX) &&
    (isSnapshotName(name) ||
      [CURRENT_EPOCH_FILE, ACCEPTED_EPOCH_FILE, INSTALL_INTENT_FILE, DAMAGE_MARK_FILE].some((known) =>
        name.startsWith(known),
      )));

function zxidBehind(prefix: string, name: string): Zxid | undefined {
  const digits = name.startsWith(prefix) ? name.slice(prefix.length) : '';
  return HEX.test(digits) ? (BigInt(`0x${digits}`) as Zxid) : undefined;
}
