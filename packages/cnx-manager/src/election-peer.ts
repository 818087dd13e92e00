// Everything towards one other server on the election port: the connection, the dials and their pauses, and the newest notification for it.

import type { ElectionTransportHandler, Logger, Random, Timer } from '@zebu/interfaces';
import type { Millis, Notification, ServerId } from '@zebu/protocol';
import { Backoff } from './backoff.ts';
import { chooseConnection, type ConnectionOrigin } from './connection-choice.ts';
import type { Dial } from './dial.ts';
import { type HelloCounter, originOf } from './election-hello.ts';
import type { Endpoint } from './endpoint.ts';
import type { FrameSocket, SocketEnd } from './frame-socket.ts';
import type { Hello } from './hello.ts';
import { decodeNotification, encodeNotification } from './notification-codec.ts';
import { CloseCode, type Refusal } from './refusal.ts';

/** A peer that does not read: beyond this only the newest notification waits for it. */
const MAX_QUEUED_BYTES = 256 * 1024;

const SUPERSEDED: Refusal = { code: CloseCode.SUPERSEDED, reason: 'another connection stays' };
const NOT_AN_ELECTION_HELLO: Refusal = { code: CloseCode.BAD_FRAME, reason: 'hello without an incarnation' };

export interface ElectionPeerShared {
  readonly endpoint: Endpoint;
  readonly hellos: HelloCounter;
  readonly backoffMinMs: Millis;
  readonly backoffMaxMs: Millis;
  readonly random: Random;
  readonly logger: Logger;
  readonly handler: ElectionTransportHandler;
}

interface Connection extends ConnectionOrigin {
  readonly socket: FrameSocket;
}

export class ElectionPeer {
  readonly #shared: ElectionPeerShared;
  readonly #id: ServerId;
  readonly #backoff: Backoff;
  #connection: Connection | undefined;
  #dial: Dial | undefined;
  #dialledAt: Millis;
  #redial: Timer | undefined;
  /** Between start() and stop(): the peer is dialled. */
  #active = false;

  /** Encoded and not yet given to a connection. */
  #newest: Uint8Array | undefined;
  /** The newest given to the present connection: goes out again when that turns out to be the loser of a race. */
  #lastSent: Uint8Array | undefined;
  #sequence = 0;
  #received: { readonly incarnation: bigint; sequence: number } | undefined;
  readonly #onWritten = (): void => this.#flush();

  constructor(id: ServerId, shared: ElectionPeerShared) {
    this.#id = id;
    this.#shared = shared;
    this.#backoff = new Backoff(shared.backoffMinMs, shared.backoffMaxMs, shared.random);
    this.#dialledAt = this.#now() - shared.backoffMinMs;
  }

  /** A new notification is a reason to look for the peer sooner than the pause between dials says. */
  send(notification: Notification): void {
    this.#newest = encodeNotification(++this.#sequence, notification);
    if (this.#connection === undefined) this.hurry();
    else this.#flush();
  }

  start(): void {
    this.#active = true;
    this.hurry();
  }

  /** Dials now, or as soon as the shortest pause since the last dial is over. */
  hurry(): void {
    if (!this.#active || this.#connection !== undefined || this.#dial !== undefined) return;
    const earliest = this.#dialledAt + this.#shared.backoffMinMs;
    if (this.#now() >= earliest) this.#startDial();
    else this.#redialAt(earliest);
  }

  /** The peer dialled, and its hello is acceptable. */
  onIncoming(socket: FrameSocket, hello: Hello): void {
    const origin = originOf(hello, true);
    if (origin === undefined) socket.refuse(NOT_AN_ELECTION_HELLO);
    else this.#adopt({ ...origin, socket });
  }

  stop(): void {
    this.#active = false;
    this.#redial?.cancel();
    this.#dial?.abort();
    this.#connection?.socket.close();
    this.#connection = undefined;
  }

  get linked(): boolean {
    return this.#connection !== undefined;
  }

  #startDial(): void {
    this.#redial?.cancel();
    this.#dialledAt = this.#now();
    this.#dial = this.#shared.endpoint.dial(this.#id, {
      hello: () => this.#dialHello(),
      onOpen: (socket, hello) => this.#onDialled(socket, hello),
      onFailed: (reason, code) => this.#onDialFailed(reason, code),
    });
  }

  #dialHello(): Hello | undefined {
    const { endpoint, hellos } = this.#shared;
    if (this.#connection === undefined) return endpoint.hello('election', this.#id, hellos.next());
    this.#dial = undefined;
    return undefined;
  }

