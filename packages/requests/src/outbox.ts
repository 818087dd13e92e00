// Collects what one step does: bytes per connection, requests for the leader, connections to close. Everything for one
// connection leaves as one array, everything for the leader as one batch.

import { JuteWriter } from '@zebu/jute';
import type { ForwardedRequest, Millis, SessionId } from '@zebu/protocol';
import type { ClientConnection } from './client-connection.ts';
import type { LongReply } from './long-answers.ts';
import type { RequestLoad } from './request-limits.ts';
import type { RequestEffect } from './request-messages.ts';

/** A writer that grew beyond this is left to the garbage collector, or one large reply would be kept for ever. */
const MAX_KEPT_CAPACITY_BYTES = 256 * 1024;
const MAX_KEPT_WRITERS = 64;
/** Of answers to one connection in a step: above it the next request waits, or a few bytes that ask for much could fill the memory. */
const MAX_STEP_BYTES = 1024 * 1024;

export class Outbox {
  readonly #load: RequestLoad;
  readonly #writers: JuteWriter[] = [];
  #connections: ClientConnection[] = [];
  #requests: ForwardedRequest[] = [];
  #revalidations: RequestEffect[] = [];
  /** Id of this step's sync; 0 until a sync comes. */
  #stepSyncId = 0;
  #lastSyncId = 0;

  constructor(load: RequestLoad) {
    this.#load = load;
  }

  /** Where to append frames for the connection. */
  writerOf(connection: ClientConnection): JuteWriter {
    this.touch(connection);
    connection.output ??= this.#openOutput(connection);
    return connection.output;
  }

  /**
   * Appends a frame that many connections get. One that gets nothing else gets it as it is: of 10,000 that are told the same, none
   * needs a writer and a copy of its own.
   */
  share(connection: ClientConnection, frame: Uint8Array): void {
    const isFirst = connection.output === undefined && connection.sharedFrame === undefined;
    if (!isFirst || connection.longReplies.length > 0) {
      this.writerOf(connection).writeRaw(frame);
    } else {
      this.touch(connection);
      connection.sharedFrame = frame;
    }
  }

  /** There is so much to send that its next request must wait. */
  isFull({ awaitsDrain, output, longReplies }: ClientConnection): boolean {
    return awaitsDrain || longReplies.length > 0 || (output !== undefined && output.length > MAX_STEP_BYTES);
  }

  /** Something about the connection changed: its flow is looked at when the step ends. */
  touch(connection: ClientConnection): void {
    if (connection.touchedInStep) return;
    connection.touchedInStep = true;
    this.#connections.push(connection);
  }

  /** What is written to the connection from now on leaves after the reply. */
  withhold(connection: ClientConnection, reply: LongReply): void {
    const output = connection.sharedFrame === undefined ? connection.output : this.writerOf(connection);
    if (output !== undefined && output.length > 0) reply.before = output.take();
    connection.longReplies.push(reply);
    this.touch(connection);
  }

  /** A withheld reply never comes, so nothing that would have followed it may leave; but a close does. */
  discard(connection: ClientConnection): void {
    connection.longReplies = [];
    connection.output = undefined;
    this.touch(connection);
  }

  submit(request: ForwardedRequest): void {
    this.#requests.push(request);
  }

  /** One round to the leader serves all syncs of a step. */
  sync(): number {
    if (this.#stepSyncId === 0) this.#stepSyncId = ++this.#lastSyncId;
    return this.#stepSyncId;
  }

  revalidate(sessionId: SessionId, timeoutMs: Millis): void {
    this.#revalidations.push({ type: 'revalidate', sessionId, timeoutMs });
  }

  /** The effects of the step. Clients come first: what the leader answers at once must not overtake what was said before. */
  finish(): RequestEffect[] {
    const effects: RequestEffect[] = [];
    for (const connection of this.#connections) this.#finishConnection(connection, effects);
    if (this.#connections.length > 0) this.#connections = [];
    if (this.#requests.length > 0) {
      effects.push({ type: 'submit', requests: this.#requests });
      this.#requests = [];
    }
    if (this.#stepSyncId !== 0) effects.push({ type: 'sync', syncId: this.#stepSyncId });
    this.#stepSyncId = 0;
    if (this.#revalidations.length > 0) effects.push(...this.#revalidations.splice(0));
    return effects;
  }

  #finishConnection(connection: ClientConnection, effects: RequestEffect[]): void {
    connection.touchedInStep = false;
    const hadLongReplies = connection.longReplies.length > 0;
    const mayLeave = !hadLongReplies || this.#sendLongReplies(connection, effects);
    const isMuch = mayLeave && (hadLongReplies || this.isFull(connection));
    if (mayLeave && connection.output !== undefined) this.#sendOutput(connection, connection.output, effects);
    if (connection.sharedFrame !== undefined) {
      effects.push({ type: 'clientSend', connection: connection.id, bytes: connection.sharedFrame });
      connection.sharedFrame = undefined;
    }
    if (connection.phase === 'closed') {
      // Also a close waits for the long replies before it.
      if (mayLeave) effects.push({ type: 'clientClose', connection: connection.id });
      return;
    }
    if (isMuch && !connection.awaitsDrain) {
      connection.awaitsDrain = true;
      effects.push({ type: 'clientAwaitDrain', connection: connection.id });
    }
    if (this.#shouldPause(connection) !== connection.paused) {
      connection.paused = !connection.paused;
      effects.push({ type: connection.paused ? 'clientPause' : 'clientResume', connection: connection.id });
    }
  }

  #openOutput(connection: ClientConnection): JuteWriter {
    const output = this.#writers.pop() ?? new JuteWriter();
    if (connection.sharedFrame !== undefined) output.writeRaw(connection.sharedFrame);
    connection.sharedFrame = undefined;
    return output;
  }

  #sendOutput(connection: ClientConnection, output: JuteWriter, effects: RequestEffect[]): void {
    connection.output = undefined;
    const isEmpty = output.length === 0;
    const bytes = this.#take(output);
    if (!isEmpty) effects.push({ type: 'clientSend', connection: connection.id, bytes });
  }

  /** As far as they are whole; true when none is left. */
  #sendLongReplies(connection: ClientConnection, effects: RequestEffect[]): boolean {
    const send = (bytes: Uint8Array): void =>
      void effects.push({ type: 'clientSend', connection: connection.id, bytes });
    for (let reply = connection.longReplies[0]; reply !== undefined; reply = connection.longReplies[0]) {
      if (reply.before !== undefined) send(reply.before);
      reply.before = undefined;
      if (!reply.isWhole) return false;
      for (const chunk of reply.chunks) send(chunk);
      connection.longReplies.shift();
    }
    return true;
  }

  #shouldPause(connection: ClientConnection): boolean {
    if (connection.holdsFrames || connection.held.length > 0) return true;
    if (connection.longReplies.length > 0 || connection.awaitsDrain) return true;
    // Whoever waits for nothing is read in any case, so that nobody starves; whoever waits is looked at again when he is answered.
    if (connection.outstandingCount === 0 && connection.throttledCount === 0) return false;
    return this.#load.isHigh(connection.paused);
  }

  #take(output: JuteWriter): Uint8Array {
    const bytes = output.take();
    if (bytes.length <= MAX_KEPT_CAPACITY_BYTES && this.#writers.length < MAX_KEPT_WRITERS) this.#writers.push(output);
    return bytes;
  }
}
