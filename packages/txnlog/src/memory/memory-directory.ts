// Directories: the names that a reader sees now, and those that a power failure would leave.

import type { Random } from '@zebu/interfaces';
import type { MemoryFile } from './memory-file.ts';

export type MemoryNode = MemoryFile | MemoryDirectory;

export class MemoryDirectory {
  readonly kind = 'directory';
  entries = new Map<string, MemoryNode>();
  /** What every crash leaves; the changes of DirectoryJournal follow it in order. */
  base = new Map<string, MemoryNode>();
}

interface Place {
  readonly directory: MemoryDirectory;
  readonly name: string;
}

interface EntryChange {
  readonly removed?: Place;
  readonly added?: Place & { readonly node: MemoryNode };
  /** Directories that have to be synced before the change is durable. */
  readonly unsynced: Set<MemoryDirectory>;
}

/** Every change to directory entries since the last that is durable. A rename is atomic, also between two directories. */
export class DirectoryJournal {
  #changes: EntryChange[] = [];

  link(place: Place, node: MemoryNode): void {
    this.#record({ added: { ...place, node }, unsynced: new Set([place.directory]) });
  }

  unlink(place: Place): void {
    this.#record({ removed: place, unsynced: new Set([place.directory]) });
  }

  /** Gone for good. */
  lose(place: Place): void {
    this.#record({ removed: place, unsynced: new Set() });
    this.synced(place.directory, []);
  }

  clear(): void {
    this.#changes = [];
  }

  rename(from: Place, to: Place, node: MemoryNode): void {
    this.#record({ removed: from, added: { ...to, node }, unsynced: new Set([from.directory, to.directory]) });
  }

  /** What a sync of the directory that starts now will make durable. */
  pendingChanges(directory: MemoryDirectory): EntryChange[] {
    return this.#changes.filter((change) => change.unsynced.has(directory));
  }

  synced(directory: MemoryDirectory, changes: readonly EntryChange[]): void {
    for (const change of changes) change.unsynced.delete(directory);
    let settled = 0;
    while (this.#changes[settled]?.unsynced.size === 0) applyToBase(this.#changes[settled++] as EntryChange);
    this.#changes.splice(0, settled);
  }

  crash(random: Random): void {
    for (const change of this.#changes) {
      if (change.unsynced.size === 0 || random.below(2) === 1) applyToBase(change);
    }
    this.#changes = [];
  }

  #record(change: EntryChange): void {
    change.removed?.directory.entries.delete(change.removed.name);
    change.added?.directory.entries.set(change.added.name, change.added.node);
    this.#changes.push(change);
  }
}

function applyToBase(change: EntryChange): void {
  change.removed?.directory.base.delete(change.removed.name);
  change.added?.directory.base.set(change.added.name, change.added.node);
}