  #onDialled(socket: FrameSocket, hello: Hello): void {
    this.#dial = undefined;
    const origin = originOf(hello, false);
    if (origin !== undefined) {
      this.#adopt({ ...origin, socket });
      return;
    }
    socket.refuse(NOT_AN_ELECTION_HELLO);
    this.#onDialFailed(NOT_AN_ELECTION_HELLO.reason, NOT_AN_ELECTION_HELLO.code);
  }

  #onDialFailed(reason: string, code: number): void {
    this.#dial = undefined;
    const superfluous = code === CloseCode.SUPERSEDED || this.#connection !== undefined;
    if (!superfluous) this.#warn(`cannot reach server ${this.#id}: ${reason}`);
    this.#scheduleDial();
  }

  #scheduleDial(): void {
    if (!this.#active || this.#connection !== undefined || this.#dial !== undefined) return;
    this.#redialAt(this.#now() + this.#backoff.next());
  }

  #redialAt(at: Millis): void {
    this.#redial?.cancel();
    this.#redial = this.#shared.endpoint.clock.setTimer(at, () => this.#startDial());
  }

  /** A connection whose peer said hello; one that the peer dialled is answered here, once it is known to stay. */
  #adopt(arriving: Connection): void {
    const existing = this.#connection;
    const ids = { self: this.#shared.endpoint.self, peer: this.#id };
    const choice = existing === undefined ? 'replace' : chooseConnection(existing, arriving, ids);
    if (choice === 'keep') {
      arriving.socket.refuse(SUPERSEDED);
      return;
    }
    existing?.socket.refuse(SUPERSEDED);
    this.#connection = undefined;
    if (choice === 'switch') this.#newest ??= this.#lastSent;
    else if (existing !== undefined) this.#down('the peer connected anew');
    this.#use(arriving);
    if (choice === 'replace') this.#up(arriving);
    this.#flush();
  }

  #use(connection: Connection): void {
    this.#redial?.cancel();
    // A dial that has said hello may be in use at the peer already; its outcome is awaited and chosen from.
    if (this.#dial?.helloSent === false) {
      this.#dial.abort();
      this.#dial = undefined;
    }
    this.#lastSent = undefined;
    this.#connection = connection;
    this.#backoff.reset();
    connection.socket.handler = {
      onFrame: (frame) => this.#onFrame(connection, frame),
      onEnd: (end) => this.#onEnd(connection, end),
    };
    if (!connection.dialledByPeer) return;
    const { endpoint, hellos } = this.#shared;
    connection.socket.send(endpoint.encodedHello('election', this.#id, hellos.next()));
  }

  #up(connection: Connection): void {
    const { endpoint, logger, handler } = this.#shared;
    endpoint.peerReached(this.#id);
    logger.info('election connection up', { peer: this.#id, dialledByPeer: connection.dialledByPeer });
    handler.onLinkUp(this.#id);
  }

  #down(reason: string): void {
    this.#shared.logger.info('election connection down', { peer: this.#id, reason });
    this.#shared.handler.onLinkDown(this.#id);
  }

  #onFrame(connection: Connection, frame: Uint8Array): void {
    const { sequence, notification } = decodeNotification(frame);
    if (this.#received?.incarnation !== connection.incarnation) {
      this.#received = { incarnation: connection.incarnation, sequence: 0 };
    }
    // What was sent again after a race, see #lastSent.
    if (sequence <= this.#received.sequence) return;
    this.#received.sequence = sequence;
    this.#shared.handler.onNotification(this.#id, notification);
  }

  #onEnd(connection: Connection, end: SocketEnd): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    if (end.code === CloseCode.BAD_FRAME) this.#warn(`closed the connection to server ${this.#id}: ${end.reason}`);
    this.#down(end.reason);
    this.#scheduleDial();
  }

  #flush(): void {
    const connection = this.#connection;
    if (connection === undefined || this.#newest === undefined) return;
    if (connection.socket.bufferedBytes > MAX_QUEUED_BYTES) return;
    this.#lastSent = this.#newest;
    this.#newest = undefined;
    connection.socket.send(this.#lastSent, this.#onWritten);
  }

  #warn(message: string): void {
    this.#shared.endpoint.warnOfPeer(this.#id, message);
  }

  #now(): Millis {
    return this.#shared.endpoint.clock.now();
  }
}
