// The durable word that this directory lost a part of its history: a small file beside the epoch files. It is on disk before anything is set
// aside, and goes only when a leader's whole history is on disk in the place of what was lost. While it stands the server is in no quorum,
// because it may have forgotten what it acknowledged.

import { type Epoch, MAX_EPOCH } from '@zebu/protocol';
import { readSmallFile, removeIfThere, replaceFile } from './durable-file.ts';
import { DAMAGE_MARK_FILE } from './file-names.ts';
import { join } from './paths.ts';
import type { StorageDirectories } from './storage-directories.ts';

export interface DamageRecord {
  /** What was found, for people. */
  readonly reason: string;
  /** Undefined where acceptedEpoch was kept. Where it was lost: the highest epoch that the rest of the directory speaks of. */
  readonly lostEpochFloor: Epoch | undefined;
  /** The history is on its way into `set-aside-<n>`; undefined: it is there, all of it. */
  readonly settingAside: string | undefined;
}

const UNREADABLE = 'the mark itself cannot be read';

export async function readDamageMark(directories: StorageDirectories): Promise<DamageRecord | undefined> {
  const path = join(directories.snapshots, DAMAGE_MARK_FILE);
  const bytes = await readSmallFile(directories.fileSystem, path);
  return bytes === undefined ? undefined : decode(new TextDecoder().decode(bytes));
}

export function writeDamageMark(directories: StorageDirectories, mark: DamageRecord): Promise<void> {
  const { fileSystem, snapshots } = directories;
  return replaceFile(fileSystem, snapshots, DAMAGE_MARK_FILE, new TextEncoder().encode(encode(mark)));
}

export async function removeDamageMark({ fileSystem, snapshots }: StorageDirectories): Promise<void> {
  if (await removeIfThere(fileSystem, join(snapshots, DAMAGE_MARK_FILE))) await fileSystem.syncDirectory(snapshots);
}

function encode({ reason, lostEpochFloor, settingAside }: DamageRecord): string {
  const epochs = lostEpochFloor === undefined ? 'kept' : `lost ${lostEpochFloor}`;
  const aside = settingAside === undefined ? '' : `moving to ${settingAside}\n`;
  return `reason ${reason.replaceAll('\n', ' ')}\nepochs ${epochs}\n${aside}`;
}

/** Whatever is in it, the file is there: then the server is marked, and of what cannot be read the worst is assumed. */
function decode(text: string): DamageRecord {
  const [, reason = UNREADABLE] = /^reason (.*)$/m.exec(text) ?? [];
  const [, epochs = 'lost 0'] = /^epochs (kept|lost [0-9]{1,10})$/m.exec(text) ?? [];
  const [, settingAside] = /^moving to (set-aside-[0-9]{1,10})$/m.exec(text) ?? [];
  if (epochs === 'kept') return { reason, lostEpochFloor: undefined, settingAside };
  return { reason, lostEpochFloor: Math.min(Number(epochs.slice('lost '.length)), MAX_EPOCH) as Epoch, settingAside };
}
