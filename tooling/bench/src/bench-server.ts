// A standalone server without disk and network: prep, the tree and the processor of requests, as the peer wires them. What is
// sent to clients is counted and dropped.

import { createDigestProvider, ipProvider } from '@zebu/authentication';
import { DataTree } from '@zebu/datatree';
import type { Authentication, ConnectionId, Logger } from '@zebu/interfaces';
import { type Epoch, type ForwardedRequest, makeZxid, type ServerId, type TxnBytes } from '@zebu/protocol';
import { PrepProcessor, type RequestEffect, type RequestInput, RequestProcessor } from '@zebu/requests';
import { SessionIdGenerator, SessionTracker } from '@zebu/sessions';
import { connectFrame } from './connect-frame.ts';
import { Slices } from './slices.ts';

const SELF = 1 as ServerId;
const WALL_CLOCK = 1_700_000_000_000;
const TIMEOUT_MS = 40_000;

const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message) => {
    throw new Error(message);
  },
};

const authentication: Authentication = {
  providers: new Map([createDigestProvider(), ipProvider].map((provider) => [provider.scheme, provider])),
};

export class BenchServer {
  readonly tree = new DataTree();
  readonly sessions = new SessionTracker({ tickMs: 2000 });
  readonly #prep: PrepProcessor;
  readonly #processor: RequestProcessor;
  #counter = 0;
  #lastConnection = 0;
  #uncommitted: TxnBytes[] = [];
  #slices = new Slices();
  /** Bytes and arrays that clients got. */
  sentBytes = 0;
  sendCount = 0;
  now = 0;

  constructor() {
    this.#prep = new PrepProcessor({
      tree: this.tree,
      sessions: this.sessions,
      nextZxid: () => makeZxid(1 as Epoch, ++this.#counter),
      authentication,
      logger: SILENT,
    });
    this.#processor = new RequestProcessor({
      tree: this.tree,
      serverId: SELF,
      sessionIds: new SessionIdGenerator(SELF, WALL_CLOCK),
      minSessionTimeoutMs: TIMEOUT_MS,
      maxSessionTimeoutMs: TIMEOUT_MS,
      authentication,
      logger: SILENT,
    });
  }

  /** Of the steps from now on. */
  timeSteps(): Slices {
    this.#slices = new Slices();
    return this.#slices;
  }

  /** Performs the effects, but does not commit. */
  step(input: RequestInput): void {
    for (const effect of this.#slices.run(() => this.#processor.step(input, this.now))) this.#perform(effect);
  }

  /** Whole frames of one connection. */
  receive(connection: ConnectionId, frames: Uint8Array): void {
    this.step({ type: 'frames', connection, frames });
  }

  /** Commits what prep made of the requests so far, in as many steps as the processor takes for it. */
  commit(): void {
    const txns = this.#uncommitted;
    if (txns.length === 0) return;
    this.#uncommitted = [];
    this.step({ type: 'committed', txns });
    this.finishAnswers();
    this.#prep.onApplied(this.tree.lastProcessedZxid);
  }

  /** Goes on with what takes several steps. */
  finishAnswers(): void {
    while ((this.#processor.nextWakeup() ?? Number.POSITIVE_INFINITY) <= this.now)
      this.step({ type: 'tick', late: false });
  }

  /** Connections with a session each. */
  connect(count: number): ConnectionId[] {
    const connections = Array.from({ length: count }, () => this.#dial());
    this.commit();
    return connections;
  }

  disconnect(connection: ConnectionId): void {
    this.step({ type: 'disconnected', connection });
  }

  propose(requests: readonly ForwardedRequest[]): void {
    this.#uncommitted.push(...this.#prep.prepare(requests, SELF, this.now, WALL_CLOCK + this.now));
  }

  #dial(): ConnectionId {
    const connection = ++this.#lastConnection as ConnectionId;
    const remoteAddress = `10.0.${connection >> 8}.${connection & 255}:5000`;
    this.step({ type: 'connected', connection, remoteAddress, identities: [], establishedAt: WALL_CLOCK });
    this.receive(connection, connectFrame(TIMEOUT_MS));
    return connection;
  }

  #perform(effect: RequestEffect): void {
    switch (effect.type) {
      case 'clientSend':
        this.sentBytes += effect.bytes.length;
        this.sendCount++;
        return;
      case 'clientAwaitDrain':
        return this.step({ type: 'drained', connection: effect.connection });
      case 'submit':
        return this.propose(effect.requests);
      case 'clientClose':
        throw new Error(`connection ${effect.connection} was closed`);
      case 'clientPause':
      case 'clientResume':
      case 'revalidate':
      case 'sync':
        return;
    }
  }
}
