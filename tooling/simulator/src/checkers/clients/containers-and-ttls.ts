// What the ensemble deletes by itself: a container whose children are gone, and a znode whose TTL has passed since it was written. Neither
// before its time nor while something is in it, and both before long.
// TTLs, and the minutes that a container waits for its first child, count by wall clocks: a run in which those jump or drift says nothing of
// them.

import type { Millis, Zxid } from '@zebu/protocol';
import { ClientChecker } from './client-checker.ts';
import { type ClientLimits, DEFAULT_CLIENT_LIMITS } from './client-limits.ts';
import {
  type Change,
  type ClientRecord,
  type CreateRequest,
  type DoneChange,
  hex,
  inOrder,
  mayBeDeleted,
  nameOf,
  parentOf,
  type PathRecord,
  type Read,
} from './client-record.ts';

export class ContainersAndTtls extends ClientChecker {
  readonly name = 'containers-and-ttls';
  readonly property =
    'A container goes only once it had children and has none, a znode with a TTL only once that has passed, and both go before long.';
  readonly #limits: ClientLimits;
  readonly #children = new Map<string, PathRecord[]>();

  constructor(record?: ClientRecord, limits: ClientLimits = DEFAULT_CLIENT_LIMITS) {
    super(record);
    this.#limits = limits;
  }

  protected override judge(): void {
    for (const record of this.record.paths.values()) {
      const parent = parentOf(record.path);
      const siblings = this.#children.get(parent);
      if (siblings === undefined) this.#children.set(parent, [record]);
      else siblings.push(record);
    }
    for (const record of this.record.paths.values()) {
      if (!record.mayVanish) continue;
      const creation = inOrder(record.changes).find(({ request }) => request.type === 'create');
      if (creation?.request.type !== 'create') continue;
      if (creation.request.container === true) this.#checkContainer(record, creation);
      else if (creation.request.ttlMs !== undefined) this.#checkTtl(record, creation, creation.request);
    }
  }

  get #wallClocksDiffer(): boolean {
    return this.record.faults.has('clockJump') || this.record.faults.has('clockDrift');
  }

  #checkContainer(record: PathRecord, creation: DoneChange): void {
    const children = this.#children.get(record.path) ?? [];
    for (const read of record.reads) {
      if (read.zxid < creation.zxid) continue;
      if (read.stat === undefined) this.#checkCollected(record, children, read);
      else this.#checkKept(record, children, read);
    }
  }

  #checkCollected(record: PathRecord, children: readonly PathRecord[], { operation, zxid }: Read): void {
    if (mayBeDeleted(record, operation.returnedIndex)) return;
    const all = children.flatMap(({ changes }) => changes.filter(({ request }) => request.type === 'create'));
    if (
      !this.#wallClocksDiffer &&
      !all.some((child) => child.state !== 'refused' && child.operation.invokedIndex < operation.returnedIndex)
    ) {
      this.blame(operation, `${record.path} is collected as of ${hex(zxid)} although it never had a child`);
    }
    for (const child of children) {
      const last = inOrder(child.changes).findLast(({ request }) => request.type !== 'setData');
      if (last?.request.type !== 'create' || child.mayVanish) continue;
      // Also one that was created later is in a container that cannot be gone.
      if (child.changes.some(({ request, state }) => request.type === 'delete' && state !== 'refused')) continue;
      this.blame(
        operation,
        `${record.path} is collected as of ${hex(zxid)} with ${child.path} in it, created at ${hex(last.zxid)}`,
      );
    }
  }

  #checkKept(record: PathRecord, children: readonly PathRecord[], { operation }: Read): void {
    const dueAt = emptyFrom(children);
    if (dueAt === undefined || !this.#isOverdue(dueAt, operation.returnedAt)) return;
    this.blame(operation, `${record.path} is empty since ${dueAt} and still there at ${operation.returnedAt}`);
  }

  #checkTtl(record: PathRecord, creation: DoneChange, { ttlMs }: CreateRequest): void {
    if (ttlMs === undefined || this.#wallClocksDiffer) return;
    // What is in it keeps it.
    if (this.#children.has(record.path)) return;
    const writes = record.changes.filter(({ request, state }) => request.type !== 'delete' && state !== 'refused');
    for (const read of record.reads) {
      if (read.zxid < creation.zxid) continue;
      if (read.stat === undefined) this.#checkNotEarly(record, writes, ttlMs, read);
      else this.#checkNotLate(record, writes, ttlMs, read);
    }
  }

  /** It is gone: since its last known write the time must have passed. */
  #checkNotEarly(record: PathRecord, writes: readonly Change[], ttlMs: Millis, { operation, zxid }: Read): void {
    if (mayBeDeleted(record, operation.returnedIndex)) return;
    for (const write of writes) {
      if (!isBy(write, zxid) || operation.returnedAt >= write.operation.invokedAt + ttlMs) continue;
      this.blame(
        operation,
        `${record.path} is gone at ${operation.returnedAt}, ${ttlMs} ms after ${nameOf(write.operation)} at ${write.operation.invokedAt} have not passed`,
      );
    }
  }

  #checkNotLate(record: PathRecord, writes: readonly Change[], ttlMs: Millis, { operation }: Read): void {
    const lastAt = Math.max(...writes.map((write) => write.operation.returnedAt));
    if (!this.#isOverdue(lastAt + ttlMs, operation.returnedAt)) return;
    this.blame(operation, `${record.path} was due at ${lastAt + ttlMs} and is there at ${operation.returnedAt}`);
  }

  #isOverdue(dueAt: Millis, at: Millis): boolean {
    const { calmAt } = this.record;
    return calmAt !== undefined && at > Math.max(calmAt, dueAt) + this.#limits.collectedWithinMs;
  }
}

const isBy = (change: Change, zxid: Zxid): boolean =>
  change.state === 'done' && change.zxid !== undefined && change.zxid <= zxid;

/** Since when the container had children and surely has none; undefined when it never had, or may have. */
function emptyFrom(children: readonly PathRecord[]): Millis | undefined {
  let hadChild = false;
  let emptyAt = 0;
  for (const { changes } of children) {
    if (changes.some(({ request, state }) => request.type === 'create' && state === 'open')) return undefined;
    const last = inOrder(changes).findLast(({ request }) => request.type !== 'setData');
    if (last === undefined) continue;
    if (last.request.type !== 'delete') return undefined;
    hadChild = true;
    emptyAt = Math.max(emptyAt, last.operation.returnedAt);
  }
  return hadChild ? emptyAt : undefined;
}
