// What whoever serves learners knows of them and how it lets go of them: a leader, or a follower that serves observers (ZooKeeper's
// LearnerMaster). Whom it takes, and what it tells them, they decide.

import type { LinkId } from '@zebu/interfaces';
import type { Millis, QuorumPacket } from '@zebu/protocol';
import type { HandlerPhase, LearnerHandler } from './learner-handler.ts';
import type { LearnerMasterEffect } from './messages.ts';
import type { LearnerMasterDependencies, LearnerMasterOptions } from './setup.ts';

export class LearnerMaster<Effect> {
  readonly options: LearnerMasterOptions;
  readonly handlers = new Map<LinkId, LearnerHandler>();
  nextTickAt: Millis = 0;
  readonly #dependencies: LearnerMasterDependencies;
  #effects: (Effect | LearnerMasterEffect)[] = [];

  constructor(dependencies: LearnerMasterDependencies, options: LearnerMasterOptions) {
    this.#dependencies = dependencies;
    this.options = options;
  }

  /** The list that gathers the effects of the step that begins. */
  beginStep(): (Effect | LearnerMasterEffect)[] {
    this.#effects = [];
    return this.#effects;
  }

  emit(...effects: readonly (Effect | LearnerMasterEffect)[]): void {
    for (const effect of effects) this.#effects.push(effect);
  }

  send(links: readonly LinkId[], packets: readonly QuorumPacket[]): void {
    if (links.length > 0 && packets.length > 0) this.#effects.push({ type: 'send', links, packets });
  }

  handlersIn(phase: HandlerPhase): LearnerHandler[] {
    return [...this.handlers.values()].filter((handler) => handler.phase === phase);
  }

  /** Two pings a tick, as ZooKeeper does. */
  scheduleTick(now: Millis): void {
    this.nextTickAt = now + this.options.tickTimeMs / 2;
  }

  /** The window of committed txns is held while anybody catches up. */
  holdWhileCatchingUp(): void {
    this.#dependencies.committedLog.hold(this.#someoneCatchesUp());
  }

  unpin(handler: LearnerHandler): void {
    if (!handler.pinned) return;
    handler.pinned = false;
    this.#effects.push({ type: 'unpinLog', link: handler.link });
  }

  closeLink(handler: LearnerHandler, reason: string): void {
    this.#dependencies.logger.warn('dropping a learner', { sid: handler.sid, reason });
    this.#effects.push({ type: 'closeLink', link: handler.link });
  }

  /** The link is closed, by whichever side: nothing is kept for its learner, which is returned. */
  remove(link: LinkId): LearnerHandler | undefined {
    const handler = this.handlers.get(link);
    if (handler === undefined) return undefined;
    this.handlers.delete(link);
    this.unpin(handler);
    this.holdWhileCatchingUp();
    return handler;
  }

  /** Why a link that has more queued than is allowed is given up; undefined while it may stay. */
  congestionOf(link: LinkId, queuedBytes: number): string | undefined {
    if (!this.handlers.has(link) || queuedBytes <= this.options.maxQueuedBytes) return undefined;
    return `too slow: ${queuedBytes} bytes are queued for it`;
  }

  /** All links are closed. */
  dismissAll(): void {
    for (const handler of this.handlers.values()) {
      this.unpin(handler);
      this.#effects.push({ type: 'closeLink', link: handler.link });
    }
    this.handlers.clear();
    this.#dependencies.committedLog.hold(false);
  }

  #someoneCatchesUp(): boolean {
    for (const handler of this.handlers.values()) if (handler.phase === 'catchingUp') return true;
    return false;
  }
}
