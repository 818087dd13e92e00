// Everything towards one other server on the election port: the connection, the dials and their pauses, and the newest notification for it.
//
// Both servers dial, so that whichever comes back finds the other at once; one connection is used. When the dials cross, the larger server id's
// wins: the larger server holds the other's dial until its own is decided, the smaller gives its own up. So nothing is sent on the loser.

import type { ElectionTransportHandler, Logger, Random, Timer } from '@zebu/interfaces';
import type { Millis, Notification, ServerId } from '@zebu/protocol';
import { Backoff } from './backoff.ts';
import type { Dial } from './dial.ts';
import { type HelloCounter, type HelloStamp, isLater, stampOf } from './election-hello.ts';
import type { Endpoint } from './endpoint.ts';
import { FrameError } from './frame-error.ts';
import type { FrameSocket, SocketEnd } from './frame-socket.ts';
import type { Hello } from './hello.ts';
import { decodeNotification, encodeNotification } from './notification-codec.ts';
import { CloseCode, type Refusal } from './refusal.ts';

/** A peer that does not read: beyond this only the newest notification waits for it. Room for one with a configuration, and those behind it. */
const MAX_QUEUED_BYTES = 1024 * 1024;

const NO_CODE = 1006;
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
  /** The connection ended, and no other took its place. */
  readonly onLost: (peer: ServerId) => void;
}

interface Connection {
  readonly socket: FrameSocket;
  readonly stamp: HelloStamp;
  readonly dialledByPeer: boolean;
}

export class ElectionPeer {
  readonly #shared: ElectionPeerShared;
  readonly #id: ServerId;
  readonly #backoff: Backoff;
  #connection: Connection | undefined;
  /** Invariant: undefined while there is a connection. */
  #dial: Dial | undefined;
  /** The peer's dial, unanswered while ours is under way. Invariant: undefined while there is no dial. */
  #held: Connection | undefined;
  #dialledAt: Millis;
  #redial: Timer | undefined;
  /** Between start() and stop(): the peer is dialled. */
  #active = false;
  /** Encoded, and not yet given to a connection. */
  #newest: Uint8Array | undefined;
  /** The newest that was given to the connection. */
  #sent: Uint8Array | undefined;
  #isChecking = false;
  readonly #onWritten = (): void => this.#flush();

  constructor(id: ServerId, shared: ElectionPeerShared) {
    this.#id = id;
    this.#shared = shared;
    this.#backoff = new Backoff(shared.backoffMinMs, shared.backoffMaxMs, shared.random);
    this.#dialledAt = this.#now() - shared.backoffMinMs;
  }

  get linked(): boolean {
    return this.#connection !== undefined;
  }

  start(): void {
    this.#active = true;
    this.#hurry();
  }

  stop(): void {
    this.#active = false;
    this.#redial?.cancel();
    this.#dial?.abort();
    this.#held?.socket.close();
    this.#connection?.socket.close();
    this.#connection = undefined;
  }

  /** A dial to the old address may hang until it times out. A connection that is up is no worse for it. */
  onAddressChanged(): void {
    if (!this.#active || this.linked) return;
    this.#redial?.cancel();
    this.#dial?.abort();
    this.#dial = undefined;
    this.#backoff.reset();
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) this.#startDial();
    else this.#adopt(held);
  }

  send(notification: Notification): void {
    this.#newest = encodeNotification(notification);
    if (this.#connection !== undefined) {
      this.#flush();
      this.#checkReachable(this.#connection);
      return;
    }
    // News is a reason to look for the peer sooner than the pause between dials says.
    this.#hurry();
  }

