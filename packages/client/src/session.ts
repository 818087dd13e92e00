// The session: it outlives connections. Finds a server, queues what cannot be sent yet, keeps the watches, and says when
// it is over. Only the ensemble can end a session: while no server answers, the client keeps trying.

import type { Timer } from '@zebu/interfaces';
import type { ConnectResponse, WatcherEvent } from '@zebu/jute';
import { JuteWriter } from '@zebu/jute';
import type { Millis, ServerAddress, Zxid } from '@zebu/protocol';
import { OpCode } from '@zebu/protocol';
import type { Chroot } from './chroot.ts';
import { makeChroot } from './chroot.ts';
import { type Credential, Credentials, packetOf } from './credentials.ts';
import type { ZooKeeperError } from './errors.ts';
import { ClientClosedError, ClientOverloadedError, ConnectionError, SessionExpiredError } from './errors.ts';
import type { SessionEvent, SessionListener } from './events.ts';
import { deliver, watchEventName } from './events.ts';
import type { LiveConnectionOwner } from './live-connection.ts';
import { LiveConnection } from './live-connection.ts';
import type { ResolvedOptions, SessionTicket } from './options.ts';
import { ReadWriteSearch } from './read-write-search.ts';
import type { ReplyHandler } from './reply.ts';
import { ServerList } from './server-list.ts';
import { SessionIdentity } from './session-identity.ts';
import { WatchRegistry } from './watch-registry.ts';
import { XidCounter } from './xid-counter.ts';

/** How long close() waits for the server to confirm. */
const LONGEST_CLOSE_MS: Millis = 5000;

export type SessionState = 'connecting' | 'connected' | 'connectedReadOnly' | 'closing' | 'expired' | 'closed';

/** A request that waits for a connection. */
export interface QueuedRequest {
  readonly opCode: number;
  readonly body: Uint8Array;
  readonly handler: ReplyHandler;
}

/** Exactly one of the two is called, once, unless the waiter was taken back. */
export interface ConnectionWaiter {
  onConnected(): void;
  onFailure(error: ZooKeeperError): void;
}

export type EncodeBody = (writer: JuteWriter) => void;

export class Session implements LiveConnectionOwner {
  readonly chroot: Chroot;
  readonly watches = new WatchRegistry();
  readonly #credentials = new Credentials();
  readonly identity: SessionIdentity;
  readonly #options: ResolvedOptions;
  readonly #servers: ServerList;
  readonly #xids = new XidCounter();
  /** In the order of submission. Invariant: empty while connected, and once the session is over. */
  readonly #queue = new Set<QueuedRequest>();
  readonly #scratch = new JuteWriter();
  readonly #listeners = new Set<SessionListener>();
  readonly #waiters = new Set<ConnectionWaiter>();
  #state: SessionState = 'connecting';
  #live: LiveConnection | undefined;
  /** While connected to a read-only server. */
  #search: ReadWriteSearch | undefined;
  /** Until the next attempt to connect, or until close() gives up. */
  #timer: Timer | undefined;
  #connectedAt: Millis = 0;
  #closed: Promise<void> | undefined;
  #resolveClosed: (() => void) | undefined;

  constructor(options: ResolvedOptions) {
    this.#options = options;
    this.chroot = makeChroot(options.chroot);
    this.identity = new SessionIdentity(options.session, options.sessionTimeoutMs, options.readOnly);
    this.#servers = new ServerList(options.servers, options.backoff, options.random);
    this.#connect();
  }

  get state(): SessionState {
    return this.#state;
  }

  get pendingCount(): number {
    return this.#queue.size + (this.#live?.owedCount ?? 0);
  }

  /**
   * Sends the request, or queues it until there is a connection; then returns what can be withdrawn. A session that is
   * over fails the handler before this returns. Throws only what `encode` throws.
   */
  submit(opCode: number, encode: EncodeBody | undefined, handler: ReplyHandler): QueuedRequest | undefined {
    const refusal = this.#refusal();
    if (refusal !== undefined) {
      handler.onFailure(refusal);
      return undefined;
    }
    this.#scratch.reset();
    encode?.(this.#scratch);
    if (this.#isConnected) {
      this.#live?.send(opCode, this.#scratch.view(), handler);
      return undefined;
    }
    const request = { opCode, body: this.#scratch.take(), handler };
    this.#queue.add(request);
    return request;
  }

  /** Takes back a request that was not sent. */
  withdraw(request: QueuedRequest): void {
    this.#queue.delete(request);
  }

  /** Sent now, if there is a connection, and on each to come. */
  addAuth(credential: Credential): void {
    const over = this.#overError();
    if (over !== undefined) return credential.onFailure(over);
    this.#credentials.add(credential);
    if (!this.#isConnected) return;
    this.#live?.sendAuth(packetOf(credential));
    this.#credentials.onSent();
  }

  addListener(listener: SessionListener): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** May call the waiter before it returns. What it returns takes the waiter back. */
  waitForConnection(waiter: ConnectionWaiter): () => void {
    const over = this.#overError();
    if (over !== undefined) waiter.onFailure(over);
    else if (this.#isConnected) waiter.onConnected();
    else this.#waiters.add(waiter);
    return () => {
      this.#waiters.delete(waiter);
    };
  }

  /** Ends the session at the server; without a connection the ensemble is left to expire it. Never rejects. */
  close(): Promise<void> {
    if (this.#closed !== undefined) return this.#closed;
    this.#closed = new Promise((resolve) => {
      this.#resolveClosed = resolve;
    });
    if (this.#isConnected && this.#live !== undefined) this.#becomeClosing(this.#live);
    else this.#becomeClosed();
    return this.#closed;
  }

  /** Goes away and leaves the session alive: whoever has the ticket may attach to it until it expires. */
  detach(): SessionTicket {
    const ticket = this.identity.ticket;
    this.#closed ??= Promise.resolve();
    if (this.#state !== 'closed') this.#becomeClosed();
    return ticket;
  }

  onConnectResponse(live: LiveConnection, response: ConnectResponse): void {
    // The server's word for a session that expired, and for a wrong password.
    if (response.timeoutMs <= 0) this.#becomeExpired();
    else this.#becomeConnected(live, response);
  }

  onWatchEvent(event: WatcherEvent, zxid: Zxid): void {
    this.identity.onEventZxid(zxid);
    const type = watchEventName(event.type);
    if (type === undefined) return;
    const path = this.chroot.toClient(event.path);
    for (const listener of this.watches.take(event.type, event.path)) {
      deliver(listener, { type, path }, this.onHandlerError);
    }
  }

  onZxid(high: number, low: number): void {
    this.identity.onZxid(high, low);
  }

  onAuthReply(error: number): void {
    this.#credentials.onReply(error);
  }

  onLost(error: Error): void {
    if (this.#state === 'closing') {
      this.#becomeClosed();
      return;
    }
    const now = this.#options.clock.now();
    const wasConnected = this.#isConnected;
    this.#search?.stop();
    this.#state = 'connecting';
    if (wasConnected) {
      if (now - this.#connectedAt >= this.#options.backoff.maxMs) this.#servers.onLastingSession();
      this.#emit({ type: 'disconnected', error });
    }
    this.#options.logger?.info('no connection', { reason: error.message });
    this.#timer = this.#options.clock.setTimer(now + this.#servers.delayBeforeNext(), () => this.#connect());
  }

  readonly onHandlerError = (error: unknown): void => {
    if (this.#options.logger !== undefined) this.#options.logger.error('a listener failed', { reason: String(error) });
    else process.emitWarning(`a listener of the ZooKeeper client failed: ${String(error)}`);
  };

  get #isConnected(): boolean {
    return this.#state === 'connected' || this.#state === 'connectedReadOnly';
  }

  #connect(server: ServerAddress = this.#servers.next()): void {
    this.#live = new LiveConnection(this, {
      server,
      clock: this.#options.clock,
      xids: this.#xids,
      maxFrameBytes: this.#options.maxFrameBytes,
    });
    this.#live.start(this.#options.dialer, this.identity.connectRequest, this.#options.connectTimeoutMs);
  }

  #becomeConnected(live: LiveConnection, response: ConnectResponse): void {
    const reattached = this.identity.accept(response);
    const { id: sessionId, timeoutMs, repliedZxid } = this.identity;
    this.#state = response.readOnly === true ? 'connectedReadOnly' : 'connected';
    this.#connectedAt = this.#options.clock.now();
    live.startHeartbeat(timeoutMs);
    // Before all else: watches and requests may need the permission.
    for (const packet of this.#credentials.forNewConnection()) live.sendAuth(packet);
    // Before any request: what changed meanwhile must fire before a newer value can be read.
    for (const watches of this.watches.toSetAgain(repliedZxid)) live.sendSetWatches(watches);
    for (const { opCode, body, handler } of this.#queue) live.send(opCode, body, handler);
    this.#queue.clear();
    this.#emit({ type: this.#state, sessionId, timeoutMs, reattached, server: live.server });
    for (const waiter of this.#waiters) waiter.onConnected();
    this.#waiters.clear();
    if (this.#state === 'connectedReadOnly') this.#searchReadWrite(live);
  }

  #searchReadWrite({ server }: LiveConnection): void {
    const { readWriteProbe: probe, clock } = this.#options;
    const servers = this.#servers.othersThan(server);
    if (probe === undefined || servers.length === 0) return;
    const onFound = (found: ServerAddress): void => this.#onReadWriteServer(found);
    this.#search = new ReadWriteSearch({ servers, probe, clock, onFound });
  }

  /** Reads under way are lost with the connection, and it is reads alone that are. */
  #onReadWriteServer(server: ServerAddress): void {
    const error = new ConnectionError(`${server.host}:${server.port} has a quorum`);
    this.#state = 'connecting';
    this.#emit({ type: 'disconnected', error });
    // Whoever hears of it may end the session: that takes the timer along.
    this.#timer = this.#options.clock.setTimer(this.#options.clock.now(), () => this.#connect(server));
    this.#live?.end(error);
  }

  #becomeClosing(live: LiveConnection): void {
    this.#state = 'closing';
    this.#search?.stop();
    const at = this.#options.clock.now() + Math.min(LONGEST_CLOSE_MS, this.identity.timeoutMs);
    this.#timer = this.#options.clock.setTimer(at, () => this.#becomeClosed());
    // In order after the calls under way, so that those are answered first. A lost connection closes too, by onLost.
    live.send(OpCode.CLOSE_SESSION, NO_BODY, { onReply: () => this.#becomeClosed(), onFailure: () => {} });
  }

  #becomeExpired(): void {
    const error = new SessionExpiredError();
    this.#state = 'expired';
    this.#end(error);
    this.#emit({ type: 'expired' });
  }

  #becomeClosed(): void {
    const error = new ClientClosedError();
    this.#state = 'closed';
    this.#timer?.cancel();
    this.#end(error);
    this.#emit({ type: 'closed' });
    this.#resolveClosed?.();
  }

  #end(error: ZooKeeperError): void {
    this.#search?.stop();
    this.#live?.end(error);
    const waiting = [...this.#queue].map((request) => request.handler);
    this.#queue.clear();
    for (const each of [...waiting, ...this.#waiters]) this.#fail(each, error);
    this.#waiters.clear();
    this.#credentials.end(error);
    for (const { path, listener } of this.watches.takeAll()) {
      deliver(listener, { type: 'sessionLost', path: this.chroot.toClient(path) }, this.onHandlerError);
    }
  }

  #fail(handler: { onFailure(error: ZooKeeperError): void }, error: ZooKeeperError): void {
    try {
      handler.onFailure(error);
    } catch (failure) {
      this.onHandlerError(failure);
    }
  }

  #refusal(): ZooKeeperError | undefined {
    if (this.pendingCount < this.#options.maxPendingRequests) return this.#overError();
    return this.#overError() ?? new ClientOverloadedError(this.#options.maxPendingRequests);
  }

  #overError(): ZooKeeperError | undefined {
    if (this.#state === 'expired') return new SessionExpiredError();
    return this.#state === 'closing' || this.#state === 'closed' ? new ClientClosedError() : undefined;
  }

  #emit(event: SessionEvent): void {
    for (const listener of this.#listeners) deliver(listener, event, this.onHandlerError);
  }
}

const NO_BODY = new Uint8Array(0);
