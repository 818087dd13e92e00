// Listens for clients and keeps their connections: who may come in, how long a stranger may stay silent, one write per connection and
// turn of the loop. Frames are opaque here.

import type { Socket } from 'node:net';
import {
  type ClientPortView,
  type ClientTransport,
  type ClientTransportHandler,
  type ConnectionId,
  type FourLetterWordAnswer,
  type Timer,
} from '@zebu/interfaces';
import { assert, type Millis, type ServerAddress } from '@zebu/protocol';
import { ClientDoor } from './client-door.ts';
import { ClientSocket, type ClientSocketEvents, type ClientSocketLimits } from './client-socket.ts';
import { ConnectionLimits } from './connection-limits.ts';
import { Deadlines } from './deadlines.ts';
import { argumentBytesOf, refusalOf } from './four-letter-word.ts';
import { Greeter } from './greeter.ts';
import { LimitedLog } from './limited-log.ts';
import { Listener, type ListenerEvents } from './listener.ts';
import { LongAnswers } from './long-answers.ts';
import {
  type ClientPortDependencies,
  type ClientPortOptions,
  DEFAULT_LINGER_MS,
  DEFAULT_MAX_OUTGOING_BYTES,
  DEFAULT_PAUSE_ABOVE_BYTES,
} from './options.ts';
import { PortStatistics } from './port-statistics.ts';
import { formatAddress, plainHost } from './remote-address.ts';

export interface ClientPort extends ClientTransport {
  /** Where it listens once started: the real port when 0 was asked for. */
  readonly address: ServerAddress | undefined;
  readonly secureAddress: ServerAddress | undefined;
}

export const createClientPort = (dependencies: ClientPortDependencies, options: ClientPortOptions): ClientPort =>
  new TcpClientPort(dependencies, options);

class TcpClientPort implements ClientPort {
  readonly #dependencies: ClientPortDependencies;
  readonly #options: ClientPortOptions;
  readonly #socketLimits: ClientSocketLimits;
  readonly #log: LimitedLog;
  readonly #events: ClientSocketEvents;
  readonly #plain: ClientDoor;
  readonly #secure: ClientDoor;
  readonly #greeter: Greeter;
  readonly #statistics = new PortStatistics();
  readonly #sockets = new Map<ConnectionId, ClientSocket>();
  /** Sockets that have not sent a frame yet. */
  readonly #silent: Deadlines<ClientSocket>;
  /** Sockets that the handler has not heard of. */
  readonly #strangers = new Set<ClientSocket>();
  readonly #longAnswers: LongAnswers<ClientSocket>;
  readonly #view: ClientPortView;
  /** Sockets that were told goodbye. */
  readonly #lingering: Deadlines<ClientSocket>;
  #queued: ClientSocket[] = [];
  #handler: ClientTransportHandler | undefined;
  #nextId = 1;
  #timer: Timer | undefined;
  #timerAt: Millis = Number.POSITIVE_INFINITY;
  #closing: Promise<void> | undefined;

