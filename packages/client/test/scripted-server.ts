// A server that does what the test says, reached without a socket.

import type { ClientConnectionHandler, ClientDialer } from '@zebu/interfaces';
import type { ConnectRequest, JuteReader } from '@zebu/jute';
import {
  decodeConnectRequest,
  decodeRequestHeader,
  encodeConnectResponse,
  encodeReplyHeader,
  encodeWatcherEvent,
  JuteReader as Reader,
  JuteWriter,
} from '@zebu/jute';
import type { ServerAddress, SessionId, Zxid } from '@zebu/protocol';

export interface SentRequest {
  readonly xid: number;
  readonly type: number;
  /** Stands at the record. */
  readonly body: JuteReader;
}

export interface Accepted {
  readonly sessionId?: bigint;
  readonly timeoutMs?: number;
  readonly readOnly?: boolean;
}

export const PASSWORD = Uint8Array.from({ length: 16 }, (_, i) => i + 1);

/** A whole frame of what `write` writes. */
export function frame(write: (writer: JuteWriter) => void): Uint8Array {
  const writer = new JuteWriter();
  const lengthAt = writer.reserve(4);
  write(writer);
  writer.patchInt(lengthAt, writer.length - 4);
  return writer.take();
}

export class ScriptedConnection {
  readonly server: ServerAddress;
  readonly handler: ClientConnectionHandler;
  closedByClient = false;
  /** Made to throw by tests of a transport that fails. */
  sendError: Error | undefined;
  writeCount = 0;
  #handshake: ConnectRequest | undefined;
  readonly #requests: SentRequest[] = [];

  constructor(server: ServerAddress, handler: ClientConnectionHandler) {
    this.server = server;
    this.handler = handler;
  }

  get handshake(): ConnectRequest {
    if (this.#handshake === undefined) throw new Error('the client has not asked for a session');
    return this.#handshake;
  }

  /** What the client sent since the last call. */
  takeRequests(): SentRequest[] {
    return this.#requests.splice(0);
  }

  takeRequest(): SentRequest {
    const requests = this.takeRequests();
    if (requests.length !== 1) throw new Error(`${requests.length} requests instead of one`);
    return requests[0] as SentRequest;
  }

  onBytes(bytes: Uint8Array): void {
    if (this.sendError !== undefined) throw this.sendError;
    this.writeCount++;
    const lengths = new Reader(bytes);
    while (lengths.remaining > 0) {
      const end = lengths.readInt() + lengths.offset;
      const body = new Reader(bytes, lengths.offset, end);
      lengths.skip(end - lengths.offset);
      if (this.#handshake === undefined) this.#handshake = decodeConnectRequest(body);
      else this.#requests.push({ ...decodeRequestHeader(body), body });
    }
  }

  accept({ sessionId = 0x1000n, timeoutMs = 9000, readOnly = false }: Accepted = {}): void {
    const response = { protocolVersion: 0, timeoutMs, sessionId: sessionId as SessionId, password: PASSWORD };
    this.push(frame((writer) => encodeConnectResponse(writer, { ...response, readOnly })));
  }

  refuse(): void {
    this.accept({ sessionId: 0n, timeoutMs: 0 });
  }

  reply(xid: number, body?: (writer: JuteWriter) => void, { zxid = 7n, error = 0 } = {}): void {
    this.push(replyFrame(xid, body, { zxid, error }));
  }

  /** Without a zxid, as servers before 3.9 send it. */
  event(type: number, path: string, zxid = -1n): void {
    this.push(eventFrame(type, path, zxid));
  }

  push(...frames: Uint8Array[]): void {
    this.handler.onFrames(new Uint8Array(Buffer.concat(frames)));
  }

  drop(error?: Error): void {
    this.handler.onClose(error);
  }
}

export const replyFrame = (
  xid: number,
  body?: (writer: JuteWriter) => void,
  { zxid = 7n, error = 0 } = {},
): Uint8Array =>
  frame((writer) => {
    encodeReplyHeader(writer, { xid, zxid: zxid as Zxid, error });
    body?.(writer);
  });

export const eventFrame = (type: number, path: string, zxid = -1n): Uint8Array =>
  replyFrame(-1, (writer) => encodeWatcherEvent(writer, { type, state: 3, path }), { zxid });

export class ScriptedServer {
  readonly connections: ScriptedConnection[] = [];
  /** Why dials fail, while they do. */
  unreachable: Error | undefined;
  dialCount = 0;

  readonly dialer: ClientDialer = async (address, handler, signal) => {
    this.dialCount++;
    if (this.unreachable !== undefined) throw this.unreachable;
    if (signal.aborted) throw new Error('aborted');
    const connection = new ScriptedConnection(address, handler);
    this.connections.push(connection);
    return {
      send: (bytes) => connection.onBytes(bytes),
      close: () => {
        connection.closedByClient = true;
      },
    };
  };

  get latest(): ScriptedConnection {
    const latest = this.connections.at(-1);
    if (latest === undefined) throw new Error('nobody has dialled');
    return latest;
  }
}

/** Once round the loop: every promise that can settle has. */
export const settle = (): Promise<void> =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });
