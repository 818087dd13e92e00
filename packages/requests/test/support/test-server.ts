// A server under test: its processor, with prep in place of a leader. Commits and confirmations come when the test says so.

import { DataTree } from '@zebu/datatree';
import type { Authentication, ConnectionId, Identity, LogFields, Logger } from '@zebu/interfaces';
import type { ConnectResponse, WatcherEvent } from '@zebu/jute';
import {
  type Epoch,
  type ForwardedRequest,
  makeZxid,
  OpCode,
  type ServerId,
  type SessionId,
  type TxnBytes,
  txnZxid,
  Xid,
  type Zxid,
} from '@zebu/protocol';
import {
  type ConnectionThrottle,
  DEFAULT_PREP_OPTIONS,
  DEFAULT_REQUEST_LIMITS,
  type LocalSessionOptions,
  type PrepOptions,
  PrepProcessor,
  type RequestEffect,
  type RequestInput,
  type RequestLimits,
  RequestProcessor,
} from '@zebu/requests';
import { SessionIdGenerator, SessionTracker } from '@zebu/sessions';
import { expect } from 'vitest';
import { DEFAULT_SLICE_SIZES, type SliceSizes } from '../../src/slice-sizes.ts';
import { testAuthentication } from './test-authentication.ts';
import * as wire from './wire.ts';

export const SELF = 1 as ServerId;
export const WALL_CLOCK = 1_700_000_000_000;

const ignore = (): void => undefined;
const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export interface TestServerOptions {
  readonly limits?: Partial<RequestLimits>;
  readonly eagerAclCheck?: boolean;
  readonly skipAcl?: boolean;
  readonly authentication?: Authentication;
  readonly localSessions?: LocalSessionOptions;
  readonly connectionThrottle?: ConnectionThrottle;
  readonly slices?: SliceSizes;
  readonly readOnly?: boolean;
}

/** Orders the writes of one or several servers; their trees get the same commits. */
export class TestLeader {
  readonly tree = new DataTree();
  readonly sessions: SessionTracker;
  readonly prep: PrepProcessor;
  readonly #servers: TestServer[] = [];
  #counter = 0;
  #uncommitted: TxnBytes[] = [];

  constructor(
    options: Partial<PrepOptions> = {},
    authentication: Authentication = testAuthentication,
    sessions: SessionTracker = new SessionTracker({ tickMs: 1000 }),
  ) {
    this.sessions = sessions;
    this.prep = new PrepProcessor({
      tree: this.tree,
      sessions: this.sessions,
      nextZxid: () => makeZxid(1 as Epoch, ++this.#counter),
      authentication,
      logger: SILENT,
      options: { ...DEFAULT_PREP_OPTIONS, ...options },
    });
  }

  get lastProposedZxid(): Zxid {
    return makeZxid(1 as Epoch, this.#counter);
  }

  get uncommittedCount(): number {
    return this.#uncommitted.length;
  }

  serve(id: ServerId = SELF, options: TestServerOptions = {}): TestServer {
    const server = new TestServer(this, id, options);
    this.#servers.push(server);
    return server;
  }

  propose(requests: readonly ForwardedRequest[], owner: ServerId, now: number): void {
    this.#uncommitted.push(...this.prep.prepare(requests, owner, now, WALL_CLOCK + now));
  }

  /** Commits the next `count` txns, in one batch. */
  commit(count: number = this.#uncommitted.length): void {
    const txns = this.#uncommitted.splice(0, count);
    const last = txns.at(-1);
    if (last === undefined) return;
    for (const txn of txns) this.tree.apply(txn, { onWatchEvent: () => undefined });
    this.prep.onApplied(txnZxid(last));
    for (const server of this.#servers) server.step({ type: 'committed', txns });
  }

  expire(sessionId: SessionId, now: number): void {
    const request = { sessionId, cxid: 0, type: OpCode.CLOSE_SESSION, payload: new Uint8Array(0), authInfo: [] };
    this.propose([request], SELF, now);
  }
}

export class TestServer {
  readonly tree = new DataTree();
  readonly processor: RequestProcessor;
  /** Warnings and errors. */
  readonly complaints: { message: string; fields: LogFields | undefined }[] = [];
  readonly #leader: TestLeader;
  readonly #id: ServerId;
  readonly #clients = new Map<ConnectionId, TestClient>();
  /** Effects for the leader that the test has not looked at. */
  readonly revalidations: { sessionId: SessionId; timeoutMs: number }[] = [];
  readonly syncIds: number[] = [];
  effects: RequestEffect[] = [];
  now = 0;
  /** Long replies leave in several. */
  sendsInPieces = false;
  #nextConnection = 1;
  readonly #drained: ConnectionId[] = [];

  constructor(leader: TestLeader, id: ServerId, options: TestServerOptions) {
    this.#leader = leader;
    this.#id = id;
    const complain = (message: string, fields?: LogFields) => void this.complaints.push({ message, fields });
    const logger: Logger = { debug: () => undefined, info: () => undefined, warn: complain, error: complain };
    this.processor = new RequestProcessor({
      tree: this.tree,
      serverId: id,
      sessionIds: new SessionIdGenerator(id, WALL_CLOCK),
      minSessionTimeoutMs: 4000,
      maxSessionTimeoutMs: 40_000,
      authentication: options.authentication ?? testAuthentication,
      logger,
      limits: { ...DEFAULT_REQUEST_LIMITS, ...options.limits },
      localSessions: options.localSessions,
      connectionThrottle: options.connectionThrottle,
      eagerAclCheck: options.eagerAclCheck ?? false,
      skipAcl: options.skipAcl ?? false,
      slices: options.slices ?? DEFAULT_SLICE_SIZES,
      readOnly: options.readOnly ?? false,
    });
  }

  step(input: RequestInput): RequestEffect[] {
    this.effects = this.processor.step(input, this.now);
    const sends = new Set<ConnectionId>();
    for (const effect of this.effects) {
      if (effect.type === 'clientSend') {
        const { connection } = effect;
        const isRepeated = sends.has(connection);
        expect(isRepeated && !this.sendsInPieces, 'one clientSend per connection and step').toBe(false);
        expect(effect.bytes.length).toBeGreaterThan(0);
        sends.add(connection);
      }
      this.#perform(effect);
    }
    expect(this.effects.filter(({ type }) => type === 'submit').length).toBeLessThan(2);
    expect(this.effects.filter(({ type }) => type === 'sync').length).toBeLessThan(2);
    const { effects } = this;
    for (const connection of this.#drained.splice(0)) this.step({ type: 'drained', connection });
    this.effects = effects;
    return effects;
  }

  /** A connection that has said nothing yet. */
  dial(remoteAddress: string = '127.0.0.1:5000', identities: readonly Identity[] = []): TestClient {
    const connection = this.#nextConnection++ as ConnectionId;
    const client = new TestClient(this, connection);
    this.#clients.set(connection, client);
    this.step({ type: 'connected', connection, remoteAddress, identities, establishedAt: 0 });
    return client;
  }

  /** A connection with a session, its creation committed. */
  connect(options: wire.ConnectOptions = { readOnly: false }): TestClient {
    const client = this.dial();
    client.send(wire.connectFrame(options));
    this.#leader.commit();
    client.connected();
    return client;
  }

  /** Ticks until nothing is due any more; says how often. */
  tickWhileDue(): number {
    let count = 0;
    for (
      let due = this.processor.nextWakeup();
      due !== undefined && due <= this.now;
      due = this.processor.nextWakeup()
    ) {
      this.step({ type: 'tick', late: false });
      count++;
    }
    return count;
  }

  confirmSyncs(): void {
    for (const syncId of this.syncIds.splice(0)) this.step({ type: 'syncConfirmed', syncId });
  }

  /** Answers what the processor asked, as the leader would. */
  revalidate(): void {
    for (const { sessionId, timeoutMs } of this.revalidations.splice(0)) {
      const valid = this.#leader.sessions.touch(sessionId, timeoutMs, this.now);
      if (valid) this.#leader.sessions.setOwner(sessionId, this.#id);
      this.step({
        type: 'revalidated',
        sessionId,
        timeoutMs,
        valid,
        lastProposedZxid: this.#leader.lastProposedZxid,
      });
    }
  }

  #perform(effect: RequestEffect): void {
    switch (effect.type) {
      case 'submit':
        return this.#leader.propose(effect.requests, this.#id, this.now);
      case 'sync':
        this.syncIds.push(effect.syncId);
        return;
      case 'revalidate':
        this.revalidations.push(effect);
        return;
      case 'clientSend':
        return this.#clientOf(effect.connection).receive(effect.bytes);
      case 'clientClose':
        this.#clientOf(effect.connection).closed = true;
        return;
      case 'clientAwaitDrain': {
        const client = this.#clientOf(effect.connection);
        if (client.drains) this.#drained.push(effect.connection);
        return;
      }
      case 'clientPause':
      case 'clientResume': {
        const client = this.#clientOf(effect.connection);
        expect(client.paused).toBe(effect.type === 'clientResume');
        client.paused = effect.type === 'clientPause';
        return;
      }
    }
  }

  #clientOf(connection: ConnectionId): TestClient {
    const client = this.#clients.get(connection) as TestClient;
    expect(client.closed, 'no effect on a closed connection').toBe(false);
    return client;
  }
}

export class TestClient {
  readonly connection: ConnectionId;
  readonly #server: TestServer;
  #received: ReturnType<typeof wire.splitFrames> = [];
  #session: ConnectResponse | undefined;
  #xid = 0;
  #partial: Uint8Array = new Uint8Array(0);
  closed = false;
  paused = false;
  /** What is sent to it leaves at once. */
  drains = true;

  constructor(server: TestServer, connection: ConnectionId) {
    this.#server = server;
    this.connection = connection;
  }

  get sessionId(): SessionId {
    return (this.#session as ConnectResponse).sessionId;
  }

  get password(): Uint8Array {
    return (this.#session as ConnectResponse).password as Uint8Array;
  }

  send(frames: Uint8Array): void {
    const borrowed = frames.slice();
    this.#server.step({ type: 'frames', connection: this.connection, frames: borrowed });
    // The bytes are the processor's until the call returns, and no longer.
    borrowed.fill(0xee);
  }

  /** Sends requests in one run of frames; returns their xids. */
  request(...requests: readonly wire.RequestBody[]): number[] {
    const xids = requests.map(() => ++this.#xid);
    this.send(wire.concat(...requests.map((each, index) => wire.requestFrame(xids[index] as number, each))));
    return xids;
  }

  disconnect(): void {
    this.closed = true;
    this.#server.step({ type: 'disconnected', connection: this.connection });
  }

  receive(bytes: Uint8Array): void {
    const all = this.#partial.length === 0 ? bytes : wire.concat(this.#partial, bytes);
    const whole = wire.wholeFramesLength(all);
    this.#partial = all.subarray(whole);
    this.#received.push(...wire.splitFrames(all.subarray(0, whole)));
  }

  /** The connect response, which must be the only thing received. */
  connected(): ConnectResponse {
    const frames = this.#received.splice(0);
    expect(frames.length).toBe(1);
    this.#session = wire.decodeConnect(frames[0] as (typeof frames)[number]);
    return this.#session;
  }

  /** What was received since the last look, in order. */
  replies(): wire.Reply[] {
    return this.#received.splice(0).map(wire.decodeReply);
  }

  /** The only reply since the last look. */
  reply(): wire.Reply {
    const replies = this.replies();
    expect(replies.length).toBe(1);
    return replies[0] as wire.Reply;
  }

  /** xids of what was received since the last look. */
  xids(): number[] {
    return this.replies().map(({ xid }) => xid);
  }

  /** The events since the last look, which must be all there is. */
  events(): (WatcherEvent & { readonly zxid: Zxid })[] {
    return this.replies().map((reply) => {
      expect(reply.xid).toBe(Xid.NOTIFICATION);
      return { ...wire.decodeEvent(reply), zxid: reply.zxid };
    });
  }
}
