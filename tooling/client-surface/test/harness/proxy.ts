// Stands between a client and the server and takes a feature away: a request answered in the server's place, a flag cleared, an event
// swallowed. What is not tampered with passes as it came.

import { createConnection, createServer, type Server, type Socket } from 'node:net';
import { encode, JuteReader, replyHeader } from '@zebu/conformance/raw';

export interface SeenRequest {
  readonly xid: number;
  readonly type: number;
  /** What follows the header. */
  readonly body: Buffer;
}

export interface SeenReply {
  readonly xid: number;
  readonly zxid: bigint;
  readonly err: number;
  /** Of the request that it answers; undefined for an event. */
  readonly type: number | undefined;
  readonly body: Buffer;
}

/** Each may be left out, and returns undefined for what passes untouched. */
export interface Tampering {
  /** The payload of the first frame each way. */
  readonly connectRequest?: (payload: Buffer) => Buffer;
  readonly connectResponse?: (payload: Buffer) => Buffer;
  /** Another request in its place, an answer in the server's place, or neither. */
  readonly request?: (request: SeenRequest) => SeenRequest | { readonly answer: SeenReply } | 'drop' | undefined;
  /** `late` sends it behind the one that follows. */
  readonly reply?: (reply: SeenReply) => SeenReply | 'drop' | 'late' | undefined;
  /** The answer to a four-letter word, or part of it. */
  readonly text?: (text: string) => string;
  /** The bytes of a connection that is over: its own end is kept from the server, or the server's from it. */
  readonly hidesEnd?: boolean;
}

const EVENT_XID = -1;
const PRINTABLE = 0x20;
const REQUEST_HEADER_BYTES = 8;
const REPLY_HEADER_BYTES = 16;

export class Proxy {
  readonly port: number;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.#server = server;
    this.#sockets = sockets;
    this.port = (server.address() as { port: number }).port;
  }

  static async before(port: number, tampering: Tampering): Promise<Proxy> {
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
      const upstream = createConnection({ host: '127.0.0.1', port, noDelay: true, allowHalfOpen: true });
      for (const socket of [client, upstream]) {
        sockets.add(socket);
        socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
      }
      new Exchange(client, upstream, tampering);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Proxy(server, sockets);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** One connection through the proxy. */
class Exchange {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #tampering: Tampering;
  readonly #types = new Map<number, number[]>();
  #isText: boolean | undefined;
  /** Replies that wait for the next one to go first. */
  readonly #late: Buffer[] = [];
  #requested = false;
  #responded = false;

  constructor(client: Socket, upstream: Socket, tampering: Tampering) {
    this.#client = client;
    this.#upstream = upstream;
    this.#tampering = tampering;
    const fromClient = frames((payload) => this.#onRequestFrame(payload));
    const fromServer = frames((payload) => this.#onReplyFrame(payload));
    client.on('data', (chunk: Buffer) => {
      this.#isText ??= (chunk[0] ?? 0) >= PRINTABLE;
      if (this.#isText || this.#passesFrames()) upstream.write(chunk);
      else fromClient(chunk);
    });
    upstream.on('data', (chunk: Buffer) => {
      if (this.#isText === true) client.write(tampering.text?.(chunk.toString('latin1')) ?? chunk, 'latin1');
      else if (this.#passesFrames()) client.write(chunk);
      else fromServer(chunk);
    });
    client.on('end', () => upstream.end()).on('close', () => upstream.destroy());
    if (tampering.hidesEnd !== true) upstream.on('end', () => client.end()).on('close', () => client.destroy());
  }

  /** Frames need not be looked at, and may be damaged. */
  #passesFrames(): boolean {
    const { connectRequest, connectResponse, request, reply } = this.#tampering;
    return (connectRequest ?? connectResponse ?? request ?? reply) === undefined;
  }

  #onRequestFrame(payload: Buffer): void {
    if (!this.#requested) {
      this.#requested = true;
      return send(this.#upstream, this.#tampering.connectRequest?.(payload) ?? payload);
    }
    const request = {
      xid: payload.readInt32BE(0),
      type: payload.readInt32BE(4),
      body: payload.subarray(REQUEST_HEADER_BYTES),
    };
    const verdict = this.#tampering.request?.(request);
    if (verdict === 'drop') return;
    if (verdict !== undefined && 'answer' in verdict) return send(this.#client, replyPayload(verdict.answer));
    this.#types.set(request.xid, [...(this.#types.get(request.xid) ?? []), request.type]);
    send(this.#upstream, verdict === undefined ? payload : requestPayload(verdict));
  }

  #onReplyFrame(payload: Buffer): void {
    if (!this.#responded) {
      this.#responded = true;
      return send(this.#client, this.#tampering.connectResponse?.(payload) ?? payload);
    }
    const header = replyHeader.read(new JuteReader(payload));
    const type = header.xid === EVENT_XID ? undefined : this.#types.get(header.xid)?.shift();
    const verdict = this.#tampering.reply?.({ ...header, type, body: payload.subarray(REPLY_HEADER_BYTES) });
    if (verdict === 'drop') return;
    if (verdict === 'late') {
      this.#late.push(payload);
      return;
    }
    send(this.#client, verdict === undefined ? payload : replyPayload(verdict));
    for (const each of this.#late.splice(0)) send(this.#client, each);
  }
}

function requestPayload({ xid, type, body }: SeenRequest): Buffer {
  const header = Buffer.alloc(REQUEST_HEADER_BYTES);
  header.writeInt32BE(xid, 0);
  header.writeInt32BE(type, 4);
  return Buffer.concat([header, body]);
}

const replyPayload = ({ xid, zxid, err, body }: SeenReply): Buffer =>
  Buffer.concat([encode(replyHeader, { xid, zxid, err }), body]);

function send(socket: Socket, payload: Buffer): void {
  const length = Buffer.alloc(4);
  length.writeInt32BE(payload.length);
  socket.write(Buffer.concat([length, payload]));
}

function frames(onFrame: (payload: Buffer) => void): (chunk: Buffer) => void {
  let waiting = Buffer.alloc(0);
  return (chunk) => {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 4 && waiting.length >= 4 + waiting.readInt32BE()) {
      const end = 4 + waiting.readInt32BE();
      const payload = waiting.subarray(4, end);
      waiting = waiting.subarray(end);
      onFrame(payload);
    }
  };
}
