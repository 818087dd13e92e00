// The connection to the leader, or for an observer to whoever serves it: dialled again while there may be nobody yet who leads or serves, announced
// on, and given up when it is lost later or silent.

import type { LinkId } from '@zebu/interfaces';
import type { Millis } from '@zebu/protocol';
import type { LearnerRole } from './learner-role.ts';
import type { LearnerMasterAddress } from './setup.ts';

/** Dialling again soon costs little, and the leader is often only milliseconds behind us. */
const RETRY_DELAYS_MS = [5, 10, 20, 40, 80, 160, 320] as const;

export class Connection {
  readonly #role: LearnerRole;
  #master: LearnerMasterAddress | undefined;
  #retryCount = 0;
  #dialAt: Millis | undefined;
  /** By then it must be connected. */
  #connectBy: Millis = 0;
  #lastHeardAt: Millis = 0;
  #nextTickAt: Millis = 0;

  constructor(role: LearnerRole) {
    this.#role = role;
  }

  start(now: Millis): void {
    this.#scheduleTick(now);
    this.#choose(0, now);
  }

  nextWakeup(): Millis {
    return this.#dialAt === undefined ? this.#nextTickAt : Math.min(this.#dialAt, this.#nextTickAt);
  }

  /** The same server, at once. */
  dialAgain(): void {
    this.#role.phase = 'connecting';
    this.#dial();
  }

  onLinkUp(link: LinkId, now: Millis): void {
    const { dependencies, options, acceptedEpoch, needsSnapshot, damaged } = this.#role;
    if (link !== this.#role.link || this.#role.phase !== 'connecting') return;
    this.#role.phase = 'announced';
    this.#lastHeardAt = now;
    this.#role.send({
      type: options.role === 'follower' ? 'FOLLOWERINFO' : 'OBSERVERINFO',
      sid: dependencies.self,
      acceptedEpoch,
      configVersion: options.configVersion,
      needsSnapshot,
      damaged,
    });
  }

  onLinkDown(link: LinkId, now: Millis): void {
    if (link !== this.#role.link) return;
    this.#role.link = undefined;
    const mayRetry = this.#role.phase === 'connecting' || this.#role.phase === 'announced';
    this.#retryOr(mayRetry, `lost the connection to ${this.#masterName}`, now);
  }

  /** A sign of life of the leader. */
  onHeard(now: Millis): void {
    this.#lastHeardAt = now;
  }

  onTick(late: boolean, now: Millis): void {
    if (this.#dialAt !== undefined && now >= this.#dialAt) this.#dial();
    if (now < this.#nextTickAt) return;
    this.#scheduleTick(now);
    // What the leader sent meanwhile is not read yet: a late tick judges nobody.
    if (late) return;
    const { syncLimit, initLimit, tickTimeMs } = this.#role.options;
    const limit = this.#role.phase === 'broadcast' || this.#role.rollsOver ? syncLimit : initLimit;
    if (this.#role.phase === 'connecting' && now > this.#connectBy) this.#onNotConnected(now);
    else if (now - this.#lastHeardAt > limit * tickTimeMs)
      this.#role.abandon(`${this.#masterName} was silent for ${limit} ticks`);
  }

  get #masterName(): string {
    const { leader } = this.#role.dependencies;
    return this.#master === undefined || this.#master.server === leader
      ? 'the leader'
      : `server ${this.#master.server}`;
  }

  /** Whom to dial, in so many ms at the earliest. */
  #choose(pauseMs: Millis, now: Millis): void {
    const { dependencies, options } = this.#role;
    const before = this.#master;
    const master = dependencies.nextMaster?.(now) ?? { server: dependencies.leader, port: 'quorum', delayMs: 0 };
    const dialAt = now + Math.max(pauseMs, master.delayMs);
    const isSame = before?.server === master.server && before.port === master.port;
    if (!isSame) this.#connectBy = dialAt + (options.connectLimit ?? options.initLimit) * options.tickTimeMs;
    this.#master = master;
    // Nothing is to be heard before.
    this.#lastHeardAt = dialAt;
    this.#role.phase = 'connecting';
    if (dialAt > now) this.#dialAt = dialAt;
    else this.#dial();
  }

  #dial(): void {
    const { server: to, port } = this.#master as LearnerMasterAddress;
    this.#dialAt = undefined;
    this.#role.emit({ type: 'connect', to, port });
  }

  #onNotConnected(now: Millis): void {
    const { connectLimit, initLimit } = this.#role.options;
    this.#role.closeLink();
    this.#role.link = undefined;
    const isOnlyOne = this.#role.dependencies.nextMaster === undefined;
    const reason = `no connection to ${this.#masterName} within ${connectLimit ?? initLimit} ticks`;
    this.#retryOr(!isOnlyOne, reason, now);
  }

  /** There may be nobody yet who leads or serves: learners are refused until then. */
  #retryOr(mayRetry: boolean, reason: string, now: Millis): void {
    const shortDelayMs = mayRetry ? RETRY_DELAYS_MS[this.#retryCount] : undefined;
    if (shortDelayMs === undefined) return this.#role.abandon(reason);
    this.#retryCount++;
    this.#choose(this.#role.options.retryDelayMs ?? shortDelayMs, now);
  }

  #scheduleTick(now: Millis): void {
    this.#nextTickAt = now + this.#role.options.tickTimeMs / 2;
  }
}
