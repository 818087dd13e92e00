// A session that this server serves, with its requests in order: what came first is answered first.

import type { Millis, SessionId } from '@zebu/protocol';
import type { ClientConnection } from './client-connection.ts';
import type { PendingRequest } from './pending-request.ts';

export class ServedSession {
  readonly id: SessionId;
  timeoutMs: Millis;
  /** Undefined once it is gone; commits of its writes may still come. */
  connection: ClientConnection | undefined;
  /** Known to this server alone (ZooKeeper's local sessions). */
  isLocal = false;
  /** Heard from since takeTouchedSessions(). */
  touched = false;
  /**
   * First of a singly linked queue. Invariant: a read is never first, and every write before the first sync has been
   * submitted, so the first write of the queue is the next one whose commit can come.
   */
  #head: PendingRequest | undefined;
  #tail: PendingRequest | undefined;
  #syncCount = 0;

  constructor(id: SessionId, timeoutMs: Millis) {
    this.id = id;
    this.timeoutMs = timeoutMs;
  }

  get head(): PendingRequest | undefined {
    return this.#head;
  }

  /** Nothing waits, so a read may be answered at once. */
  get isIdle(): boolean {
    return this.#head === undefined;
  }

  /** Writes after a sync are held back until it is answered: they might else be committed before it is. */
  get waitsForSync(): boolean {
    return this.#syncCount > 0;
  }

  push(request: PendingRequest): void {
    if (this.#tail === undefined) this.#head = request;
    else this.#tail.next = request;
    this.#tail = request;
    if (request.kind === 'sync') this.#syncCount++;
  }

  shift(): void {
    const head = this.#head;
    if (head === undefined) return;
    this.#head = head.next;
    head.next = undefined;
    if (this.#head === undefined) this.#tail = undefined;
    if (head.kind === 'sync') this.#syncCount--;
  }

  /** The writes in front of the first sync that have not gone to the leader yet. */
  *submittable(): Iterable<PendingRequest> {
    for (let each = this.#head; each !== undefined && each.kind !== 'sync'; each = each.next) {
      if (each.kind === 'write' && !each.submitted) yield each;
    }
  }

  /** Forgets what nobody waits for any more. Submitted writes stay, since their commits come. */
  abandonUnsubmitted(): void {
    let last: PendingRequest | undefined;
    this.#syncCount = 0;
    for (let each = this.#head; each !== undefined; each = each.next) {
      each.abandon();
      if (!each.submitted) continue;
      if (last === undefined) this.#head = each;
      else last.next = each;
      last = each;
    }
    if (last === undefined) this.#head = undefined;
    else last.next = undefined;
    this.#tail = last;
  }
}
