// Whose time is up, on the server that orders writes. However many sessions there are, no step does more than a bounded part: a new leader takes
// the sessions of the tree over in slices, signs of life are noted in slices, and thousands that expire together end some at a time.

import type { DataTree } from '@zebu/datatree';
import { type ForwardedRequest, type Millis, OpCode, type SessionId, type TouchedSession } from '@zebu/protocol';
import type { PrepProcessor } from '@zebu/requests';
import type { SessionTracker } from '@zebu/sessions';

/** Sessions and ephemerals whose end is prepared in one step. */
const ENDED_PER_STEP = 128;
/** Sessions that expired and are not gone from the tree yet. The rest wait, or a write of the living would wait for thousands of them. */
const MAX_OUTSTANDING = 1024;
/** Sessions taken over from the tree in one step. */
const TAKEN_OVER_PER_STEP = 1024;
/** Sessions whose sign of life is noted in one step. */
const HEARD_PER_STEP = 2048;
const NOTHING = new Uint8Array(0);

export interface SessionExpiryDependencies {
  readonly tree: DataTree;
  readonly sessions: SessionTracker;
  readonly prep: PrepProcessor;
}

/** Sessions that a server has heard from. */
interface Heard {
  readonly sessions: readonly TouchedSession[];
  readonly at: Millis;
  /** From here on they are not noted yet. */
  next: number;
}

export class SessionExpiry {
  readonly #tree: DataTree;
  readonly #sessions: SessionTracker;
  readonly #prep: PrepProcessor;
  readonly #startedAt: Millis;
  /** Sessions of the tree that are not tracked yet; undefined once all are. */
  #inherited: Iterator<readonly [SessionId, number]> | undefined;
  /** In the order in which they came. Invariant: nobody is judged before it is empty. */
  readonly #heard: Heard[] = [];
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

  /** These sessions were alive at `at`. */
  hear(sessions: readonly TouchedSession[], at: Millis): void {
    if (sessions.length > 0) this.#heard.push({ sessions, at, next: 0 });
    if (this.#heard.length === 1) this.#noteSome();
  }

  /** Requests that end sessions whose time is up, as many as one step bears. */
  due(now: Millis): ForwardedRequest[] {
    this.#takeOverSome();
    this.#noteSome();
    const requests: ForwardedRequest[] = [];
    if (this.#heard.length > 0) return requests;
    for (let work = 0; work < ENDED_PER_STEP && this.#hasRoomFor(requests.length); work++) {
      const [sessionId] = this.#sessions.expired(now, 1);
      if (sessionId === undefined) break;
      requests.push({ sessionId, cxid: 0, type: OpCode.CLOSE_SESSION, payload: NOTHING, authInfo: [] });
      work += this.#tree.ephemeralCountOf(sessionId, ENDED_PER_STEP);
    }
    this.#expiredCount += requests.length;
    return requests;
  }

  /** When `due` has something to do; in the past when it left something, undefined while those whom it named are not gone. */
  nextWakeup(): Millis | undefined {
    if (this.#inherited !== undefined || this.#heard.length > 0) return this.#startedAt;
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

  #noteSome(): void {
    let count = 0;
    for (let heard = this.#heard[0]; heard !== undefined && count < HEARD_PER_STEP; heard = this.#heard[0]) {
      const { sessions, at } = heard;
      for (; heard.next < sessions.length && count < HEARD_PER_STEP; count++) {
        this.#note(sessions[heard.next++] as TouchedSession, at);
      }
      if (heard.next === sessions.length) this.#heard.shift();
    }
  }

  #note({ sessionId, timeoutMs }: TouchedSession, at: Millis): void {
    this.takeOver(sessionId);
    this.#sessions.touch(sessionId, timeoutMs, at);
  }
}
