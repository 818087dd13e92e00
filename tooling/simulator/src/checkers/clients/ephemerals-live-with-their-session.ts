// An ephemeral is there while its session lives and nobody deleted it, is that session's, and goes with it.
// When a session ended is known in two ways. A close that was acknowledged has a zxid: whatever is read as of that zxid or later lacks the
// ephemeral. An expiry has none: it may not come before the negotiated timeout has passed, by the fastest clock that a run may have, since
// the session last had an answer that only the leader can have made possible (a write or a sync; answers of a cut-off server prove
// nothing), less what a leader may learn late; and it must have come within a bound after that time, or after the calm.

import type { Millis, Zxid } from '@zebu/protocol';
import type { HistoryEvent } from '../../history/event.ts';
import { ClientChecker } from './client-checker.ts';
import { type ClientLimits, DEFAULT_CLIENT_LIMITS } from './client-limits.ts';
import {
  type ClientRecord,
  type DoneChange,
  hex,
  inOrder,
  mayBeDeleted,
  nameOf,
  type Operation,
  type PathRecord,
  type Read,
  type SessionRecord,
} from './client-record.ts';

export class EphemeralsLiveWithTheirSession extends ClientChecker {
  readonly name = 'ephemerals-live-with-their-session';
  readonly property =
    'An ephemeral belongs to the session that made it, is there as long as that session lives, and is gone once it ended; no session expires early.';
  readonly #limits: ClientLimits;

  constructor(record?: ClientRecord, limits: ClientLimits = DEFAULT_CLIENT_LIMITS) {
    super(record);
    this.#limits = limits;
  }

  protected override onReturned(operation: Operation): void {
    if (operation.request.type === 'getEphemerals' && operation.outcome?.ok === true) this.#checkOwn(operation);
  }

  protected override onOther(event: HistoryEvent, index: number): void {
    if (event.type !== 'sessionExpired') return;
    const session = this.record.session(event.client);
    // A local session ends with its server's memory; one that owns an ephemeral is global.
    const first = ephemeralsOf(session)[0];
    if (first === undefined) return;
    const earliest = this.#earliestExpiry(session, first, event.at);
    if (event.at >= earliest) return;
    this.report(
      event.at,
      index,
      `${session.client} (0x${session.sessionId?.toString(16)}) expired at ${event.at}, before ${earliest}`,
    );
  }

  protected override judge(): void {
    for (const record of this.record.paths.values()) {
      const creations = inOrder(record.changes).filter(({ request }) => request.type === 'create');
      for (const read of record.reads) this.#checkRead(record, creations, read);
    }
  }

