// What is heard of a connection before it is handed on: SASL where that is spoken, then a hello that is acceptable.

import type { SaslServer } from '@zebu/interfaces';
import type { ServerId } from '@zebu/protocol';
import type { FrameSocket } from './frame-socket.ts';
import { decodeHello, type Hello, type HelloContext, refusalOfDialler, refusalOfUnreadable } from './hello.ts';
import { decodeSasl, type PeerSasl, SASL_IS_OFF, SASL_IS_REQUIRED, serverStep } from './peer-sasl.ts';
import type { Refusal } from './refusal.ts';

export interface GreetingOptions {
  /** What hellos are held against. */
  readonly context: () => HelloContext;
  /** Undefined: nobody can prove himself. */
  readonly sasl: PeerSasl | undefined;
}

export interface GreetingHandler {
  /** The hello is there, whatever is thought of it. */
  onHeard(): void;
  /** It is acceptable. */
  onHello(hello: Hello): void;
  /** The connection is closed. Undefined: it has not come to say which server it is of. */
  onRefused(refusal: Refusal, from: ServerId | undefined): void;
}

export class Greeting {
  readonly #socket: FrameSocket;
  readonly #options: GreetingOptions;
  readonly #handler: GreetingHandler;
  #exchange: SaslServer | undefined;

  constructor(socket: FrameSocket, options: GreetingOptions, handler: GreetingHandler) {
    this.#socket = socket;
    this.#options = options;
    this.#handler = handler;
  }

  onFrame(frame: Uint8Array): void {
    let hello: Hello | undefined;
    try {
      const token = decodeSasl(frame);
      if (token === undefined) hello = decodeHello(frame);
      else this.#onToken(token);
    } catch (error) {
      this.#refuse(refusalOfUnreadable(error));
    }
    if (hello !== undefined) this.#onHello(hello);
  }

  #onToken(token: Uint8Array): void {
    const { sasl } = this.#options;
    if (sasl === undefined) return this.#refuse(SASL_IS_OFF);
    this.#exchange ??= sasl.servers.createSaslServer();
    const outcome = serverStep(this.#exchange, token);
    if (outcome.type === 'refused') return this.#refuse(outcome.refusal);
    if (outcome.type === 'proven') this.#socket.sasl = outcome.user;
    this.#socket.send(outcome.answer);
  }

  #onHello(hello: Hello): void {
    const isUnproven = this.#options.sasl?.required === true && this.#socket.sasl === undefined;
    const refusal = isUnproven ? SASL_IS_REQUIRED : refusalOfDialler(hello, this.#options.context());
    if (refusal !== undefined) return this.#refuse(refusal, hello.from);
    this.#handler.onHeard();
    this.#handler.onHello(hello);
  }

  #refuse(refusal: Refusal, from?: ServerId): void {
    this.#handler.onHeard();
    this.#handler.onRefused(refusal, from);
    this.#socket.refuse(refusal);
  }
}
