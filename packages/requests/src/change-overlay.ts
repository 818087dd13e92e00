// The tree as it will be once all outstanding txns are applied: the tree, and over it what they change (ZooKeeper's
// outstandingChanges). It also knows the tree digest of that future (PrepRequestProcessor.precalculateDigest).

import { countsInDigest, digestOfWords } from '@zebu/datatree';
import { assert, type SessionId, type Zxid } from '@zebu/protocol';
import { SessionTable } from '@zebu/sessions';
import type { ChangeRecord, Znode } from './change-record.ts';
import type { PrepTree } from './tree-views.ts';
import { RunningDigest } from './running-digest.ts';
import { highWord, isAfter, lowWord } from './words.ts';

/** Released records are cut off the queue's front in runs, so that the array is not moved for each. */
const COMPACT_AT = 1024;

/** Where a multi began, to come back to. */
interface Mark {
  readonly digestHigh: number;
  readonly digestLow: number;
  readonly queueLength: number;
  /** For each record put since: the one of the same path that it replaced. */
  readonly replaced: (ChangeRecord | undefined)[];
}

export class ChangeOverlay {
  readonly digest = new RunningDigest();
  readonly #tree: PrepTree;
  /** The newest change of each path. */
  readonly #byPath = new Map<string, ChangeRecord>();
  /** All changes in zxid order, from #first on. */
  #queue: ChangeRecord[] = [];
  #first = 0;
  /** Creations of ephemeral znodes by owner, so that closing a session looks at its own alone. */
  readonly #ephemerals = new SessionTable<Set<ChangeRecord>>();
  #mark: Mark | undefined;

  constructor(tree: PrepTree) {
    this.#tree = tree;
  }

  /** Outstanding changes. */
  get size(): number {
    return this.#queue.length - this.#first;
  }

  /** Call before a txn is made: with nothing outstanding, the tree itself says what the digest is. */
  beginTxn(): void {
    if (this.size === 0) this.digest.set(this.#tree.treeDigest);
  }

  /** What the znode will be; undefined when it will not exist. */
  find(path: string): Znode | undefined {
    const record = this.#byPath.get(path);
    if (record === undefined) return this.#tree.lookup(path);
    return record.exists ? record : undefined;
  }

  /** The znode was created, or changed from what `before` says. */
  put(record: ChangeRecord, before: Znode | undefined): void {
    record.digest = countsInDigest(record.path) ? digestOfWords(record.contentCrc, record) : 0;
    this.digest.replace(before?.digest ?? 0, record.digest);
    this.#append(record);
    if (record.createdFor !== undefined) this.#indexEphemeral(record, record.createdFor);
  }

  remove(record: ChangeRecord, before: Znode): void {
    record.exists = false;
    this.digest.replace(before.digest, 0);
    this.#append(record);
  }

  /** Paths of the ephemeral znodes that the session will have, oldest first. */
  ephemeralsOf(owner: SessionId): ReadonlySet<string> {
    const paths = new Set<string>();
    for (const path of [...this.#tree.ephemeralsOf(owner)].reverse()) {
      const change = this.#byPath.get(path);
      if (change === undefined || isOwnedBy(change, owner)) paths.add(path);
    }
    for (const { path } of this.#ephemerals.get(owner) ?? []) {
      const change = this.#byPath.get(path);
      if (change !== undefined && isOwnedBy(change, owner)) paths.add(path);
    }
    return paths;
  }

  /** A multi begins: `keep` or `rollback` follows. */
  mark(): void {
    assert(this.#mark === undefined, 'a multi within a multi');
    const { high: digestHigh, low: digestLow } = this.digest;
    this.#mark = { digestHigh, digestLow, queueLength: this.#queue.length, replaced: [] };
  }

  keep(): void {
    this.#mark = undefined;
  }

  /** Undoes what was put since the mark. */
  rollback(): void {
    const mark = this.#mark;
    assert(mark !== undefined, 'rollback without a mark');
    while (this.#queue.length > mark.queueLength) {
      const record = this.#queue.pop() as ChangeRecord;
      const replaced = mark.replaced.pop();
      if (replaced === undefined) this.#byPath.delete(record.path);
      else this.#byPath.set(record.path, replaced);
      this.#unindexEphemeral(record);
    }
    this.digest.setHalves(mark.digestHigh, mark.digestLow);
    this.#mark = undefined;
  }

  /** Everything up to zxid is in the tree. */
  release(zxid: Zxid): void {
    const high = highWord(zxid);
    const low = lowWord(zxid);
    for (; this.#first < this.#queue.length; this.#first++) {
      const record = this.#queue[this.#first] as ChangeRecord;
      if (isAfter(record.zxidHigh, record.zxidLow, high, low)) break;
      if (this.#byPath.get(record.path) === record) this.#byPath.delete(record.path);
      this.#unindexEphemeral(record);
    }
    this.#compact();
  }

  #append(record: ChangeRecord): void {
    this.#mark?.replaced.push(this.#byPath.get(record.path));
    this.#queue.push(record);
    this.#byPath.set(record.path, record);
  }

  #compact(): void {
    if (this.#first === this.#queue.length) this.#queue = [];
    else if (this.#first >= COMPACT_AT && this.#first * 2 >= this.#queue.length) {
      this.#queue = this.#queue.slice(this.#first);
    } else return;
    this.#first = 0;
  }

  #indexEphemeral(record: ChangeRecord, owner: SessionId): void {
    const created = this.#ephemerals.get(owner);
    if (created === undefined) this.#ephemerals.set(owner, new Set([record]));
    else created.add(record);
  }

  #unindexEphemeral(record: ChangeRecord): void {
    const owner = record.createdFor;
    if (owner === undefined) return;
    const created = this.#ephemerals.get(owner);
    created?.delete(record);
    if (created?.size === 0) this.#ephemerals.delete(owner);
  }
}

const isOwnedBy = (change: ChangeRecord, owner: SessionId): boolean =>
  change.exists && change.ephemeralOwnerHigh === highWord(owner) && change.ephemeralOwnerLow === lowWord(owner);
