// A client that writes down what it asks and what it is answered, in the order in which both happen. Its calls never reject.

import {
  type Client,
  CreateMode,
  type EnsembleChange,
  isZooKeeperError,
  type MultiResult,
  type TransactionOperation,
  type WatchEvent,
} from '@zebu/client';
import { type Stat, unreachable, type Zxid } from '@zebu/protocol';
import type { ClientOutcome, ClientRequest, PartSummary, StatSummary } from '../history/event.ts';
import type { History } from '../history/history.ts';
import type { ClientSettings } from '../world/world.ts';
import type { ReplyZxids } from './reply-zxids.ts';
import type { WorkloadWorld } from './workload-world.ts';

type Create = Extract<ClientRequest, { type: 'create' }>;
type PartRequest = Extract<ClientRequest, { type: Part['type'] }>;
type Answer = Omit<Extract<ClientOutcome, { ok: true }>, 'ok' | 'zxid'>;

export interface CreateKind {
  readonly ephemeral?: boolean;
  readonly sequential?: boolean;
  readonly container?: true;
  readonly ttlMs?: number;
}

export interface DataOptions {
  readonly version?: number;
}

export interface WatchedOptions {
  readonly watch?: boolean;
}

/** The part of a multi. The data of what it writes is told from all others by its place in the multi. */
export type Part =
  | ({ readonly type: 'create'; readonly path: string } & CreateKind)
  | { readonly type: 'setData'; readonly path: string; readonly version?: number }
  | { readonly type: 'delete'; readonly path: string; readonly version?: number }
  | { readonly type: 'check'; readonly path: string; readonly version: number };

const ANY_VERSION = -1;

export class RecordedClient {
  readonly name: string;
  readonly #history: History;
  readonly #client: Client;
  readonly #zxids: ReplyZxids;
  #count = 0;

  constructor(world: Pick<WorkloadWorld, 'history' | 'client'>, zxids: ReplyZxids, settings: ClientSettings) {
    this.name = settings.name;
    this.#history = world.history;
    this.#zxids = zxids;
    this.#client = world.client(settings);
  }

  get sessionId(): bigint {
    return this.#client.sessionId;
  }

  get isConnected(): boolean {
    return this.#client.state === 'connected';
  }

  /** The session is over: expired, closed or abandoned. */
  get isOver(): boolean {
    const { state } = this.#client;
    return state === 'expired' || state === 'closed' || state === 'closing';
  }

  create(path: string, kind: CreateKind = {}): Promise<ClientOutcome> {
    const request = creation(path, this.#payload(), kind);
    return this.#perform(
      request,
      () => this.#client.createWithStat(path, request.data, creationOptions(request)),
      (created) => ({ path: created.path, stat: summaryOf(created.stat) }),
    );
  }

