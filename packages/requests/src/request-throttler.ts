// Requests that came while too many were in process: they wait in the order of their arrival, whoever sent them (ZooKeeper's
// RequestThrottler, between the connections and the first processor).

import { type Millis, OpCode } from '@zebu/protocol';
import type { Clients } from './clients.ts';
import type { PendingRequest } from './pending-request.ts';
import type { RequestThrottle } from './request-limits.ts';

export class RequestThrottler {
  readonly #options: RequestThrottle;
  readonly #clients: Clients;
  /** First and last of a singly linked queue. */
  #head: PendingRequest | undefined;
  #tail: PendingRequest | undefined;
  #lookedAt: Millis = 0;

  constructor(options: RequestThrottle, clients: Clients) {
    this.#options = options;
    this.#clients = clients;
  }

  /** Whether a request that comes now has to wait. */
  get isFull(): boolean {
    return this.#head !== undefined || this.#clients.outstandingCount >= this.#options.maxRequestCount;
  }

  /** When to look again, though nothing was answered meanwhile. */
  get nextLook(): Millis | undefined {
    return this.#head === undefined ? undefined : this.#lookedAt + this.#options.stallTimeMs;
  }

  push(request: PendingRequest): void {
    if (this.#tail === undefined) this.#head = request;
    else this.#tail.next = request;
    this.#tail = request;
    this.#clients.countThrottled(request, 1);
  }

  /** The next request to begin, if there is room for one. Stale ones are dropped on the way. */
  take(now: Millis): PendingRequest | undefined {
    this.#lookedAt = now;
    for (let request = this.#head; request !== undefined; request = this.#head) {
      const drop = this.#mustDrop(request, now);
      if (!drop && this.#clients.outstandingCount >= this.#options.maxRequestCount) return undefined;
      this.#shift(request);
      if (drop) continue;
      if (this.#waitedTooLong(request, now)) request.kind = 'throttled';
      return request;
    }
    return undefined;
  }

  clear(): void {
    this.#head = undefined;
    this.#tail = undefined;
  }

  #shift(request: PendingRequest): void {
    this.#head = request.next;
    if (this.#head === undefined) this.#tail = undefined;
    request.next = undefined;
    this.#clients.countThrottled(request, -1);
  }

  /** Once one request of a connection was dropped the others go too, or they would overtake it. */
  #mustDrop(request: PendingRequest, now: Millis): boolean {
    const { connection } = request;
    if (connection.droppedRequest) return true;
    if (!this.#options.dropStale || !this.#isStale(request, now)) return false;
    connection.droppedRequest = true;
    this.#clients.close(connection);
    return true;
  }

  /** Whoever closes his session wants it closed, connected or not (Request.isStale). */
  #isStale({ connection, type, receivedAt }: PendingRequest, now: Millis): boolean {
    if (type === OpCode.CLOSE_SESSION) return false;
    if (this.#options.staleConnectionCheck && connection.phase === 'closed') return true;
    return this.#options.staleLatencyCheck && now - receivedAt > connection.sessionTimeoutMs;
  }

  /** What closes the connection in any case stays what it is. */
  #waitedTooLong({ kind, type, receivedAt }: PendingRequest, now: Millis): boolean {
    if (type === OpCode.CLOSE_SESSION || kind === 'unknown' || kind === 'oversized') return false;
    return now - receivedAt > this.#options.throttledOpWaitTimeMs;
  }
}
