// One TCP connection to a server: frames out, frames in, everything that arrives written down in order. It never
// reconnects, never retries and sends nothing by itself but the pings that its user asks for.

import { createConnection, type Socket } from 'node:net';
import { encode, JuteReader, type ValueOf } from './jute.ts';
import { connectRequest, connectResponse, watchEvent } from './records.ts';
import { decodeReply, encodeRequest, type Reply, type Request } from './requests.ts';

export interface WatchEvent {
  /** 1 created, 2 deleted, 3 data changed, 4 children changed (Watcher.Event.EventType). */
  readonly type: number;
  /** 3 for SyncConnected (Watcher.Event.KeeperState). */
  readonly state: number;
  readonly path: string | null;
  /** -1 from servers before 3.9. */
  readonly zxid: bigint;
}

export type Arrival =
  | { readonly kind: 'reply'; readonly request: Request | undefined; readonly reply: Reply }
  | { readonly kind: 'event'; readonly event: WatchEvent };

export interface ConnectOptions {
  readonly timeoutMs: number;
  readonly protocolVersion?: number;
  readonly lastZxidSeen?: bigint;
  readonly sessionId?: bigint;
  /** A binary string; sixteen zero bytes unless given. */
  readonly password?: string | null;
  /** The trailing flag; clients before 3.4 left it out. */
  readonly readOnly?: boolean | 'omitted';
}

export type Connected = ValueOf<typeof connectResponse> & { readonly readOnly: boolean | undefined };

/** The server, or the network, ended the connection. */
export class ConnectionClosedError extends Error {
  override readonly name = 'ConnectionClosedError';
  readonly code = 'CONNECTION_CLOSED';
}

interface Waiting<Value> {
  resolve(value: Value): void;
  reject(error: Error): void;
}

export const Xid = { EVENT: -1, PING: -2, AUTH: -4, SET_WATCHES: -8 } as const;

export class RawConnection {
  readonly #socket: Socket;
  /** Replies and events since the last `takeArrivals`, in their order on the wire; pongs are left out. */
  #arrivals: Arrival[] = [];
  #incoming: Buffer = Buffer.alloc(0);
  #handshake: Waiting<Connected> | undefined;
  #shaken = false;
  readonly #waiting = new Map<number, { readonly request: Request; readonly waiting: Waiting<Reply> }[]>();
  #nextXid = 1;
  #closed = false;
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#onData(chunk));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        this.#onClose();
        resolve();
      });
    });
  }

  static open(port: number, host = '127.0.0.1'): Promise<RawConnection> {
    return new Promise((resolve, reject) => {
      const socket = createConnection({ host, port });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new RawConnection(socket));
      });
    });
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** The handshake. A refused session is answered with session id 0, or with nothing but the connection's end. */
  connect(options: ConnectOptions): Promise<Connected> {
    const fields = encode(connectRequest, {
      protocolVersion: options.protocolVersion ?? 0,
      lastZxidSeen: options.lastZxidSeen ?? 0n,
      timeoutMs: options.timeoutMs,
      sessionId: options.sessionId ?? 0n,
      password: options.password === undefined ? '\0'.repeat(16) : options.password,
    });
    const readOnly = options.readOnly ?? false;
    this.sendFrame(readOnly === 'omitted' ? fields : Buffer.concat([fields, Buffer.from([readOnly ? 1 : 0])]));
    return new Promise((resolve, reject) => {
      if (this.#closed) reject(new ConnectionClosedError('before the handshake'));
      this.#handshake = { resolve, reject };
    });
  }

  /** Sends a request and waits for its reply. Calls may overlap; the server answers in order. */
  call(request: Request, xid: number = this.takeXid()): Promise<Reply> {
    const answered = this.expectReply(request, xid);
    this.sendFrame(encodeRequest(xid, request));
    return answered;
  }

  /** For frames sent by hand: resolves with the next reply that has this xid. */
  expectReply(request: Request, xid: number): Promise<Reply> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(new ConnectionClosedError(`before ${request.op}`));
      const queue = this.#waiting.get(xid) ?? [];
      queue.push({ request, waiting: { resolve, reject } });
      this.#waiting.set(xid, queue);
    });
  }

  /** Resolves once the pong is here, and with it every event sent before it. */
  async ping(): Promise<Reply> {
    return this.call({ op: 'ping' }, Xid.PING);
  }

  takeXid(): number {
    return this.#nextXid++;
  }

  /** Goes on where an earlier connection of the session stopped, as clients do. */
  continueXids(earlier: RawConnection): void {
    this.#nextXid = earlier.#nextXid;
  }

  /** What came since the last call. */
  takeArrivals(): Arrival[] {
    const taken = this.#arrivals;
    this.#arrivals = [];
    return taken;
  }

  sendFrame(payload: Buffer): void {
    const frame = Buffer.allocUnsafe(4 + payload.length);
    frame.writeInt32BE(payload.length);
    payload.copy(frame, 4);
    this.sendBytes(frame);
  }

  sendBytes(bytes: Buffer): void {
    if (!this.#closed) this.#socket.write(bytes);
  }

  /** Drops the connection; the session, if there is one, lives on until it expires. */
  async drop(): Promise<void> {
    this.#socket.destroy();
    await this.closed;
  }

  #onData(chunk: Buffer): void {
    this.#incoming = this.#incoming.length === 0 ? chunk : Buffer.concat([this.#incoming, chunk]);
    while (this.#incoming.length >= 4) {
      const end = 4 + this.#incoming.readInt32BE();
      if (this.#incoming.length < end) return;
      const frame = this.#incoming.subarray(4, end);
      this.#incoming = this.#incoming.subarray(end);
      this.#onFrame(frame);
    }
  }

  #onFrame(frame: Buffer): void {
    if (!this.#shaken) return this.#onHandshake(frame);
    const xid = frame.readInt32BE();
    const expected = this.#waiting.get(xid)?.shift();
    if (xid === Xid.EVENT && expected === undefined) return this.#onEvent(frame);
    const reply = decodeReply(frame, expected?.request);
    if (xid !== Xid.PING) this.#arrivals.push({ kind: 'reply', request: expected?.request, reply });
    expected?.waiting.resolve(reply);
  }

  #onHandshake(frame: Buffer): void {
    this.#shaken = true;
    const input = new JuteReader(frame);
    const response = connectResponse.read(input);
    this.#handshake?.resolve({ ...response, readOnly: input.remaining > 0 ? input.boolean() : undefined });
    this.#handshake = undefined;
  }

  #onEvent(frame: Buffer): void {
    const { zxid } = decodeReply(frame, undefined);
    const { type, state, path } = watchEvent.read(new JuteReader(frame.subarray(16)));
    this.#arrivals.push({ kind: 'event', event: { type, state, path, zxid } });
  }

  #onClose(): void {
    this.#closed = true;
    const error = new ConnectionClosedError('the connection ended');
    this.#handshake?.reject(error);
    this.#handshake = undefined;
    for (const queue of this.#waiting.values()) for (const { waiting } of queue) waiting.reject(error);
    this.#waiting.clear();
  }
}