  setData(path: string, { version = ANY_VERSION }: DataOptions = {}): Promise<ClientOutcome> {
    const data = this.#payload();
    return this.#perform(
      { type: 'setData', path, data, version },
      () => this.#client.setData(path, data, { version }),
      (stat) => ({ stat: summaryOf(stat) }),
    );
  }

  delete(path: string, { version = ANY_VERSION }: DataOptions = {}): Promise<ClientOutcome> {
    return this.#perform(
      { type: 'delete', path, version },
      () => this.#client.delete(path, { version }),
      () => ({}),
    );
  }

  getData(path: string, options: WatchedOptions = {}): Promise<ClientOutcome> {
    const request = this.#read('getData', path, options);
    return this.#perform(
      request,
      () => this.#client.getData(path, this.#listenerOf(request)),
      ({ data, stat }) => ({ data: data === null ? null : TEXT.decode(data), stat: summaryOf(stat) }),
    );
  }

  /** A znode that is not there is the error NONODE here, too. */
  exists(path: string, options: WatchedOptions = {}): Promise<ClientOutcome> {
    const request = this.#read('exists', path, options);
    return this.#perform(
      request,
      () => this.#client.exists(path, this.#listenerOf(request)),
      (stat) => (stat === undefined ? undefined : { stat: summaryOf(stat) }),
    );
  }

  getChildren(path: string, options: WatchedOptions = {}): Promise<ClientOutcome> {
    const request = this.#read('getChildren', path, options);
    return this.#perform(
      request,
      () => this.#client.getChildrenWithStat(path, this.#listenerOf(request)),
      ({ children, stat }) => ({ children: [...children].sort(), stat: summaryOf(stat) }),
    );
  }

  addWatch(path: string, { recursive }: { readonly recursive: boolean }): Promise<ClientOutcome> {
    const watch = this.#count + 1;
    return this.#perform(
      { type: 'addWatch', path, recursive, watch },
      () => this.#client.addWatch(path, (event) => this.#onFired(watch, event), { recursive }),
      () => ({}),
    );
  }

  sync(path: string): Promise<ClientOutcome> {
    return this.#perform(
      { type: 'sync', path },
      () => this.#client.sync(path),
      () => ({}),
    );
  }

  /** In words, for people who read the history. */
  reconfig(change: EnsembleChange, words: string, fromVersion: bigint | undefined): Promise<ClientOutcome> {
    const versioned = fromVersion === undefined ? {} : { fromVersion };
    return this.#perform(
      { type: 'reconfig', change: words, ...versioned },
      () => this.#client.reconfig(change, versioned),
      ({ version }) => ({ configuration: version }),
    );
  }

  /** The text is in `data`. */
  getConfiguration(): Promise<ClientOutcome> {
    return this.#perform(
      { type: 'getConfiguration' },
      () => this.#client.getConfig(),
      ({ text, version }) => ({ data: text, configuration: version }),
    );
  }

  /** What this comes to shows in what is refused. */
  authenticate(scheme: string, proof: string): void {
    this.#client.addAuth(scheme, proof).catch(() => undefined);
  }

  getEphemerals(path: string): Promise<ClientOutcome> {
    return this.#perform(
      { type: 'getEphemerals', path },
      () => this.#client.getEphemerals(path),
      (children) => ({ children: [...children].sort() }),
    );
  }

  multi(parts: readonly Part[]): Promise<ClientOutcome> {
    const payload = this.#payload();
    const operations = parts.map((part, index) => requestOf(part, `${payload}.${index}`));
    return this.#perform(
      { type: 'multi', operations },
      () => this.#client.multi(operations.map(toTransaction)),
      (results) => ({ parts: results.map(partOf) }),
    );
  }

  /** Without a connection, or when it breaks meanwhile, the session is left to expire and the outcome is unknown. */
  async close(): Promise<ClientOutcome> {
    if (!this.isConnected) {
      this.abandon();
      return { ok: false, error: 'CLIENT_CLOSED' };
    }
    const operation = this.#invoke({ type: 'closeSession' });
    await this.#client.close();
    const zxid = this.#zxids.take(this.name, operation);
    return this.#return(operation, zxid === undefined ? { ok: false, error: 'CONNECTIONLOSS' } : { ok: true, zxid });
  }

  /** Goes away without a word. */
  abandon(): void {
    if (this.isOver) return;
    this.#history.record({ client: this.name, type: 'sessionAbandoned', sessionId: this.#client.sessionId });
    this.#client.detach();
  }

  #read<Type extends 'getData' | 'exists' | 'getChildren'>(
    type: Type,
    path: string,
    { watch }: WatchedOptions,
  ): { readonly type: Type; readonly path: string; readonly watch?: number } {
    return watch === true ? { type, path, watch: this.#count + 1 } : { type, path };
  }

  #listenerOf({ watch }: { readonly watch?: number }): { readonly watch?: (event: WatchEvent) => void } {
    return watch === undefined ? {} : { watch: (event) => this.#onFired(watch, event) };
  }

  #onFired(watch: number, event: WatchEvent): void {
    this.#history.record({ client: this.name, type: 'watchFired', watch, event: event.type, path: event.path });
  }

  /** Like no other in the run. */
  #payload(): string {
    return `${this.name}:${this.#count + 1}`;
  }

  /** `answerOf` gives undefined for a znode that is not there. */
  #perform<Value>(
    request: ClientRequest,
    call: () => Promise<Value>,
    answerOf: (value: Value) => Answer | undefined,
  ): Promise<ClientOutcome> {
    const operation = this.#invoke(request);
    // Nothing is awaited between the reply and the record: events of watches come next.
    return call().then(
      (value) => {
        const answer = answerOf(value);
        const zxid = this.#zxids.take(this.name, operation) as Zxid;
        return this.#return(
          operation,
          answer === undefined ? { ok: false, error: 'NONODE', zxid } : { ok: true, zxid, ...answer },
        );
      },
      (error: unknown) => {
        if (!isZooKeeperError(error)) throw error;
        const zxid = this.#zxids.take(this.name, operation);
        return this.#return(operation, {
          ok: false,
          error: error.code,
          ...(zxid === undefined ? {} : { zxid }),
        });
      },
    );
  }

  #invoke(request: ClientRequest): number {
    const operation = ++this.#count;
    this.#history.record({ client: this.name, type: 'invoked', operation, request });
    return operation;
  }

  #return(operation: number, outcome: ClientOutcome): ClientOutcome {
    this.#history.record({ client: this.name, type: 'returned', operation, outcome });
    return outcome;
  }
}

