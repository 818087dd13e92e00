// One connection from dial to end: handshake, frames both ways, the replies still owed, pings. It never reconnects;
// the session makes another one.

import type { Clock, ClientConnection, ClientConnectionHandler, ClientDialer, Timer } from '@zebu/interfaces';
import type { AuthPacket, ConnectRequest, ConnectResponse, SetWatches2, WatcherEvent } from '@zebu/jute';
import {
  decodeConnectResponse,
  decodeWatcherEvent,
  encodeAuthPacket,
  encodeSetWatches,
  encodeSetWatches2,
  JuteReader,
  JuteWriter,
} from '@zebu/jute';
import type { Millis, ServerAddress, Zxid } from '@zebu/protocol';
import { OpCode, Xid } from '@zebu/protocol';
import { ConnectionError, ConnectionLossError, FrameError } from './errors.ts';
import { Fifo } from './fifo.ts';
import { Heartbeat } from './heartbeat.ts';
import { Outbox } from './outbox.ts';
import type { ReplyHandler } from './reply.ts';
import { Reply } from './reply.ts';
import type { XidCounter } from './xid-counter.ts';

const NO_BODY = new Uint8Array(0);

export interface LiveConnectionOwner {
  onConnectResponse(live: LiveConnection, response: ConnectResponse): void;
  /** `zxid` is that of the txn that fired it; negative where a server does not say. */
  onWatchEvent(event: WatcherEvent, zxid: Zxid): void;
  onZxid(high: number, low: number): void;
  onAuthReply(error: number): void;
  /** Once, unless the owner ended the connection itself. Calls under way are failed after it. */
  onLost(error: Error): void;
  onHandlerError(error: unknown): void;
}

export interface LiveConnectionOptions {
  readonly server: ServerAddress;
  readonly clock: Clock;
  readonly xids: XidCounter;
  readonly maxFrameBytes: number;
}

export class LiveConnection implements ClientConnectionHandler {
  readonly server: ServerAddress;
  readonly #owner: LiveConnectionOwner;
  readonly #clock: Clock;
  readonly #xids: XidCounter;
  readonly #maxFrameBytes: number;
  readonly #dialAbort = new AbortController();
  readonly #outbox = new Outbox((bytes) => this.#write(bytes));
  readonly #reply = new Reply();
  /** Handlers of the requests that were sent and not answered; the server answers in order. */
  readonly #owed = new Fifo<ReplyHandler>();
  /** Invariant: the xid of the first of #owed. */
  #expectedXid: number;
  #phase: 'dialing' | 'handshake' | 'open' | 'ended' = 'dialing';
  #connection: ClientConnection | undefined;
  #connectTimer: Timer | undefined;
  #heartbeat: Heartbeat | undefined;

  constructor(owner: LiveConnectionOwner, options: LiveConnectionOptions) {
    this.#owner = owner;
    this.server = options.server;
    this.#clock = options.clock;
    this.#xids = options.xids;
    this.#maxFrameBytes = options.maxFrameBytes;
    this.#expectedXid = options.xids.upcoming;
  }

  get owedCount(): number {
    return this.#owed.length;
  }

