// Keeps a connection's session alive and notices when the server is silent: a third of the timeout without a request
// sends a ping, two thirds without a byte from the server give the connection up (ClientCnxn.SendThread).

import type { Clock, Timer } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';

/** ClientCnxn.MAX_SEND_PING_INTERVAL: however long the session timeout, a dead connection is noticed before long. */
const LONGEST_PING_INTERVAL_MS = 10_000;

export interface HeartbeatActions {
  ping(): void;
  /** Called at most once. */
  onSilence(silentMs: Millis): void;
}

export class Heartbeat {
  readonly #clock: Clock;
  readonly #actions: HeartbeatActions;
  readonly #pingIntervalMs: Millis;
  readonly #silenceLimitMs: Millis;
  #lastSent: Millis;
  #lastHeard: Millis;
  #timer: Timer | undefined;
  /** Found silent; judged at the next check. */
  #isSuspect = false;

  constructor(clock: Clock, sessionTimeoutMs: Millis, actions: HeartbeatActions) {
    this.#clock = clock;
    this.#actions = actions;
    this.#pingIntervalMs = Math.min(sessionTimeoutMs / 3, LONGEST_PING_INTERVAL_MS);
    this.#silenceLimitMs = (sessionTimeoutMs * 2) / 3;
    this.#lastSent = this.#lastHeard = clock.now();
    this.#arm(this.#nextCheck());
  }

  onSent(): void {
    this.#lastSent = this.#clock.now();
  }

  onHeard(): void {
    this.#lastHeard = this.#clock.now();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arm(at: Millis): void {
    this.#timer = this.#clock.setTimer(at, () => this.#check());
  }

  #nextCheck(): Millis {
    return Math.min(this.#lastSent + this.#pingIntervalMs, this.#lastHeard + this.#silenceLimitMs);
  }

  #check(): void {
    const now = this.#clock.now();
    const silentMs = now - this.#lastHeard;
    if (silentMs < this.#silenceLimitMs) {
      this.#isSuspect = false;
      this.#maybePing(now);
      this.#arm(this.#nextCheck());
    } else if (this.#isSuspect) {
      this.stop();
      this.#actions.onSilence(silentMs);
    } else {
      // This process may have been stalled, with the server's bytes unread: once round the loop, and they are read.
      this.#isSuspect = true;
      this.#arm(now);
    }
  }

  #maybePing(now: Millis): void {
    if (now - this.#lastSent < this.#pingIntervalMs) return;
    this.#lastSent = now;
    this.#actions.ping();
  }
}