  constructor(dependencies: ClientPortDependencies, options: ClientPortOptions) {
    this.#dependencies = dependencies;
    this.#options = options;
    this.#socketLimits = {
      maxFrameBytes: options.maxFrameBytes,
      pauseAboveBytes: options.pauseAboveBytes ?? DEFAULT_PAUSE_ABOVE_BYTES,
      maxOutgoingBytes: options.maxOutgoingBytes ?? DEFAULT_MAX_OUTGOING_BYTES,
    };
    this.#silent = new Deadlines(options.sessionlessTimeoutMs);
    this.#lingering = new Deadlines(options.lingerMs ?? DEFAULT_LINGER_MS);
    this.#longAnswers = new LongAnswers(dependencies.clock);
    this.#view = this.#createView();
    this.#log = new LimitedLog(dependencies.clock, dependencies.logger);
    this.#events = this.#socketEvents();
    this.#greeter = new Greeter(options, { statistics: this.#statistics, log: this.#log });
    this.#plain = this.#createDoor(options.address, options.portUnification === true ? 'either' : 'plain');
    this.#secure = this.#createDoor(options.secureAddress, 'secure');
  }

  get address(): ServerAddress | undefined {
    return this.#plain.address;
  }

  get secureAddress(): ServerAddress | undefined {
    return this.#secure.address;
  }

  async start(handler: ClientTransportHandler): Promise<void> {
    assert(this.#handler === undefined, 'a client port is started once');
    this.#handler = handler;
    for (const door of [this.#plain, this.#secure]) await door.start();
  }

  setAddress(address: ServerAddress): Promise<void> {
    return this.#plain.moveTo(address);
  }

  send(connection: ConnectionId, bytes: Uint8Array): void {
    this.#sockets.get(connection)?.send(bytes);
  }

  pauseReading(connection: ConnectionId): void {
    this.#sockets.get(connection)?.pauseReading();
  }

  resumeReading(connection: ConnectionId): void {
    this.#sockets.get(connection)?.resumeReading();
  }

  awaitDrain(connection: ConnectionId): void {
    this.#sockets.get(connection)?.awaitDrain();
  }

  closeConnection(connection: ConnectionId): void {
    const socket = this.#sockets.get(connection);
    if (socket === undefined) return;
    socket.end();
    this.#linger(socket);
  }

  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  #createDoor(address: ServerAddress | undefined, speech: Listener['speech']): ClientDoor {
    assert(address === undefined || speech === 'plain' || this.#greeter.isSecure, 'TLS wants options.secure');
    const { maxConnectionsPerAddress, maxConnections, listenBacklog, tcpKeepAlive } = this.#options;
    // Of a door, wherever it is: who came in at its last address counts.
    const limits = new ConnectionLimits({ perAddress: maxConnectionsPerAddress, inAll: maxConnections });
    const events: ListenerEvents = {
      onConnection: (socket, listener) => this.#onConnection(socket, listener),
      onError: (error) => this.#log.warn('a client could not be accepted', { error: error.message }),
    };
    const createListener = (at: ServerAddress): Listener =>
      new Listener({ address: at, speech, listenBacklog, tcpKeepAlive, limits }, events);
    return new ClientDoor(createListener, address);
  }

  /** Clients get what was queued for them if they take it at once; none can hold the server up. */
  async #closeAll(): Promise<void> {
    this.#handler = undefined;
    const closed = Promise.all([this.#plain.close(), this.#secure.close()]);
    for (const socket of this.#sockets.values()) socket.endSoon();
    // One more turn of the loop in which the system takes what fits into its buffers.
    setImmediate(() => {
      for (const socket of this.#sockets.values()) socket.destroy();
    });
    await closed;
    this.#greeter.close();
    this.#timer?.cancel();
  }

  #onConnection(socket: Socket, listener: Listener): void {
    const { remoteAddress, remotePort } = socket;
    if (remoteAddress === undefined || remotePort === undefined || this.#handler === undefined) {
      socket.destroy();
      return;
    }
    const host = plainHost(remoteAddress);
    const address = formatAddress(host, remotePort);
    const brokenLimit = listener.limits.add(host);
    if (brokenLimit !== undefined) {
      this.#log.warn('too many connections: refused', { remoteAddress: address, limit: brokenLimit });
      this.#statistics.rejectedCount++;
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    const id = this.#nextId++ as ConnectionId;
    const client = new ClientSocket(
      { id, host, address, limits: listener.limits },
      socket,
      this.#events,
      this.#socketLimits,
    );
    this.#sockets.set(id, client);
    this.#strangers.add(client);
    this.#silent.begin(client, this.#dependencies.clock.now());
    this.#armTimer();
    this.#greeter.greet(client, socket, listener.speech);
  }

  #createView(): ClientPortView {
    const strangers = this.#strangers;
    const statistics = this.#statistics;
    return {
      *strangers() {
        for (const socket of strangers) yield socket.address;
      },
      get strangerCount() {
        return strangers.size;
      },
      get wordCount() {
        return statistics.wordCount;
      },
      get answeredWordCount() {
        return statistics.answeredWordCount;
      },
      metrics: () => statistics.metrics(),
      resetStatistics: () => statistics.reset(),
    };
  }

  #socketEvents(): ClientSocketEvents {
    return {
      onOpen: (socket) => {
        this.#strangers.delete(socket);
        return this.#handler?.onConnect(socket.id, socket.address, socket.identities) ?? false;
      },
      onFrames: (socket, frames) => {
        this.#silent.end(socket);
        this.#statistics.receivedBytes += frames.length;
        this.#handler?.onFrames(socket.id, frames);
      },
      onDrained: (socket) => this.#handler?.onDrained(socket.id),
      // A word that is refused is not waited for any further.
      argumentBytesOf: (word) => (this.#options.fourLetterWords.has(word) ? argumentBytesOf(word) : 0),
      onWord: (socket, word, argument) => this.#answer(socket, word, argument),
      onAnswerDrained: (socket) => {
        this.#lingering.begin(socket, this.#dependencies.clock.now());
        this.#longAnswers.onDrained(socket);
      },
      onQueued: (socket) => this.#onQueued(socket),
      onViolation: (socket, problem) =>
        this.#log.warn('a client connection is dropped', { remoteAddress: socket.address, problem }),
      onLeft: (socket) => {
        this.#linger(socket);
        this.#handler?.onDisconnect(socket.id);
      },
      onGone: (socket) => {
        this.#sockets.delete(socket.id);
        this.#silent.end(socket);
        this.#strangers.delete(socket);
        this.#lingering.end(socket);
        this.#longAnswers.forget(socket);
        socket.limits.remove(socket.host);
      },
    };
  }

  #answer(socket: ClientSocket, word: string, argument: Uint8Array): void {
    this.#linger(socket);
    this.#statistics.wordCount++;
    const answer = this.#answerOf(socket, word, argument);
    this.#statistics.answeredWordCount++;
    if (typeof answer !== 'string') return this.#longAnswers.begin(socket, answer);
    socket.write(answer);
    socket.done();
  }

  #answerOf(socket: ClientSocket, word: string, argument: Uint8Array): FourLetterWordAnswer {
    if (!this.#options.fourLetterWords.has(word)) return refusalOf(word);
    this.#dependencies.logger.debug('four-letter word', { word, remoteAddress: socket.address });
    return this.#handler?.onFourLetterWord({ word, argument, remoteAddress: socket.address, port: this.#view }) ?? '';
  }

  /** The check phase follows the poll phase, so the replies to all that was read in one turn leave together. */
  #onQueued(socket: ClientSocket): void {
    this.#queued.push(socket);
    if (this.#queued.length === 1) setImmediate(() => this.#flushQueued());
  }

  #flushQueued(): void {
    const queued = this.#queued;
    this.#queued = [];
    for (const socket of queued) socket.flush();
  }

  /** A socket that is being closed waits for its client to take the last bytes and to close too, for a while. */
  #linger(socket: ClientSocket): void {
    this.#silent.end(socket);
    if (!this.#sockets.has(socket.id) || this.#lingering.has(socket)) return;
    this.#lingering.begin(socket, this.#dependencies.clock.now());
    this.#armTimer();
  }

  #armTimer(): void {
    const next = Math.min(this.#silent.next(), this.#lingering.next());
    if (this.#closing !== undefined || next >= this.#timerAt) return;
    this.#timer?.cancel();
    this.#timerAt = next;
    this.#timer = this.#dependencies.clock.setTimer(next, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      // After a stall of this process the sockets are read once more before anyone is judged silent.
      setImmediate(() => this.#dropLate());
    });
  }

  #dropLate(): void {
    const now = this.#dependencies.clock.now();
    for (const socket of this.#silent.takeDue(now)) {
      this.#statistics.expiredStrangerCount++;
      socket.drop('no request in time');
    }
    for (const socket of this.#lingering.takeDue(now)) socket.destroy();
    this.#armTimer();
  }
}