const TEXT = new TextDecoder();

const creation = (path: string, data: string, kind: CreateKind): Create => ({
  type: 'create',
  path,
  data,
  ephemeral: kind.ephemeral === true,
  sequential: kind.sequential === true,
  ...(kind.container === undefined ? {} : { container: kind.container }),
  ...(kind.ttlMs === undefined ? {} : { ttlMs: kind.ttlMs }),
});

const creationOptions = (request: Create): { readonly mode: CreateMode; readonly ttlMs?: number } =>
  request.ttlMs === undefined ? { mode: modeOf(request) } : { mode: modeOf(request), ttlMs: request.ttlMs };

function modeOf({ ephemeral, sequential, container, ttlMs }: Create): CreateMode {
  if (container === true) return CreateMode.CONTAINER;
  if (ttlMs !== undefined) {
    return sequential ? CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL : CreateMode.PERSISTENT_WITH_TTL;
  }
  if (ephemeral) return sequential ? CreateMode.EPHEMERAL_SEQUENTIAL : CreateMode.EPHEMERAL;
  return sequential ? CreateMode.PERSISTENT_SEQUENTIAL : CreateMode.PERSISTENT;
}

function requestOf(part: Part, data: string): PartRequest {
  switch (part.type) {
    case 'create':
      return creation(part.path, data, part);
    case 'setData':
      return { type: 'setData', path: part.path, data, version: part.version ?? ANY_VERSION };
    case 'delete':
      return { type: 'delete', path: part.path, version: part.version ?? ANY_VERSION };
    case 'check':
      return part;
    default:
      return unreachable(part);
  }
}

function toTransaction(request: PartRequest): TransactionOperation {
  switch (request.type) {
    case 'create':
      return { type: 'create2', path: request.path, data: request.data, ...creationOptions(request) };
    case 'setData':
    case 'delete':
    case 'check':
      return request;
    default:
      return unreachable(request);
  }
}

const partOf = (result: MultiResult): PartSummary => ({
  ...('path' in result ? { path: result.path } : {}),
  ...('stat' in result ? { stat: summaryOf(result.stat) } : {}),
});

const summaryOf = ({ czxid, mzxid, pzxid, version, ephemeralOwner }: Stat): StatSummary => ({
  czxid,
  mzxid,
  pzxid,
  version,
  ephemeralOwner,
});
