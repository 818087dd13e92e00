// A port of this server: takes connections, waits for each one's hello, and hands it on. What a stranger sends costs only his own connection.

import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, type Timer, TransportListenError } from '@zebu/interfaces';
import type { ServerAddress } from '@zebu/protocol';
import { type ServerOptions, WebSocketServer } from 'ws';
import {
  FrameSocket,
  type SocketEnd,
  SOCKET_OPTIONS,
  SOCKET_SETTINGS,
  type UntypedSocketOptions,
} from './frame-socket.ts';
import { bareHost, formatAddress } from './address.ts';
import { decodeHello, type Hello, type HelloContext, refusalOfDialler, refusalOfUnreadable } from './hello.ts';
import type { Refusal } from './refusal.ts';
import type { RepeatedLog } from './repeated-log.ts';

/** Connections without a hello; one more closes the oldest, so that strangers cannot use the port up. */
const MAX_UNPROVEN = 128;
/** A hello is a few dozen bytes; the frame limit, meant for peers, is not for strangers. */
const MAX_UNPROVEN_BYTES = 16 * 1024;

export interface ListenerOptions {
  /** For messages: 'election' or 'quorum'. */
  readonly port: string;
  readonly clock: Clock;
  readonly log: RepeatedLog;
  /** What hellos are held against. */
  readonly context: () => HelloContext;
  readonly helloTimeoutMs: number;
  readonly maxFrameBytes: number;
}

/** Takes over a connection whose hello is acceptable: sets its handler and answers, or refuses it. */
export type HelloHandler = (socket: FrameSocket, hello: Hello, remoteAddress: string) => void;

export class Listener {
  readonly #options: ListenerOptions;
  readonly #onHello: HelloHandler;
  readonly #server: Server;
  readonly #webSockets: WebSocketServer;
  readonly #sockets = new Set<Socket>();
  /** In order of arrival. */
  readonly #unproven = new Map<Duplex, Timer>();
  #ended: Promise<void> | undefined;

  constructor(options: ListenerOptions, onHello: HelloHandler) {
    this.#options = options;
    this.#onHello = onHello;
    this.#server = createServer(SOCKET_SETTINGS, (_request, response) => {
      response.writeHead(426, { connection: 'close', 'content-type': 'text/plain' });
      response.end(`this is the ${options.port} port of a Zebu server; clients use the client port\n`);
    });
    const settings: ServerOptions & UntypedSocketOptions = {
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: options.maxFrameBytes,
      ...SOCKET_OPTIONS,
    };
    this.#webSockets = new WebSocketServer(settings);
    this.#server.on('connection', (socket) => this.#onConnection(socket));
    this.#server.on('upgrade', (request: IncomingMessage, socket, head) => this.#onUpgrade(request, socket, head));
    this.#server.on('clientError', (error, socket) => this.#onClientError(error, socket));
  }

  get address(): ServerAddress | undefined {
    const bound = this.#server.address() as AddressInfo | null;
    return bound === null ? undefined : { host: bound.address, port: bound.port };
  }

  async listen(address: ServerAddress, onAllAddresses: boolean): Promise<void> {
    const where = onAllAddresses ? `*:${address.port}` : formatAddress(address);
    const host = onAllAddresses ? {} : { host: bareHost(address) };
    await new Promise<void>((resolve, reject) => {
      const fail = (error: Error): void =>
        reject(new TransportListenError(`${this.#options.port} connections`, where, { cause: error }));
      this.#server.once('error', fail);
      this.#server.listen({ port: address.port, exclusive: true, ...host }, () => {
        this.#server.off('error', fail);
        resolve();
      });
    });
    this.#server.on('error', (error) => this.#warn('accept', `cannot accept connections: ${error.message}`));
  }

  /** Takes no more connections. Those that are there stay; resolves when the last of them has gone. */
  retire(): Promise<void> {
    if (this.#server.listening) this.#ended ??= new Promise((resolve) => this.#server.close(() => resolve()));
    return this.#ended ?? Promise.resolve();
  }

  async close(): Promise<void> {
    for (const timer of this.#unproven.values()) timer.cancel();
    this.#unproven.clear();
    for (const socket of this.#sockets) socket.destroy();
    await this.retire();
  }

  #onConnection(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#markProven(socket);
    });
    if (this.#unproven.size >= MAX_UNPROVEN) this.#dropOldestUnproven();
    const { clock, helloTimeoutMs } = this.#options;
    const timer = clock.setTimer(clock.now() + helloTimeoutMs, () => {
      this.#warn(addressOf(socket), 'closed a connection that sent no hello in time');
      socket.destroy();
    });
    this.#unproven.set(socket, timer);
  }

  #dropOldestUnproven(): void {
    const [oldest] = this.#unproven.keys();
    if (oldest === undefined) return;
    this.#warn('unproven', 'too many connections without a hello, closed the oldest');
    this.#markProven(oldest);
    oldest.destroy();
  }

  #markProven(socket: Duplex): void {
    this.#unproven.get(socket)?.cancel();
    this.#unproven.delete(socket);
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const remoteAddress = addressOf(request.socket);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const limit = this.#limitBytes(socket, remoteAddress);
      const frames = new FrameSocket(webSocket, {
        onFrame: (frame) => {
          socket.off('data', limit);
          this.#markProven(socket);
          this.#readHello(frames, frame, remoteAddress);
        },
        onEnd: (end) => this.#onEndBeforeHello(end, remoteAddress),
      });
    });
  }

  #limitBytes(socket: Duplex, remoteAddress: string): (chunk: Buffer) => void {
    let bytes = 0;
    const limit = (chunk: Buffer): void => {
      bytes += chunk.length;
      if (bytes <= MAX_UNPROVEN_BYTES) return;
      this.#warn(remoteAddress, 'closed a connection that sent no hello');
      socket.destroy();
    };
    socket.on('data', limit);
    return limit;
  }

  #readHello(socket: FrameSocket, frame: Uint8Array, remoteAddress: string): void {
    let hello: Hello;
    try {
      hello = decodeHello(frame);
    } catch (error) {
      this.#refuse(socket, refusalOfUnreadable(error), remoteAddress);
      return;
    }
    const refusal = refusalOfDialler(hello, this.#options.context());
    if (refusal === undefined) this.#onHello(socket, hello, remoteAddress);
    // Several servers of one machine, or behind one address, are told apart, or each would make the other's refusal news.
    else this.#refuse(socket, refusal, remoteAddress, ` server ${hello.from}`);
  }

  #refuse(socket: FrameSocket, refusal: Refusal, remoteAddress: string, who = ''): void {
    this.#warn(remoteAddress, `refused a connection: ${refusal.reason}`, who);
    socket.refuse(refusal);
  }

  #onEndBeforeHello(end: SocketEnd, remoteAddress: string): void {
    this.#warn(remoteAddress, `a connection ended before its hello: ${end.reason}`);
  }

  /** Bytes that are no HTTP, such as another protocol's. */
  #onClientError(error: Error, socket: Duplex): void {
    this.#warn(addressOf(socket as Socket), `closed a connection that speaks another protocol: ${error.message}`);
    socket.destroy();
  }

  #warn(key: string, message: string, who = ''): void {
    const { log, port } = this.#options;
    log.warn(`${port} ${key}${who}`, message, { port, remoteAddress: key });
  }
}

/** Without the port, which every connection has its own of: repeated warnings are told by the address. */
const addressOf = (socket: Socket): string => socket.remoteAddress ?? 'unknown';