  /** Dials and asks for the session; the owner hears onConnectResponse or onLost. */
  start(dialer: ClientDialer, request: ConnectRequest, connectTimeoutMs: Millis): void {
    this.#connectTimer = this.#clock.setTimer(this.#clock.now() + connectTimeoutMs, () => {
      this.#lose(new ConnectionError(`no session from ${this.#serverName()} within ${connectTimeoutMs} ms`));
    });
    // Inside a then, so that a dialer that throws is like one that rejects.
    void Promise.resolve()
      .then(() => dialer(this.server, this, this.#dialAbort.signal))
      .then(
        (connection) => this.#onDialed(connection, request),
        (error: unknown) => this.#lose(new ConnectionError(`cannot reach ${this.#serverName()}`, { cause: error })),
      );
  }

  /** From now on pings keep the session alive. */
  startHeartbeat(sessionTimeoutMs: Millis): void {
    this.#heartbeat = new Heartbeat(this.#clock, sessionTimeoutMs, {
      ping: () => this.#outbox.add(Xid.PING, OpCode.PING, NO_BODY),
      onSilence: (silentMs) => this.#lose(new ConnectionError(`${this.#serverName()} was silent for ${silentMs} ms`)),
    });
  }

  /** Only between onConnectResponse and the end. */
  send(opCode: number, body: Uint8Array, handler: ReplyHandler): void {
    this.#owed.push(handler);
    this.#outbox.add(this.#xids.next(), opCode, body);
  }

  /** Servers before 3.6 know only the watches that fire once. */
  sendSetWatches(watches: SetWatches2): void {
    const body = new JuteWriter();
    const anyStays = watches.persistentWatches.length > 0 || watches.persistentRecursiveWatches.length > 0;
    if (anyStays) encodeSetWatches2(body, watches);
    else encodeSetWatches(body, watches);
    this.#outbox.add(Xid.SET_WATCHES, anyStays ? OpCode.SET_WATCHES2 : OpCode.SET_WATCHES, body.view());
  }

  /** Answered past the requests, in the order of other auth packets. */
  sendAuth(packet: AuthPacket): void {
    const body = new JuteWriter();
    encodeAuthPacket(body, packet);
    this.#outbox.add(Xid.AUTH, OpCode.AUTH, body.view());
  }

  /** The owner's own end: it hears nothing more. What was sent leaves; calls under way fail. */
  end(reason: Error): void {
    if (this.#phase === 'ended') return;
    this.#outbox.flush();
    this.#stop();
    this.#failOwed(reason);
  }

  onFrames(frames: Uint8Array): void {
    if (this.#phase === 'ended') return;
    this.#heartbeat?.onHeard();
    this.#outbox.batch(() => {
      try {
        this.#readFrames(frames);
      } catch (error) {
        this.#lose(new FrameError(`bad bytes from ${this.#serverName()}`, { cause: error }));
      }
    });
  }

  onClose(error: Error | undefined): void {
    const options = error === undefined ? undefined : { cause: error };
    this.#lose(new ConnectionError(`${this.#serverName()} closed the connection`, options));
  }

  #onDialed(connection: ClientConnection, request: ConnectRequest): void {
    if (this.#phase === 'ended') {
      connection.close();
      return;
    }
    this.#connection = connection;
    this.#phase = 'handshake';
    this.#outbox.addConnect(request);
  }

  #readFrames(frames: Uint8Array): void {
    const lengths = new JuteReader(frames);
    while (lengths.remaining > 0 && this.#phase !== 'ended') {
      const length = lengths.readInt();
      if (length < 0 || length > this.#maxFrameBytes) throw new FrameError(`frame of ${length} bytes`);
      const start = lengths.offset;
      lengths.skip(length);
      this.#reply.body.reset(frames, start, start + length);
      if (this.#phase === 'open') this.#onReply();
      else this.#onHandshake();
    }
  }

  #onHandshake(): void {
    if (this.#phase === 'dialing') throw new FrameError('a frame before anything was asked');
    const response = decodeConnectResponse(this.#reply.body);
    this.#connectTimer?.cancel();
    this.#phase = 'open';
    this.#owner.onConnectResponse(this, response);
  }

  #onReply(): void {
    const reply = this.#reply;
    const xid = reply.body.readInt();
    reply.zxidHigh = reply.body.readInt();
    reply.zxidLow = reply.body.readUint32();
    reply.error = reply.body.readInt();
    if (xid === this.#expectedXid && this.#owed.length > 0) this.#onOwedReply(reply);
    else if (xid === Xid.NOTIFICATION) this.#owner.onWatchEvent(decodeWatcherEvent(reply.body), zxidOf(reply));
    else if (xid === Xid.AUTH) this.#owner.onAuthReply(reply.error);
    else if (xid !== Xid.PING && xid !== Xid.SET_WATCHES) {
      throw new FrameError(`reply to request ${xid} where ${this.#expectedXid} is due`);
    }
  }

  #onOwedReply(reply: Reply): void {
    const handler = this.#owed.shift() as ReplyHandler;
    this.#expectedXid = this.#xids.after(this.#expectedXid);
    // Negative only where a server has no zxid to give.
    if (reply.zxidHigh >= 0) this.#owner.onZxid(reply.zxidHigh, reply.zxidLow);
    try {
      handler.onReply(reply);
    } catch (error) {
      this.#owner.onHandlerError(error);
    }
  }

  #write(bytes: Uint8Array): void {
    if (this.#connection === undefined || this.#phase === 'ended') return;
    this.#heartbeat?.onSent();
    try {
      this.#connection.send(bytes);
    } catch (error) {
      this.#lose(new ConnectionError(`cannot send to ${this.#serverName()}`, { cause: error }));
    }
  }

  #lose(error: Error): void {
    if (this.#phase === 'ended') return;
    this.#stop();
    this.#owner.onLost(error);
    this.#failOwed(error);
  }

  #stop(): void {
    this.#phase = 'ended';
    this.#connectTimer?.cancel();
    this.#heartbeat?.stop();
    this.#dialAbort.abort();
    this.#connection?.close();
  }

  #failOwed(reason: Error): void {
    if (this.#owed.length === 0) return;
    const error = new ConnectionLossError(reason);
    for (let handler = this.#owed.shift(); handler !== undefined; handler = this.#owed.shift()) {
      try {
        handler.onFailure(error);
      } catch (failure) {
        this.#owner.onHandlerError(failure);
      }
    }
  }

  #serverName(): string {
    return `${this.server.host}:${this.server.port}`;
  }
}

const zxidOf = ({ zxidHigh, zxidLow }: Reply): Zxid => ((BigInt(zxidHigh) << 32n) | BigInt(zxidLow)) as Zxid;
