// A snapshot of the tree, taken in slices while the tree goes on changing. Whatever is about to change and was not written yet
// is written first, behind the znodes above it; so nothing is copied twice, and parents precede their children whatever the order.

import type { Zxid } from '@zebu/protocol';
import { assert } from '@zebu/protocol';
import type { AclCache } from './acl-cache.ts';
import type { ChangeObserver } from './change-observer.ts';
import { Field } from './node-store.ts';
import { PathKey } from './path-key.ts';
import type { SessionTable } from './session-table.ts';
import { END_MARK, writeDigestSection, writeNodeRecord } from './snapshot-records.ts';
import { type SectionSource, SnapshotSection } from './snapshot-section.ts';
import type { Znodes } from './znodes.ts';

export interface SnapshotCursor {
  /** The body holds exactly the tree at this zxid. */
  readonly zxid: Zxid;
  /** The next 1..maxBytes bytes of the body, the caller's own; undefined after the last. The last 20 bytes of the body are the digest section. */
  next(maxBytes: number): Uint8Array | undefined;
  /** Frees what was kept for this snapshot; may be called early and twice. */
  close(): void;
}

export class TreeSnapshotCursor implements SnapshotCursor, ChangeObserver {
  readonly zxid: Zxid;
  readonly #observers: ChangeObserver[];
  #sessions: SnapshotSection;
  #acls: SnapshotSection;
  #nodes: SnapshotSection;
  /** Sections not yet taken to their end, in order. */
  #remaining: SnapshotSection[];

  constructor(znodes: Znodes, sessions: SessionTable, zxid: Zxid) {
    this.zxid = zxid;
    this.#observers = znodes.observers;
    this.#sessions = new SnapshotSection(sessionSource(sessions), sessions.limit);
    this.#sessions.writer.writeInt(sessions.size);
    this.#acls = new SnapshotSection(aclSource(znodes.acls), znodes.acls.limit);
    this.#acls.writer.writeInt(znodes.acls.count);
    this.#nodes = new SnapshotSection(nodeSource(znodes), znodes.nodes.limit);
    const end = new SnapshotSection(NOTHING, 0);
    end.writer.writeString(END_MARK);
    writeDigestSection(end.writer, zxid, znodes.digest.value);
    this.#remaining = [this.#sessions, this.#acls, this.#nodes, end];
    this.#observers.push(this);
  }

  next(maxBytes: number): Uint8Array | undefined {
    assert(maxBytes > 0, 'a slice has room for a byte');
    for (;;) {
      const section = this.#remaining[0];
      if (section === undefined) break;
      const bytes = section.take(maxBytes);
      if (bytes !== undefined) return bytes;
      this.#remaining.shift();
    }
    this.close();
    return undefined;
  }

  close(): void {
    const at = this.#observers.indexOf(this);
    if (at >= 0) this.#observers.splice(at, 1);
    const empty = new SnapshotSection(NOTHING, 0);
    this.#sessions = empty;
    this.#acls = empty;
    this.#nodes = empty;
    this.#remaining = [];
  }

  beforeNodeChange(node: number): void {
    this.#nodes.writeIfPending(node);
  }

  onNodeAdded(node: number): void {
    this.#nodes.exclude(node);
  }

  beforeAclRemoval(slot: number): void {
    this.#acls.writeIfPending(slot);
  }

  onAclAdded(slot: number): void {
    this.#acls.exclude(slot);
  }

  beforeSessionChange(row: number): void {
    this.#sessions.writeIfPending(row);
  }

  onSessionAdded(row: number): void {
    this.#sessions.exclude(row);
  }
}

const NONE = -1;

const NOTHING: SectionSource = { nextUsed: () => NONE, predecessor: () => NONE, write: () => undefined };

const sessionSource = (sessions: SessionTable): SectionSource => ({
  nextUsed: (from, limit) => nextMatching(from, limit, (row) => sessions.isUsed(row)),
  predecessor: () => NONE,
  write(row, writer) {
    writer.writeLongHalves(sessions.highOf(row), sessions.lowOf(row));
    writer.writeInt(sessions.timeoutOf(row));
  },
});

const aclSource = (acls: AclCache): SectionSource => ({
  nextUsed: (from, limit) => nextMatching(from, limit, (slot) => acls.isListed(slot)),
  predecessor: () => NONE,
  write(slot, writer) {
    writer.writeLongNumber(acls.idOf(slot));
    writer.writeRaw(acls.bytesOf(slot));
  },
});

function nextMatching(from: number, limit: number, matches: (slot: number) => boolean): number {
  for (let slot = from; slot < limit; slot++) if (matches(slot)) return slot;
  return NONE;
}

function nodeSource(znodes: Znodes): SectionSource {
  const path = new PathKey();
  return {
    nextUsed: (from, limit) => znodes.nodes.nextUsed(from, limit),
    // If it was not written, the parent has not changed since the opening either: it is still what the znode hung on then.
    predecessor: (node) => znodes.nodes.get(node, Field.PARENT),
    write(node, writer) {
      znodes.names.writePath(node, path);
      writeNodeRecord(writer, znodes, node, path);
    },
  };
}
