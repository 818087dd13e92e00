// Histories of clients written by hand. Zxids are of epoch 1 and named by their counters; a client's operations are numbered as they are told.

import { type Epoch, type Millis, makeZxid, type ServerId, type SessionId, type Zxid } from '@zebu/protocol';
import type {
  ClientOutcome,
  ClientRequest,
  HistoryEvent,
  HistoryFact,
  StatSummary,
} from '../../../src/history/event.ts';

export const zxid = (counter: number): Zxid => makeZxid(1 as Epoch, counter);

export const SESSION_TIMEOUT_MS = 2000;

/** An operation under way. */
export interface Call {
  readonly client: string;
  readonly operation: number;
  readonly request: ClientRequest;
}

type AnswerWithoutQuorum = Extract<HistoryEvent, { type: 'answeredWithoutQuorum' }>['answer'];
type WatchEventName = Extract<HistoryEvent, { type: 'watchFired' }>['event'];

export interface Seen {
  readonly czxid: number;
  readonly mzxid?: number;
  readonly version?: number;
  /** Who owns it. */
  readonly owner?: string;
  readonly data?: string;
}

export interface CreateKind {
  readonly ephemeral?: boolean;
  readonly sequential?: boolean;
  readonly container?: true;
  readonly ttlMs?: number;
}

export type Part =
  | ({ readonly type: 'create'; readonly path: string } & CreateKind)
  | { readonly type: 'setData' | 'delete'; readonly path: string; readonly version?: number };

export class ClientStory {
  readonly events: HistoryEvent[] = [];
  readonly #counts = new Map<string, number>();
  readonly #sessions = new Map<string, SessionId>();
  #at: Millis = 0;

  /** Each event takes a millisecond; this is for more. */
  wait(ms: Millis): this {
    this.#at += ms;
    return this;
  }

