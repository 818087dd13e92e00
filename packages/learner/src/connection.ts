// The connection to the leader: dialled again while the leader may not lead yet, announced on, and given up when it is lost later or silent.

import type { LinkId } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';
import type { LearnerRole } from './learner-role.ts';

/** Dialling again soon costs little, and the leader is often only milliseconds behind us. */
const RECONNECT_DELAYS_MS = [5, 10, 20, 40, 80, 160, 320] as const;

export class Connection {
  readonly #role: LearnerRole;
  #reconnectCount = 0;
  #reconnectAt: Millis | undefined;
  #lastHeardAt: Millis = 0;
  #nextTickAt: Millis = 0;

  constructor(role: LearnerRole) {
    this.#role = role;
  }

  start(now: Millis): void {
    this.#lastHeardAt = now;
    this.#scheduleTick(now);
    this.connect();
  }

  nextWakeup(): Millis {
    return this.#reconnectAt === undefined ? this.#nextTickAt : Math.min(this.#reconnectAt, this.#nextTickAt);
  }

  connect(): void {
    this.#role.phase = 'connecting';
    this.#reconnectAt = undefined;
    this.#role.emit({ type: 'connect', to: this.#role.dependencies.leader });
  }

  onLinkUp(link: LinkId, now: Millis): void {
    const { dependencies, options, acceptedEpoch, needsSnapshot } = this.#role;
    if (link !== this.#role.link || this.#role.phase !== 'connecting') return;
    this.#role.phase = 'announced';
    this.#lastHeardAt = now;
    this.#role.send({
      type: options.role === 'follower' ? 'FOLLOWERINFO' : 'OBSERVERINFO',
      sid: dependencies.self,
      acceptedEpoch,
      configVersion: options.configVersion,
      needsSnapshot,
    });
  }

  onLinkDown(link: LinkId, now: Millis): void {
    if (link !== this.#role.link) return;
    this.#role.link = undefined;
    const mayRetry = this.#role.phase === 'connecting' || this.#role.phase === 'announced';
    const delayMs = mayRetry ? RECONNECT_DELAYS_MS[this.#reconnectCount] : undefined;
    if (delayMs === undefined) return this.#role.abandon('lost the connection to the leader');
    // The leader may not lead yet: it refuses learners until then.
    this.#reconnectCount++;
    this.#role.phase = 'connecting';
    this.#reconnectAt = now + delayMs;
  }

  /** A sign of life of the leader. */
  onHeard(now: Millis): void {
    this.#lastHeardAt = now;
  }

  onTick(late: boolean, now: Millis): void {
    if (this.#reconnectAt !== undefined && now >= this.#reconnectAt) this.connect();
    if (now < this.#nextTickAt) return;
    this.#scheduleTick(now);
    // What the leader sent meanwhile is not read yet: a late tick judges nobody.
    if (late) return;
    const { syncLimit, initLimit, tickTimeMs } = this.#role.options;
    const limit = this.#role.phase === 'broadcast' ? syncLimit : initLimit;
    if (now - this.#lastHeardAt > limit * tickTimeMs) this.#role.abandon(`the leader was silent for ${limit} ticks`);
  }

  #scheduleTick(now: Millis): void {
    this.#nextTickAt = now + this.#role.options.tickTimeMs / 2;
  }
}
