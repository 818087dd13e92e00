// One dial: connect, log in where that is wanted, exchange hellos.

import type { connect, Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Clock, SaslClient, SaslClientFactory, Timer } from '@zebu/interfaces';
import type { ServerAddress, ServerId } from '@zebu/protocol';
import { type ClientOptions, WebSocket } from 'ws';
import { Connector, type ConnectorOptions } from './connector.ts';
import { FrameError } from './frame-error.ts';
import {
  FrameSocket,
  type FrameSocketHandler,
  type SocketEnd,
  remoteOf,
  SOCKET_OPTIONS,
  tlsOf,
  type UntypedSocketOptions,
} from './frame-socket.ts';
import {
  decodeHello,
  encodeHello,
  type Hello,
  type HelloContext,
  refusalOfAcceptor,
  refusalOfUnreadable,
} from './hello.ts';
import { clientStep, encodeSasl } from './peer-sasl.ts';
import type { Refusal } from './refusal.ts';

export interface DialOptions extends ConnectorOptions {
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly helloTimeoutMs: number;
  readonly maxFrameBytes: number;
  /** Undefined: this server does not prove itself, and asks for no proof. */
  readonly saslClients: SaslClientFactory | undefined;
}

export interface DialHandler {
  /** Called when the connection is open and the hello is due. */
  hello(): Hello;
  /** Both hellos are exchanged and agree. The socket's handler is to be set before this returns. */
  onOpen(socket: FrameSocket, hello: Hello): void;
  /** Once, unless onOpen was called or the dial was aborted. Never from within the constructor. */
  onFailed(reason: string, code: number): void;
}

const NO_CODE = 1006;

export class Dial {
  readonly #peer: ServerId;
  readonly #handler: DialHandler;
  readonly #context: () => HelloContext;
  readonly #options: DialOptions;
  readonly #connector: Connector;
  #timer: Timer;
  /** From when there is a connection. */
  #socket: FrameSocket | undefined;
  #over = false;
  #helloSent = false;

  constructor(
    target: { readonly peer: ServerId; readonly addresses: readonly ServerAddress[] },
    options: DialOptions,
    context: () => HelloContext,
    handler: DialHandler,
  ) {
    this.#peer = target.peer;
    this.#handler = handler;
    this.#context = context;
    this.#options = options;
    this.#connector = new Connector(target.addresses, options, {
      onConnected: (socket) => this.#speak(socket),
      onFailed: (reason) => this.#fail({ code: NO_CODE, reason }),
    });
    this.#timer = this.#within(options.connectTimeoutMs, 'connection');
  }

  /** From here on the peer may take the connection into use. */
  get helloSent(): boolean {
    return this.#helloSent;
  }

  abort(): void {
    if (this.#over) return;
    this.#finish();
    this.#end();
  }

  #within(ms: number, what: string): Timer {
    const { clock } = this.#options;
    return clock.setTimer(clock.now() + ms, () => {
      this.#end();
      this.#fail({ code: NO_CODE, reason: `no ${what} within ${ms} ms` });
    });
  }

  #end(): void {
    this.#connector.abort();
    this.#socket?.terminate();
  }

  #speak(connection: Socket): void {
    this.#timer.cancel();
    this.#timer = this.#within(this.#options.helloTimeoutMs, 'hello');
    const webSocket = openWebSocket(connection, this.#options.maxFrameBytes);
    const socket = new FrameSocket(webSocket, {
      onFrame: (frame) => this.#readHello(socket, frame),
      onEnd: (end) => this.#fail(explained(end, connection)),
    });
    socket.tls = tlsOf(connection);
    socket.remote = remoteOf(connection);
    this.#socket = socket;
    webSocket.once('open', () => this.#authenticate(socket));
  }

  #authenticate(socket: FrameSocket): void {
    const client = this.#options.saslClients?.createSaslClient();
    if (client === undefined) return this.#sendHello(socket);
    const { handler } = socket;
    socket.handler = { ...handler, onFrame: (frame) => this.#prove(socket, client, frame, handler) };
    socket.send(encodeSasl(client.begin()));
  }

  /** Nothing is said of this server, and nothing believed of the other, before both have proven themselves. */
  #prove(socket: FrameSocket, client: SaslClient, frame: Uint8Array, afterwards: FrameSocketHandler): void {
    const outcome = clientStep(client, frame);
    if (outcome?.type === 'goesOn') return socket.send(outcome.answer);
    if (outcome?.type === 'refused') return this.#refuse(socket, outcome.refusal);
    socket.handler = afterwards;
    socket.sasl = 'proven';
    this.#sendHello(socket);
  }

  #sendHello(socket: FrameSocket): void {
    this.#helloSent = true;
    socket.send(encodeHello(this.#handler.hello()));
  }

  #readHello(socket: FrameSocket, frame: Uint8Array): void {
    if (!this.#helloSent) throw new FrameError('an answer before the hello');
    const hello = this.#checked(socket, frame);
    if (hello === undefined) return;
    this.#finish();
    this.#handler.onOpen(socket, hello);
  }

  #checked(socket: FrameSocket, frame: Uint8Array): Hello | undefined {
    try {
      const hello = decodeHello(frame);
      const refusal = refusalOfAcceptor(hello, this.#peer, this.#context());
      if (refusal === undefined) return hello;
      this.#refuse(socket, refusal);
    } catch (error) {
      this.#refuse(socket, refusalOfUnreadable(error));
    }
    return undefined;
  }

  #refuse(socket: FrameSocket, refusal: Refusal): void {
    socket.refuse(refusal);
    this.#fail(refusal);
  }

  #fail(end: SocketEnd): void {
    if (this.#over) return;
    this.#finish();
    this.#handler.onFailed(end.reason, end.code);
  }

  #finish(): void {
    this.#over = true;
    this.#timer.cancel();
  }
}

function openWebSocket(socket: Socket, maxFrameBytes: number): WebSocket {
  const settings: ClientOptions & UntypedSocketOptions = {
    // The socket is there: a URL has no room for every host that a server list may name, nor for its certificate.
    createConnection: (() => socket) as unknown as typeof connect,
    // Masking guards browsers' proxies against scripts. Between servers it would cost two passes over every byte, and change bytes that
    // other links share; ws skips it when the mask is zero, which is what an untouched buffer holds.
    generateMask: () => {},
    perMessageDeflate: false,
    maxPayload: maxFrameBytes,
    ...SOCKET_OPTIONS,
  };
  return new WebSocket('ws://zebu/', settings);
}

/** A server that does not like a certificate closes without a word once it has seen it, which is behind the handshake. */
function explained(end: SocketEnd, connection: Socket): SocketEnd {
  if (end.code !== NO_CODE || !(connection instanceof TLSSocket)) return end;
  return { ...end, reason: `${end.reason}; if it refused the certificate of this server, its log says why` };
}
