// One dial: look the name up, connect, exchange hellos, within one timeout. The name is looked up every time, since a peer may come back elsewhere.

import { connect, type Socket } from 'node:net';
import type { Clock, Timer } from '@zebu/interfaces';
import type { ServerAddress, ServerId } from '@zebu/protocol';
import { type ClientOptions, WebSocket } from 'ws';
import { bareHost } from './address.ts';
import {
  FrameSocket,
  type SocketEnd,
  SOCKET_OPTIONS,
  SOCKET_SETTINGS,
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
import type { TransportOptions } from './options.ts';
import type { Refusal } from './refusal.ts';

export interface DialOptions extends Pick<TransportOptions, 'lookup'> {
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly maxFrameBytes: number;
  /** Every socket that is not closed yet, so that the transport can end them all. */
  readonly sockets: Set<Socket>;
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
  readonly #socket: FrameSocket;
  readonly #timer: Timer;
  #over = false;
  #helloSent = false;

  constructor(
    target: { readonly peer: ServerId; readonly address: ServerAddress },
    options: DialOptions,
    context: () => HelloContext,
    handler: DialHandler,
  ) {
    this.#peer = target.peer;
    this.#handler = handler;
    this.#context = context;
    const webSocket = openWebSocket(target.address, options);
    webSocket.once('open', () => this.#sendHello());
    this.#socket = new FrameSocket(webSocket, {
      onFrame: (frame) => this.#readHello(frame),
      onEnd: (end) => this.#fail(end),
    });
    const { clock, connectTimeoutMs } = options;
    this.#timer = clock.setTimer(clock.now() + connectTimeoutMs, () => {
      this.#socket.terminate();
      this.#fail({ code: NO_CODE, reason: `no connection within ${connectTimeoutMs} ms` });
    });
  }

  /** From here on the peer may take the connection into use. */
  get helloSent(): boolean {
    return this.#helloSent;
  }

  abort(): void {
    if (this.#over) return;
    this.#finish();
    this.#socket.terminate();
  }

  #sendHello(): void {
    this.#helloSent = true;
    this.#socket.send(encodeHello(this.#handler.hello()));
  }

  #readHello(frame: Uint8Array): void {
    const hello = this.#checked(frame);
    if (hello === undefined) return;
    this.#finish();
    this.#handler.onOpen(this.#socket, hello);
  }

  #checked(frame: Uint8Array): Hello | undefined {
    try {
      const hello = decodeHello(frame);
      const refusal = refusalOfAcceptor(hello, this.#peer, this.#context());
      if (refusal === undefined) return hello;
      this.#refuse(refusal);
    } catch (error) {
      this.#refuse(refusalOfUnreadable(error));
    }
    return undefined;
  }

  #refuse(refusal: Refusal): void {
    this.#socket.refuse(refusal);
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

function openWebSocket(address: ServerAddress, options: DialOptions): WebSocket {
  const settings: ClientOptions & UntypedSocketOptions = {
    // The socket is made here: a URL has no room for every host that a server list may name.
    createConnection: (() => openSocket(address, options)) as unknown as typeof connect,
    // Masking guards browsers' proxies against scripts. Between servers it would cost two passes over every byte, and change bytes that
    // other links share; ws skips it when the mask is zero, which is what an untouched buffer holds.
    generateMask: () => {},
    perMessageDeflate: false,
    maxPayload: options.maxFrameBytes,
    ...SOCKET_OPTIONS,
  };
  return new WebSocket('ws://zebu/', settings);
}

function openSocket(address: ServerAddress, options: DialOptions): Socket {
  const { lookup, sockets } = options;
  const target = { host: bareHost(address), port: address.port, ...SOCKET_SETTINGS };
  const socket = connect(lookup === undefined ? target : { ...target, lookup });
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
  return socket;
}
