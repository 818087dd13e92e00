// What is told of a server's elections: since when it looks, for whom it votes, and how long it took (QuorumPeer's start_fle, end_fle and
// currentVote). Nothing is decided by it.

import type { Epoch, Millis, Vote } from '@zebu/protocol';
import { Durations } from './durations.ts';
import type { Now } from './options.ts';

export class ElectionRecord {
  #lookingCount = 0;
  #lookingSince: Now | undefined;
  #currentVote: Vote | undefined;
  #timeTakenMs: Millis = 0;
  readonly #times = new Durations();

  /** Undefined while there is a role. */
  get lookingSince(): Now | undefined {
    return this.#lookingSince;
  }

  /** Undefined before the server's history is read. */
  get currentVote(): Vote | undefined {
    return this.#currentVote;
  }

  /** Of the last election that ended. */
  get timeTakenMs(): Millis {
    return this.#timeTakenMs;
  }

  /** The server looks for a leader; `ownVote` is what it begins with. */
  onLooking(ownVote: Vote, now: Now): void {
    this.#currentVote = ownVote;
    this.#lookingCount++;
    // An election that was refused goes on.
    this.#lookingSince ??= now;
  }

  /** What the server says to others, or what it was decided for. */
  onVote(vote: Vote): void {
    this.#currentVote = vote;
  }

  /** The server takes up a role. Without an election, if a leader handed over to another: then that one is its vote (QuorumPeer.updateVote). */
  onRole(handedOver: Vote, now: Now): void {
    const since = this.#lookingSince;
    this.#lookingSince = undefined;
    this.#timeTakenMs = since === undefined ? 0 : Math.floor(now.time - since.time);
    if (since === undefined) this.#currentVote = handedOver;
    else this.#times.add(this.#timeTakenMs);
  }

  /** QuorumPeer.updateElectionVote. */
  onEstablished(peerEpoch: Epoch): void {
    if (this.#currentVote !== undefined) this.#currentVote = { ...this.#currentVote, peerEpoch };
  }

  *metrics(): IterableIterator<readonly [name: string, value: number]> {
    yield ['looking_count', this.#lookingCount];
    yield* this.#times.metrics('election_time');
  }
}