  add(fact: HistoryFact): this {
    this.events.push({ at: this.#at++, ...fact } as HistoryEvent);
    return this;
  }

  phase(phase: 'calm' | 'reading' | 'over'): this {
    return this.add({ type: 'phase', phase });
  }

  fault(kind: string): this {
    return this.add({ type: 'fault', kind, description: kind, servers: [] });
  }

  // --- Sessions --------------------------------------------------------------------------------------------------------------------------

  connects(client: string, server = 1): this {
    const reattached = this.#sessions.has(client);
    return this.add({
      client,
      type: 'sessionConnected',
      server: server as ServerId,
      sessionId: this.#sessionOf(client),
      timeoutMs: SESSION_TIMEOUT_MS,
      reattached,
    });
  }

  disconnects(client: string): this {
    return this.add({ client, type: 'sessionDisconnected', sessionId: this.#sessionOf(client) });
  }

  expires(client: string): this {
    return this.add({ client, type: 'sessionExpired', sessionId: this.#sessionOf(client) });
  }

  abandons(client: string): this {
    return this.add({ client, type: 'sessionAbandoned', sessionId: this.#sessionOf(client) });
  }

  answeredWithoutQuorum(path: string, answer: AnswerWithoutQuorum): this {
    return this.add({ client: 'browser', type: 'answeredWithoutQuorum', server: 1 as ServerId, path, answer });
  }

  closes(client: string, at: number): this {
    return this.answers(this.asks(client, { type: 'closeSession' }), { ok: true, zxid: zxid(at) });
  }

  /** Of whichever configuration is in force. */
  reconfigures(client: string, at: number): this {
    const call = this.asks(client, { type: 'reconfig', change: 'add a server' });
    return this.answers(call, { ok: true, zxid: zxid(at), configuration: zxid(at) });
  }

  asksToReconfigure(client: string, from: number): Call {
    return this.asks(client, { type: 'reconfig', change: 'add a server', fromVersion: zxid(from) });
  }

  // --- Operations, a step at a time ------------------------------------------------------------------------------------------------------

  asks(client: string, request: ClientRequest): Call {
    if (!this.#sessions.has(client)) this.connects(client);
    const operation = (this.#counts.get(client) ?? 0) + 1;
    this.#counts.set(client, operation);
    this.add({ client, type: 'invoked', operation, request });
    return { client, operation, request };
  }

  answers({ client, operation }: Call, outcome: ClientOutcome, server = 1): this {
    if (outcome.zxid !== undefined) {
      const error = outcome.ok ? 0 : -1;
      this.add({ client, type: 'replied', server: server as ServerId, xid: operation, zxid: outcome.zxid, error });
    }
    return this.add({ client, type: 'returned', operation, outcome });
  }

  /** Nobody knows whether it was done. */
  loses(call: Call): this {
    return this.answers(call, { ok: false, error: 'CONNECTIONLOSS' });
  }

  refuses(call: Call, error: string, at: number): this {
    return this.answers(call, { ok: false, error, zxid: zxid(at) });
  }

  asksToCreate(client: string, path: string, kind: CreateKind = {}): Call {
    const { ephemeral = false, sequential = false, ...rest } = kind;
    return this.asks(client, { type: 'create', path, data: this.payload(client), ephemeral, sequential, ...rest });
  }

  asksToSet(client: string, path: string, version = -1): Call {
    return this.asks(client, { type: 'setData', path, data: this.payload(client), version });
  }

  asksToDelete(client: string, path: string): Call {
    return this.asks(client, { type: 'delete', path, version: -1 });
  }

  asksForMulti(client: string, parts: readonly Part[]): Call {
    const payload = this.payload(client);
    const operations = parts.map((part, index): ClientRequest => {
      if (part.type === 'create') {
        const { ephemeral = false, sequential = false } = part;
        return { ...part, data: `${payload}.${index}`, ephemeral, sequential };
      }
      const version = part.version ?? -1;
      return part.type === 'delete'
        ? { type: 'delete', path: part.path, version }
        : { type: 'setData', path: part.path, data: `${payload}.${index}`, version };
    });
    return this.asks(client, { type: 'multi', operations });
  }

  // --- Operations that are answered at once ----------------------------------------------------------------------------------------------

  creates(client: string, path: string, at: number, kind: CreateKind & { readonly name?: string } = {}): this {
    const { name = path, ...rest } = kind;
    const owner = kind.ephemeral === true ? client : undefined;
    const call = this.asksToCreate(client, path, rest);
    const stat = this.stat({ czxid: at, ...(owner === undefined ? {} : { owner }) });
    return this.answers(call, { ok: true, zxid: zxid(at), path: name, stat });
  }

  /** `version` is the one that it makes. */
  sets(client: string, path: string, at: number, made: { readonly czxid: number; readonly version: number }): this {
    const stat = this.stat({ ...made, mzxid: at });
    return this.answers(this.asksToSet(client, path), { ok: true, zxid: zxid(at), stat });
  }

  deletes(client: string, path: string, at: number): this {
    return this.answers(this.asksToDelete(client, path), { ok: true, zxid: zxid(at) });
  }

  syncs(client: string, at: number): this {
    return this.answers(this.asks(client, { type: 'sync', path: '/' }), { ok: true, zxid: zxid(at) });
  }

  /** As of this zxid; without `seen` there is no znode. Returns the number of the watch, too. */
  reads(client: string, path: string, at: number, seen?: Seen, watch = false): number {
    const number = (this.#counts.get(client) ?? 0) + 1;
    const call = this.asks(client, { type: 'getData', path, ...(watch ? { watch: number } : {}) });
    if (seen === undefined) this.refuses(call, 'NONODE', at);
    else this.answers(call, { ok: true, zxid: zxid(at), data: seen.data ?? null, stat: this.stat(seen) });
    return number;
  }

  looksFor(client: string, path: string, at: number, seen?: Seen): number {
    const number = (this.#counts.get(client) ?? 0) + 1;
    const call = this.asks(client, { type: 'exists', path, watch: number });
    if (seen === undefined) this.refuses(call, 'NONODE', at);
    else this.answers(call, { ok: true, zxid: zxid(at), stat: this.stat(seen) });
    return number;
  }

  lists(client: string, path: string, at: number, children: readonly string[], watch = false): number {
    const number = (this.#counts.get(client) ?? 0) + 1;
    const call = this.asks(client, { type: 'getChildren', path, ...(watch ? { watch: number } : {}) });
    this.answers(call, { ok: true, zxid: zxid(at), children });
    return number;
  }

  watches(client: string, path: string, at: number, recursive: boolean): number {
    const number = (this.#counts.get(client) ?? 0) + 1;
    this.answers(this.asks(client, { type: 'addWatch', path, recursive, watch: number }), { ok: true, zxid: zxid(at) });
    return number;
  }

  hears(client: string, watch: number, event: WatchEventName, path: string): this {
    return this.add({ client, type: 'watchFired', watch, event, path });
  }

  // --- Parts -----------------------------------------------------------------------------------------------------------------------------

  /** What the next operation of the client writes. */
  payload(client: string): string {
    return `${client}:${(this.#counts.get(client) ?? 0) + 1}`;
  }

  stat({ czxid, mzxid = czxid, version = 0, owner }: Seen): StatSummary {
    return {
      czxid: zxid(czxid),
      mzxid: zxid(mzxid),
      pzxid: zxid(czxid),
      version,
      ephemeralOwner: owner === undefined ? (0n as SessionId) : this.#sessionOf(owner),
    };
  }

  #sessionOf(client: string): SessionId {
    const id = this.#sessions.get(client) ?? (BigInt(0x100 + this.#sessions.size) as SessionId);
    this.#sessions.set(client, id);
    return id;
  }
}