  /** A vote must not vanish into a network that is gone, where there is another: TCP would try on for a quarter of an hour. */
  #checkReachable(connection: Connection): void {
    if (this.#isChecking) return;
    this.#isChecking = this.#shared.endpoint.checkReachable(this.#id, connection.socket, {
      onOver: () => {
        this.#isChecking = false;
      },
      onUnreachable: (address) => this.#onUnreachable(connection, address),
    });
  }

  #onUnreachable(connection: Connection, address: string): void {
    if (this.#connection !== connection || !this.#active) return;
    const reason = `${address} does not answer any more`;
    this.#warn(`gave up the connection to server ${this.#id}: ${reason}`);
    connection.socket.terminate();
    this.#newest ??= this.#sent;
    this.#onEnd({ code: NO_CODE, reason });
  }

  /** The peer dialled, and its hello is acceptable. */
  onIncoming(socket: FrameSocket, hello: Hello): void {
    const stamp = stampOf(hello);
    if (stamp === undefined) {
      socket.refuse(NOT_AN_ELECTION_HELLO);
      return;
    }
    const arriving = { socket, stamp, dialledByPeer: true };
    const ownDialWins = this.#shared.endpoint.self > this.#id && this.#dial?.helloSent === true;
    if (ownDialWins) this.#hold(arriving);
    else this.#adopt(arriving);
  }

  /** Dials now, or as soon as the shortest pause since the last dial is over. */
  #hurry(): void {
    if (!this.#active || this.linked || this.#dial !== undefined) return;
    const earliest = this.#dialledAt + this.#shared.backoffMinMs;
    if (this.#now() >= earliest) this.#startDial();
    else this.#redialAt(earliest);
  }

  #startDial(): void {
    const { endpoint, hellos } = this.#shared;
    this.#redial?.cancel();
    this.#dialledAt = this.#now();
    this.#dial = endpoint.dial(this.#id, {
      hello: () => endpoint.hello('election', this.#id, hellos.next()),
      onOpen: (socket, hello) => this.#onDialled(socket, hello),
      onFailed: (reason, code) => this.#onDialFailed(reason, code),
    });
  }

  #onDialled(socket: FrameSocket, hello: Hello): void {
    const stamp = stampOf(hello);
    if (stamp === undefined) {
      socket.refuse(NOT_AN_ELECTION_HELLO);
      this.#onDialFailed(NOT_AN_ELECTION_HELLO.reason, NOT_AN_ELECTION_HELLO.code);
      return;
    }
    this.#dial = undefined;
    this.#held?.socket.refuse(SUPERSEDED);
    this.#held = undefined;
    this.#adopt({ socket, stamp, dialledByPeer: false });
  }

  #onDialFailed(reason: string, code: number): void {
    this.#dial = undefined;
    if (code !== CloseCode.SUPERSEDED) this.#warn(`cannot reach server ${this.#id}: ${reason}`);
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined) this.#scheduleDial();
    else this.#adopt(held);
  }

  #scheduleDial(): void {
    if (this.#active && !this.linked && this.#dial === undefined) this.#redialAt(this.#now() + this.#backoff.next());
  }

  #redialAt(at: Millis): void {
    this.#redial?.cancel();
    this.#redial = this.#shared.endpoint.clock.setTimer(at, () => this.#startDial());
  }

  #hold(arriving: Connection): void {
    this.#held?.socket.refuse(SUPERSEDED);
    this.#held = arriving;
    arriving.socket.handler = {
      onFrame: () => {
        throw new FrameError('frame before the answer to the hello');
      },
      onEnd: () => {
        if (this.#held === arriving) this.#held = undefined;
      },
    };
  }

  #adopt(arriving: Connection): void {
    const existing = this.#connection;
    if (existing !== undefined && !isLater(arriving.stamp, existing.stamp)) {
      arriving.socket.refuse(SUPERSEDED);
      return;
    }
    if (existing !== undefined) {
      existing.socket.refuse(SUPERSEDED);
      this.#down('the peer connected anew');
      // The handler may have closed the transport.
      if (!this.#active) return;
    }
    this.#redial?.cancel();
    this.#dial?.abort();
    this.#dial = undefined;
    this.#backoff.reset();
    this.#use(arriving);
  }

  #use(connection: Connection): void {
    const { endpoint, hellos, logger, handler } = this.#shared;
    const { socket, dialledByPeer } = connection;
    this.#connection = connection;
    socket.handler = {
      onFrame: (frame) => handler.onNotification(this.#id, decodeNotification(frame)),
      onEnd: (end) => this.#onEnd(end),
    };
    if (dialledByPeer) socket.send(endpoint.encodedHello('election', this.#id, hellos.next()));
    endpoint.peerReached(this.#id);
    const { tls = 'none', sasl = 'none' } = socket;
    logger.info('election connection up', { peer: this.#id, dialledByPeer, tls, sasl });
    handler.onLinkUp(this.#id);
    this.#flush();
  }

  #down(reason: string): void {
    this.#connection = undefined;
    this.#shared.logger.info('election connection down', { peer: this.#id, reason });
    this.#shared.handler.onLinkDown(this.#id);
  }

  #onEnd(end: SocketEnd): void {
    if (end.code === CloseCode.BAD_FRAME) this.#warn(`closed the connection to server ${this.#id}: ${end.reason}`);
    this.#down(end.reason);
    this.#scheduleDial();
    this.#shared.onLost(this.#id);
  }

  #flush(): void {
    const newest = this.#newest;
    if (this.#connection === undefined || newest === undefined) return;
    if (this.#connection.socket.bufferedBytes > MAX_QUEUED_BYTES) return;
    this.#newest = undefined;
    this.#sent = newest;
    this.#connection.socket.send(newest, this.#onWritten);
  }

  #warn(message: string): void {
    this.#shared.endpoint.warnOfPeer(this.#id, message);
  }

  #now(): Millis {
    return this.#shared.endpoint.clock.now();
  }
}
