// A port of this server: takes connections, waits for each one's hello, and hands it on. What a stranger sends costs only his own connection.

import { createServer as createHttpServer, type IncomingMessage, type Server as HttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Clock, type Timer, TransportListenError } from '@zebu/interfaces';
import type { ServerAddress } from '@zebu/protocol';
import { type ServerOptions, WebSocketServer } from 'ws';
import { bareHost, formatAddress, plainHost } from './address.ts';
import { onFirstByte, TLS_HANDSHAKE } from './first-byte.ts';
import {
  FrameSocket,
  remoteOf,
  type SocketEnd,
  SOCKET_OPTIONS,
  socketSettings,
  tlsOf,
  type UntypedSocketOptions,
} from './frame-socket.ts';
import { Greeting, type GreetingOptions } from './greeting.ts';
import type { Hello } from './hello.ts';
import type { PortTls } from './port-tls.ts';
import type { RepeatedLog } from './repeated-log.ts';

/** Connections without a hello; one more closes the oldest, so that strangers cannot use the port up. */
const MAX_UNPROVEN = 128;
/** A hello is a few dozen bytes; the frame limit, meant for peers, is not for strangers. */
const MAX_UNPROVEN_BYTES = 16 * 1024;

export interface ListenerOptions extends GreetingOptions {
  /** For messages: 'election' or 'quorum'. */
  readonly port: string;
  readonly clock: Clock;
  readonly log: RepeatedLog;
  readonly helloTimeoutMs: number;
  readonly tcpKeepAlive: boolean;
  readonly maxFrameBytes: number;
  /** Undefined takes connections without TLS alone. */
  readonly tls: PortTls | undefined;
}

/** Takes over a connection whose hello is acceptable: sets its handler and answers, or refuses it. */
export type HelloHandler = (socket: FrameSocket, hello: Hello, remoteAddress: string) => void;

export class Listener {
  readonly #options: ListenerOptions;
  readonly #onHello: HelloHandler;
  readonly #server: Server;
  /** It listens nowhere: connections are handed to it, as they came or out of TLS. */
  readonly #http: HttpServer;
  readonly #webSockets: WebSocketServer;
  /** As they came. */
  readonly #sockets = new Set<Socket>();
  /** As they came, in order of arrival. */
  readonly #unproven = new Map<Socket, Timer>();
  /** What carries a connection that speaks TLS. */
  readonly #carriers = new WeakMap<Duplex, Socket>();
  #ended: Promise<void> | undefined;

  constructor(options: ListenerOptions, onHello: HelloHandler) {
    this.#options = options;
    this.#onHello = onHello;
    this.#server = createServer({ ...socketSettings(options.tcpKeepAlive), allowHalfOpen: true }, (socket) =>
      this.#onConnection(socket),
    );
    this.#http = createHttpServer((_request, response) => {
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
    this.#http.on('upgrade', (request: IncomingMessage, socket, head) => this.#onUpgrade(request, socket, head));
    this.#http.on('clientError', (error, socket) => this.#onClientError(error, socket as Socket));
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
    this.#greet(socket);
  }

  #greet(socket: Socket): void {
    const { tls } = this.#options;
    if (tls === undefined) return this.#speak(socket);
    const detection = this.#detectionTimer(socket, tls);
    onFirstByte(socket, (first) => {
      detection.cancel();
      // A health check of a load balancer: no line every second.
      if (first === 'nothing') socket.destroy();
      else if (first === 'tls') this.#speakSecurely(socket, tls);
      else if (tls.takesPlain) this.#speak(socket);
      else this.#turnAway(socket, 'it speaks no TLS, and nothing else is taken here without portUnification');
    });
  }

  /** Whoever says nothing for so long begins no handshake, and may stay where he need not. */
  #detectionTimer(socket: Socket, { takesPlain, detectionTimeoutMs }: PortTls): Timer {
    const { clock } = this.#options;
    const timer = clock.setTimer(clock.now() + detectionTimeoutMs, () => {
      if (!takesPlain) this.#turnAway(socket, `it began no TLS handshake within ${detectionTimeoutMs} ms`);
    });
    socket.once('close', () => timer.cancel());
    return timer;
  }

  #speak(connection: Socket): void {
    this.#http.emit('connection', connection);
  }

  #speakSecurely(socket: Socket, { door }: PortTls): void {
    door.admit(socket, {
      onAdmitted: (secured) => {
        this.#carriers.set(secured, socket);
        this.#speak(secured);
      },
      onRefused: (problem) => this.#turnAway(socket, `TLS: ${problem}`),
    });
  }

  #turnAway(socket: Socket, problem: string): void {
    this.#warn(addressOf(socket), `refused a connection: ${problem}`);
    socket.destroy();
  }

  #dropOldestUnproven(): void {
    const [oldest] = this.#unproven.keys();
    if (oldest === undefined) return;
    this.#warn('unproven', 'too many connections without a hello, closed the oldest');
    this.#markProven(oldest);
    oldest.destroy();
  }

  #markProven(socket: Socket): void {
    this.#unproven.get(socket)?.cancel();
    this.#unproven.delete(socket);
  }

  #onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const remoteAddress = addressOf(request.socket);
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      const limit = this.#limitBytes(socket, remoteAddress);
      const frames = new FrameSocket(webSocket, {
        onFrame: (frame) => greeting.onFrame(frame),
        onEnd: (end) => this.#onEndBeforeHello(end, remoteAddress),
      });
      const greeting = new Greeting(frames, this.#options, {
        onHeard: () => {
          socket.off('data', limit);
          this.#markProven(this.#carriers.get(socket) ?? (socket as Socket));
        },
        onHello: (hello) => this.#onHello(frames, hello, remoteAddress),
        // Several servers of one machine, or behind one address, are told apart, or each would make the other's refusal news.
        onRefused: ({ reason }, from) =>
          this.#warn(remoteAddress, `refused a connection: ${reason}`, from === undefined ? '' : ` server ${from}`),
      });
      frames.tls = tlsOf(socket);
      frames.remote = remoteOf(request.socket);
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

  #onEndBeforeHello(end: SocketEnd, remoteAddress: string): void {
    this.#warn(remoteAddress, `a connection ended before its hello: ${end.reason}`);
  }

  /** Bytes that are no HTTP, such as another protocol's. */
  #onClientError(error: Error & { readonly rawPacket?: Uint8Array }, socket: Socket): void {
    const problem = error.rawPacket?.[0] === TLS_HANDSHAKE ? 'TLS, which is off here' : error.message;
    this.#warn(addressOf(socket), `closed a connection that speaks another protocol: ${problem}`);
    socket.destroy();
  }

  #warn(key: string, message: string, who = ''): void {
    const { log, port } = this.#options;
    log.warn(`${port} ${key}${who}`, message, { port, remoteAddress: key });
  }
}

/** Without the port, which every connection has its own of: repeated warnings are told by the address. */
const addressOf = (socket: Socket): string => plainHost(socket.remoteAddress ?? 'unknown');
