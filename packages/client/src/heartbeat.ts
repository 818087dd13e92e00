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

  // What is due is judged by the very sums that timers are set to: a difference of fractions may fall short of the interval at that time.
  get #pingDueAt(): Millis {
    return this.#lastSent + this.#pingIntervalMs;
  }

  get #silentAt(): Millis {
    return this.#lastHeard + this.#silenceLimitMs;
  }

  #arm(at: Millis): void {
    this.#timer = this.#clock.setTimer(at, () => this.#check());
  }

  #nextCheck(): Millis {
    return Math.min(this.#pingDueAt, this.#silentAt);
  }

  #check(): void {
    const now = this.#clock.now();
    if (now < this.#silentAt) {
      this.#isSuspect = false;
      this.#maybePing(now);
      this.#arm(this.#nextCheck());
    } else if (this.#isSuspect) {
      this.stop();
      this.#actions.onSilence(now - this.#lastHeard);
    } else {
      // This process may have been stalled, with the server's bytes unread: once round the loop, and they are read.
      this.#isSuspect = true;
      this.#arm(now);
    }
  }

  #maybePing(now: Millis): void {
    if (now < this.#pingDueAt) return;
    this.#lastSent = now;
    this.#actions.ping();
  }
}
