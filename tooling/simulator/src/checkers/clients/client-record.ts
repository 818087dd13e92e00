// What clients asked and learned, folded from the events: operations with their outcomes, and for each path what was written to it and
// read of it. Shared by the checkers of this folder, each of which judges one thing; this judges nothing.

import type { Millis, SessionId, Zxid } from '@zebu/protocol';
import type { ClientOutcome, ClientRequest, HistoryEvent } from '../../history/event.ts';

export interface Operation {
  readonly client: string;
  readonly number: number;
  readonly request: ClientRequest;
  readonly invokedAt: Millis;
  readonly invokedIndex: number;
  /** Undefined until it returned, or for ever. */
  outcome: ClientOutcome | undefined;
  returnedAt: Millis;
  returnedIndex: number;
  /** What it writes: one of a single write, one a part of a multi, none of a read. */
  readonly changes: Change[];
}

export type CreateRequest = Extract<ClientRequest, { type: 'create' }>;
type WriteRequest = Extract<ClientRequest, { type: 'create' | 'setData' | 'delete' }>;

/** One change of one znode, done or not. */
export interface Change {
  readonly operation: Operation;
  /** Its place in its multi. */
  readonly part: number;
  readonly request: WriteRequest;
  /** Of a sequential creation, undefined until its name is known. */
  path: string | undefined;
  /** `open`: nobody knows, or not yet. An open one that is seen in a read was done. */
  state: 'open' | 'done' | 'refused';
  /** Known once done. */
  zxid: Zxid | undefined;
}

export interface DoneChange extends Change {
  readonly path: string;
  readonly zxid: Zxid;
}

export interface PathRecord {
  readonly path: string;
  readonly changes: Change[];
  /** Of getData and exists, answered with the znode or with NONODE. */
  readonly reads: Read[];
  readonly listings: Read[];
  /** An ephemeral, a container or a znode with a TTL was, or may have been, created here: it can go without a delete. */
  mayVanish: boolean;
}

/** A read that was answered: the stat, or that there is no znode. */
export interface Read {
  readonly operation: Operation;
  readonly zxid: Zxid;
  readonly stat: Extract<ClientOutcome, { ok: true }>['stat'];
  readonly data: string | null | undefined;
  readonly children: readonly string[] | undefined;
}

export interface SessionRecord {
  readonly client: string;
  sessionId: SessionId | undefined;
  timeoutMs: Millis;
  /** In the order of their numbers. */
  readonly operations: Operation[];
  /** Operations that were answered by a server, in the order of the answers. */
  readonly answered: Operation[];
  /** When connections came and went, by index. */
  readonly connections: { readonly index: number; readonly isUp: boolean }[];
  expiredAt: Millis | undefined;
  abandonedAt: Millis | undefined;
  closing: Operation | undefined;
}

const CONFIG_PATH = '/zookeeper/config';
const UNKNOWN_OUTCOMES: ReadonlySet<string> = new Set(['CONNECTIONLOSS', 'SESSIONEXPIRED', 'CLIENT_CLOSED']);

/** Whether it was done or not, nobody knows. */
export const isUnknown = (outcome: ClientOutcome | undefined): boolean =>
  outcome === undefined || (!outcome.ok && UNKNOWN_OUTCOMES.has(outcome.error));

export class ClientRecord {
  readonly sessions = new Map<string, SessionRecord>();
  readonly paths = new Map<string, PathRecord>();
  readonly operations: Operation[] = [];
  /** By what was written: every payload of a workload is unique. */
  readonly changesByData = new Map<string, Change>();
  /** Sequential creations whose names nobody knows. */
  readonly nameless = new Set<Change>();
  /** Kinds of faults that happened. */
  readonly faults = new Set<string>();
  calmAt: Millis | undefined;
  readingAt: Millis | undefined;
  /** The operation of the last `invoked` or `returned`. */
  operation: Operation | undefined;
  #foldedIndex = -1;

  /** Several checkers may hand in the same event: it counts once. */
  fold(event: HistoryEvent, index: number): void {
    if (index <= this.#foldedIndex) return;
    this.#foldedIndex = index;
    if (event.type === 'invoked') this.operation = this.#invoke(event, index);
    else if (event.type === 'returned') this.operation = this.#return(event, index);
    else if (event.type === 'fault') this.faults.add(event.kind);
    else if (event.type === 'phase') this.#onPhase(event);
    else if ('client' in event) this.#onSession(event, index);
  }

  session(client: string): SessionRecord {
    let session = this.sessions.get(client);
    if (session === undefined) {
      session = {
        client,
        sessionId: undefined,
        timeoutMs: 0,
        operations: [],
        answered: [],
        connections: [],
        expiredAt: undefined,
        abandonedAt: undefined,
        closing: undefined,
      };
      this.sessions.set(client, session);
    }
    return session;
  }

  path(path: string): PathRecord {
    let record = this.paths.get(path);
    if (record === undefined) {
      record = { path, changes: [], reads: [], listings: [], mayVanish: false };
      this.paths.set(path, record);
    }
    return record;
  }

  #onPhase({ phase, at }: Extract<HistoryEvent, { type: 'phase' }>): void {
    if (phase === 'calm') this.calmAt ??= at;
    if (phase === 'reading') this.readingAt ??= at;
  }

