// The second half of SNAP: a received snapshot takes the place of the history. The intent is durable before the first step and is dropped after
// the last, and every step can be repeated; so a crash leaves either the old history or, after the next start, the new one.

import { DAMAGE_REMEDY, SnapshotMissingError } from '@zebu/interfaces';
import { formatZxid, type Zxid } from '@zebu/protocol';
import { readSmallFile, replaceFile } from '../durable-file.ts';
import {
  INSTALL_INTENT_FILE,
  isLogName,
  isSnapshotName,
  receivedName,
  setAsideNumber,
  snapshotName,
} from '../file-names.ts';
import { join } from '../paths.ts';
import { setAside } from '../set-aside.ts';
import { distinct, type StorageDirectories } from '../storage-directories.ts';

export interface InstallIntent {
  readonly zxid: Zxid;
  /** Directory that the old files are moved to, in each of the version-2 directories. */
  readonly aside: string;
  readonly logs: readonly string[];
  readonly snapshots: readonly string[];
}

export const writeIntent = (directories: StorageDirectories, intent: InstallIntent): Promise<void> =>
  replaceFile(directories.fileSystem, directories.snapshots, INSTALL_INTENT_FILE, encodeIntent(intent));

/** The intent of an installation that a crash cut short. */
export async function readIntent(directories: StorageDirectories): Promise<InstallIntent | undefined> {
  const path = join(directories.snapshots, INSTALL_INTENT_FILE);
  const bytes = await readSmallFile(directories.fileSystem, path);
  return bytes === undefined ? undefined : decodeIntent(bytes, path);
}

/** Renames, sets aside, fsyncs the directories, drops the intent. */
export async function carryOut(directories: StorageDirectories, intent: InstallIntent): Promise<void> {
  const { fileSystem, snapshots, logs } = directories;
  const received = join(snapshots, receivedName(intent.zxid));
  const installed = join(snapshots, snapshotName(intent.zxid));
  if (await fileSystem.exists(received)) await fileSystem.rename(received, installed);
  else if (!(await fileSystem.exists(installed))) throw new SnapshotMissingError(lost(intent, received));
  await setAside(fileSystem, snapshots, { aside: intent.aside, names: intent.snapshots });
  await setAside(fileSystem, logs, { aside: intent.aside, names: intent.logs });
  for (const directory of distinct(directories)) await fileSystem.syncDirectory(directory);
  await fileSystem.remove(join(snapshots, INSTALL_INTENT_FILE));
  await fileSystem.syncDirectory(snapshots);
}

const lost = (intent: InstallIntent, received: string): string =>
  `${received} is gone, which was to become the snapshot ${formatZxid(intent.zxid)}; ${DAMAGE_REMEDY}`;

/** Lines of key and value, as a person would want to read them. */
function encodeIntent({ zxid, aside, logs, snapshots }: InstallIntent): Uint8Array {
  const lines = [
    `zxid ${zxid.toString(16)}`,
    `aside ${aside}`,
    ...[...logs, ...snapshots].map((name) => `move ${name}`),
  ];
  return new TextEncoder().encode(`${lines.join('\n')}\n`);
}

function decodeIntent(bytes: Uint8Array, path: string): InstallIntent {
  const lines = new TextDecoder().decode(bytes).trimEnd().split('\n');
  const values = (key: string): string[] =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const [zxid] = values('zxid');
  const [aside] = values('aside');
  const names = values('move');
  const sound =
    zxid !== undefined &&
    /^[0-9a-f]{1,16}$/.test(zxid) &&
    aside !== undefined &&
    setAsideNumber(aside) !== undefined &&
    names.every((name) => (isLogName(name) || isSnapshotName(name)) && !name.includes('/')) &&
    lines.length === names.length + 2;
  if (!sound) throw new SnapshotMissingError(`${path} is damaged; ${DAMAGE_REMEDY}`);
  return {
    zxid: BigInt(`0x${zxid}`) as Zxid,
    aside,
    logs: names.filter(isLogName),
    snapshots: names.filter(isSnapshotName),
  };
}