  #checkRead(record: PathRecord, creations: readonly DoneChange[], read: Read): void {
    const creation = creations.findLast(({ zxid }) => zxid <= read.zxid);
    if (creation === undefined) return;
    const isSame = read.stat?.czxid === creation.zxid;
    if (isSame) this.#checkOwner(creation, read);
    if (creation.request.type !== 'create' || !creation.request.ephemeral) return;
    if (isSame) this.#checkNotOutlived(creation, read);
    else this.#checkNotGone(record, creation, read);
  }

  #checkOwner({ request, operation: by, path }: DoneChange, { operation, stat }: Read): void {
    const { sessionId } = this.record.session(by.client);
    const owner = request.type === 'create' && request.ephemeral ? sessionId : 0n;
    if (stat === undefined || owner === undefined || stat.ephemeralOwner === owner) return;
    this.blame(
      operation,
      `${path} of ${by.client} is owned by 0x${stat.ephemeralOwner.toString(16)}, not by 0x${owner.toString(16)}`,
    );
  }

  /** It is there: its session cannot have ended, or not long ago. */
  #checkNotOutlived(creation: DoneChange, { operation, zxid }: Read): void {
    const session = this.record.session(creation.operation.client);
    const closed = session.closing?.outcome;
    if (closed?.ok === true && zxid >= closed.zxid) {
      this.blame(
        operation,
        `${nameOf(operation)} as of ${hex(zxid)} shows an ephemeral of ${session.client}, closed at ${hex(closed.zxid)}`,
      );
      return;
    }
    const { calmAt, readingAt } = this.record;
    const endedAt = lastSignOf(session);
    if (endedAt === undefined || calmAt === undefined || readingAt === undefined) return;
    const dueAt = Math.max(calmAt, endedAt) + 2 * session.timeoutMs + this.#limits.expiredWithinMs;
    if (operation.returnedAt <= dueAt) return;
    this.blame(
      operation,
      `${creation.path} of ${session.client}, gone since ${endedAt}, is there at ${operation.returnedAt}`,
    );
  }

  /** It is gone: somebody deleted it, or its session may have ended. */
  #checkNotGone(record: PathRecord, creation: DoneChange, { operation, zxid }: Read): void {
    if (mayBeDeleted(record, operation.returnedIndex)) return;
    const session = this.record.session(creation.operation.client);
    const laterWrite = session.answered.find(
      ({ outcome, changes }) => outcome?.ok === true && changes.length > 0 && outcome.zxid > zxid,
    );
    if (laterWrite !== undefined) {
      this.blame(
        operation,
        `${creation.path} is gone as of ${hex(zxid)}, and its session wrote at ${hex(laterWrite.outcome?.zxid)}`,
      );
      return;
    }
    if (session.closing !== undefined && session.closing.invokedIndex < operation.returnedIndex) return;
    const earliest = this.#earliestExpiry(session, creation.operation, operation.returnedAt);
    if (operation.returnedAt >= earliest) return;
    this.blame(
      operation,
      `${creation.path} is gone at ${operation.returnedAt}; ${session.client} cannot have expired before ${earliest}`,
    );
  }

  /** As far as is known at that time; from the operation on, by which the session is known to be a global one. */
  #earliestExpiry(session: SessionRecord, from: Operation, at: Millis): Millis {
    let contactAt = from.invokedAt;
    for (const operation of session.answered) {
      if (operation.returnedAt > at) break;
      const { outcome, changes, request } = operation;
      if (outcome?.ok === true && (changes.length > 0 || request.type === 'sync')) {
        contactAt = Math.max(contactAt, operation.invokedAt);
      }
    }
    return contactAt + session.timeoutMs / this.#limits.fastestClockRate - this.#limits.lateContactMs;
  }

  /** The session's own list of what it owns. */
  #checkOwn(operation: Operation): void {
    const { client, outcome } = operation;
    if (outcome?.ok !== true) return;
    const listed = new Set(outcome.children);
    const session = this.record.session(client);
    const created = new Set<string>();
    for (const { changes } of session.operations) {
      for (const { request, path, state } of changes) {
        if (request.type === 'create' && request.ephemeral && state !== 'refused') created.add(path ?? request.path);
      }
    }
    for (const path of listed) {
      const isOwn = created.has(path) || [...created].some((prefix) => path.startsWith(prefix));
      if (!isOwn) this.blame(operation, `${client} is told that it owns ${path}`);
      else if (this.#isDeleted(path, outcome.zxid)) {
        this.blame(operation, `${client} is told that it owns ${path}, which is deleted`);
      }
    }
    for (const { changes, request } of session.answered) {
      const [change] = changes;
      if (request.type !== 'create' || !request.ephemeral || change?.path === undefined) continue;
      if (change.zxid === undefined || change.zxid > outcome.zxid || listed.has(change.path)) continue;
      if (mayBeDeleted(this.record.path(change.path), operation.returnedIndex)) continue;
      this.blame(operation, `${client} is not told that it owns ${change.path}`);
    }
  }

  #isDeleted(path: string, zxid: Zxid): boolean {
    const last = inOrder(this.record.path(path).changes).findLast((change) => change.zxid <= zxid);
    return last?.request.type === 'delete';
  }
}

const ephemeralsOf = (session: SessionRecord): Operation[] =>
  session.answered.filter(
    ({ request, outcome }) => request.type === 'create' && request.ephemeral && outcome?.ok === true,
  );

/** When a session that no longer is was heard of last; undefined while it may go on. */
function lastSignOf({ closing, abandonedAt, expiredAt }: SessionRecord): Millis | undefined {
  if (expiredAt !== undefined) return expiredAt;
  if (abandonedAt !== undefined) return abandonedAt;
  return closing?.outcome === undefined ? undefined : closing.returnedAt;
}