  #onSession(event: Extract<HistoryEvent, { client: string }>, index: number): void {
    const session = this.session(event.client);
    if (event.type === 'sessionConnected') {
      session.sessionId = event.sessionId;
      session.timeoutMs = event.timeoutMs;
      session.connections.push({ index, isUp: true });
    } else if (event.type === 'sessionDisconnected') {
      session.connections.push({ index, isUp: false });
    } else if (event.type === 'sessionExpired') {
      session.expiredAt = event.at;
    } else if (event.type === 'sessionAbandoned') {
      session.abandonedAt = event.at;
    }
  }

  #invoke(event: Extract<HistoryEvent, { type: 'invoked' }>, index: number): Operation {
    const operation: Operation = {
      client: event.client,
      number: event.operation,
      request: event.request,
      invokedAt: event.at,
      invokedIndex: index,
      outcome: undefined,
      returnedAt: Number.POSITIVE_INFINITY,
      returnedIndex: Number.POSITIVE_INFINITY,
      changes: [],
    };
    const session = this.session(event.client);
    session.operations.push(operation);
    if (event.request.type === 'closeSession') session.closing = operation;
    this.operations.push(operation);
    for (const [part, request] of partsOf(event).entries()) {
      if (isWrite(request)) this.#addChange(operation, part, request);
    }
    return operation;
  }

  #addChange(operation: Operation, part: number, request: WriteRequest): void {
    const change: Change = { operation, part, request, path: undefined, state: 'open', zxid: undefined };
    operation.changes.push(change);
    if (request.type !== 'delete') this.changesByData.set(request.data, change);
    if (request.type === 'create' && request.sequential) this.nameless.add(change);
    else this.#name(change, request.path);
  }

  #name(change: Change, path: string): void {
    if (change.path !== undefined) return;
    change.path = path;
    this.nameless.delete(change);
    const record = this.path(path);
    record.changes.push(change);
    if (change.request.type === 'create' && canVanish(change.request)) record.mayVanish = true;
  }

  #return(event: Extract<HistoryEvent, { type: 'returned' }>, index: number): Operation | undefined {
    const session = this.session(event.client);
    const operation = session.operations[event.operation - 1];
    if (operation === undefined) return undefined;
    const { outcome } = event;
    operation.outcome = outcome;
    operation.returnedAt = event.at;
    operation.returnedIndex = index;
    if (outcome.zxid !== undefined) session.answered.push(operation);
    for (const change of operation.changes) this.#settle(change, outcome);
    const read = readOf(operation);
    if (read !== undefined) this.#learn(read);
    return operation;
  }

  #settle(change: Change, outcome: ClientOutcome): void {
    if (outcome.ok) {
      change.state = 'done';
      change.zxid = outcome.zxid;
      const name = outcome.path ?? outcome.parts?.[change.part]?.path;
      if (name !== undefined) this.#name(change, name);
    } else if (!isUnknown(outcome)) {
      change.state = 'refused';
      this.nameless.delete(change);
    }
  }

  #learn(read: Read): void {
    const { request } = read.operation;
    if (request.type === 'getChildren') {
      this.path(request.path).listings.push(read);
      return;
    }
    if (request.type !== 'getData' && request.type !== 'exists') return;
    this.path(request.path).reads.push(read);
    const change = typeof read.data === 'string' ? this.changesByData.get(read.data) : undefined;
    if (change?.state !== 'open' || read.stat === undefined) return;
    change.state = 'done';
    change.zxid = read.stat.mzxid;
    this.#name(change, request.path);
  }
}

function partsOf({ client, operation, request }: Extract<HistoryEvent, { type: 'invoked' }>): readonly ClientRequest[] {
  if (request.type === 'multi') return request.operations;
  // To whoever watches the znode of the configuration it is a write of it.
  if (request.type === 'reconfig')
    return [{ type: 'setData', path: CONFIG_PATH, data: `${client}:${operation}`, version: -1 }];
  return [request];
}

const isWrite = (request: ClientRequest): request is WriteRequest =>
  request.type === 'create' || request.type === 'setData' || request.type === 'delete';

const canVanish = ({ ephemeral, container, ttlMs }: CreateRequest): boolean =>
  ephemeral || container === true || ttlMs !== undefined;

/** A read that says what there was; undefined for anything else. */
export function readOf(operation: Operation): Read | undefined {
  const { request, outcome } = operation;
  if (request.type !== 'getData' && request.type !== 'exists' && request.type !== 'getChildren') return undefined;
  if (outcome?.zxid === undefined) return undefined;
  if (outcome.ok) {
    return { operation, zxid: outcome.zxid, stat: outcome.stat, data: outcome.data, children: outcome.children };
  }
  if (outcome.error !== 'NONODE') return undefined;
  return { operation, zxid: outcome.zxid, stat: undefined, data: undefined, children: undefined };
}

export const isDone = (change: Change): change is DoneChange =>
  change.state === 'done' && change.zxid !== undefined && change.path !== undefined;

/** Those that are known to have been done, as the ensemble did them. */
export function inOrder(changes: readonly Change[]): DoneChange[] {
  return changes
    .filter(isDone)
    .sort((left, right) => (left.zxid === right.zxid ? left.part - right.part : left.zxid < right.zxid ? -1 : 1));
}

/** Whether a delete that nobody knows to have failed was under way before the event of this index. */
export const mayBeDeleted = (record: PathRecord, beforeIndex: number): boolean =>
  record.changes.some(
    ({ request, state, operation }) =>
      request.type === 'delete' && state !== 'refused' && operation.invokedIndex < beforeIndex,
  );

export const parentOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** For messages. */
export const hex = (zxid: Zxid | undefined): string => (zxid === undefined ? 'no zxid' : `0x${zxid.toString(16)}`);

export const nameOf = ({ client, number, request }: Operation): string =>
  `${request.type}${'path' in request ? ` ${request.path}` : ''} (${client} #${number})`;
