// Whose time is up, on the server that orders writes. However many sessions there are, no step does more than a bounded part: a new leader takes
// the sessions of the tree over in slices, and thousands that expire together end a few hundred at a time.

import type { DataTree } from '@zebu/datatree';
import { type ForwardedRequest, type Millis, OpCode, type SessionId } from '@zebu/protocol';
import type { PrepProcessor } from '@zebu/requests';
import type { SessionTracker } from '@zebu/sessions';

/** Sessions and ephemerals whose end is prepared in one step. */
const WORK_PER_STEP = 256;
/** Sessions that expired and are not gone from the tree yet. The rest wait, or a write of the living would wait for thousands of them. */
const MAX_OUTSTANDING = 1024;
/** Sessions taken over from the tree in one step. */
const TAKEN_OVER_PER_STEP = 1024;
const NOTHING = new Uint8Array(0);

export interface SessionExpiryDependencies {
  readonly tree: DataTree;
  readonly sessions: SessionTracker;
  readonly prep: PrepProcessor;
}

export class SessionExpiry {
  readonly #tree: DataTree;
  readonly #sessions: SessionTracker;
  readonly #prep: PrepProcessor;
  readonly #startedAt: Millis;
  /** Sessions of the tree that are not tracked yet; undefined once all are. */
  #inherited: Iterator<readonly [SessionId, number]> | undefined;
  #expiredCount = 0;

  constructor({ tree, sessions, prep }: SessionExpiryDependencies, now: Millis) {
    this.#tree = tree;
    this.#sessions = sessions;
    this.#prep = prep;
    this.#startedAt = now;
    this.#inherited = tree.sessions[Symbol.iterator]();
    this.#takeOverSome();
  }

  get expiredCount(): number {
    return this.#expiredCount;
  }

  /** Before anything is decided about the session. */
  takeOver(sessionId: SessionId): void {
    if (this.#inherited === undefined || this.#sessions.has(sessionId)) return;
    const timeoutMs = this.#tree.sessions.get(sessionId);
    // Nobody knows how long each was silent before: all get their full timeout (SessionTrackerImpl's constructor).
    if (timeoutMs !== undefined) this.#sessions.track(sessionId, timeoutMs, this.#startedAt);
  }

  /** Requests that end sessions whose time is up, as many as one step bears. */
  due(now: Millis): ForwardedRequest[] {
    this.#takeOverSome();
    const requests: ForwardedRequest[] = [];
    for (let work = 0; work < WORK_PER_STEP && this.#hasRoomFor(requests.length); work++) {
      const [sessionId] = this.#sessions.expired(now, 1);
      if (sessionId === undefined) break;
      requests.push({ sessionId, cxid: 0, type: OpCode.CLOSE_SESSION, payload: NOTHING, authInfo: [] });
      work += this.#prep.ephemeralCountOf(sessionId);
    }
    this.#expiredCount += requests.length;
    return requests;
  }

  /** When `due` has something to say; in the past when it left something, undefined while those it named are not gone. */
  nextWakeup(): Millis | undefined {
    if (this.#inherited !== undefined) return this.#startedAt;
    return this.#hasRoomFor(0) ? this.#sessions.nextExpiry() : undefined;
  }

  #hasRoomFor(more: number): boolean {
    return this.#prep.closingCount + more < MAX_OUTSTANDING;
  }

  #takeOverSome(): void {
    for (let i = 0; i < TAKEN_OVER_PER_STEP && this.#inherited !== undefined; i++) {
      const next = this.#inherited.next();
      if (next.done === true) this.#inherited = undefined;
      else this.takeOver(next.value[0]);
    }
  }
}
