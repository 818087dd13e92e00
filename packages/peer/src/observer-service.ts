// What a follower does for the observers that it serves: the ObserverMaster core, and the way of their questions to the leader and back.

import type { LearnerView, LinkId } from '@zebu/interfaces';
import { ObserverMaster, type ObserverMasterEffect, type ObserverMasterInput, type Revalidation } from '@zebu/leader';
import type { LearnerInput } from '@zebu/learner';
import {
  type Epoch,
  type Millis,
  type ServerId,
  type SessionId,
  type TouchedSession,
  unreachable,
} from '@zebu/protocol';
import type { Now } from './options.ts';
import type { RoleContext, RoleInput } from './role.ts';
import { sendSnapshot } from './send-snapshot.ts';

/** Questions of observers that the leader has not answered. */
const MAX_UNANSWERED = 100_000;

/** What is asked of the leader, by this server's learner. */
export type AskLeader = (
  question: Extract<LearnerInput, { type: 'request' | 'sync' | 'revalidate' }>,
  now: Now,
) => void;

interface AskedSync {
  readonly link: LinkId;
  readonly syncId: number;
}

export class ObserverService {
  readonly #context: RoleContext;
  readonly #askLeader: AskLeader;
  readonly #master: ObserverMaster;
  /** By the number under which the leader knows it. */
  readonly #syncs = new Map<number, AskedSync>();
  #syncCount = 0;
  /** In the order of the questions, which is that of the answers. Without a link: of a client of this server. */
  #revalidations: { readonly sessionId: SessionId; readonly link: LinkId | undefined }[] = [];
  readonly #touched = new Map<SessionId, number>();

  constructor(context: RoleContext, epoch: Epoch, askLeader: AskLeader, now: Now) {
    this.#context = context;
    this.#askLeader = askLeader;
    const { options, dependencies, clients, membership } = context;
    this.#master = new ObserverMaster(
      {
        self: options.self,
        epoch,
        committedLog: clients.database.committedLog,
        membership: () => membership.current,
        logger: dependencies.logger,
      },
      options,
      now.time,
    );
  }

  serves(link: LinkId): boolean {
    return this.#master.serves(link);
  }

  observerViews(): LearnerView[] {
    return this.#master.observerViews();
  }

  nextWakeup(): Millis {
    return this.#master.nextWakeup();
  }

  /** What an observer's link, or the disk for it, has to say. */
  onInput(input: RoleInput, now: Now): void {
    switch (input.type) {
      case 'located': {
        const snapshotBytes = this.#context.clients.database.tree.approximateDataBytes;
        return this.#step({ ...input, snapshotBytes }, now);
      }
      case 'snapshotFailed':
        this.#context.emit({ type: 'closeLink', link: input.link });
        return this.#step({ type: 'linkDown', link: input.link }, now);
      case 'linkUp':
      case 'linkDown':
      case 'packets':
      case 'logRead':
      case 'logReadFailed':
      case 'snapshotProgress':
      case 'snapshotSent':
      case 'congested':
        return this.#step(input, now);
      case 'dialled':
      case 'flushed':
      case 'truncated':
      case 'snapshotReceived':
        // Of this server's own link to the leader.
        return;
      default:
        unreachable(input);
    }
  }

  onCommitted(input: Extract<ObserverMasterInput, { type: 'committed' }>, now: Now): void {
    this.#step(input, now);
  }

  /** Another server is to lead from now on. */
  onDesignated(designatedLeader: ServerId, now: Now): void {
    this.#step({ type: 'committed', txns: [], designatedLeader }, now);
  }

  /** The leader went on in a new epoch, and this server with it. */
  onRolledOver(epoch: Epoch, now: Now): void {
    this.#step({ type: 'rolledOver', epoch }, now);
  }

  onTick(late: boolean, now: Now): void {
    this.#step({ type: 'tick', late }, now);
  }

  end(): void {
    for (const effect of this.#master.end())
      if (effect.type === 'closeLink' || effect.type === 'unpinLog') this.#context.emit(effect);
  }

  // --- Sessions and syncs: this server's clients ask the leader on the same link ---------------------------------------------------------

  /** The number for the leader of a sync of a client of this server: even, those of observers are odd. */
  numberOfOwn(syncId: number): number {
    return 2 * syncId;
  }

  /** The sync of a client of this server that was confirmed; undefined when an observer's was, which now hears of it. */
  onSyncConfirmed(number: number, now: Now): number | undefined {
    if (number % 2 === 0) return number / 2;
    const asked = this.#syncs.get(number);
    this.#syncs.delete(number);
    if (asked !== undefined) this.#step({ type: 'syncConfirmed', ...asked }, now);
    return undefined;
  }

  /** A client of this server came with the session, and the leader is asked. */
  onOwnRevalidation(sessionId: SessionId): void {
    this.#revalidations.push({ sessionId, link: undefined });
  }

  /** False when the answer is for this server. */
  onRevalidated(answer: Revalidation, now: Now): boolean {
    const index = this.#revalidations.findIndex(({ sessionId }) => sessionId === answer.sessionId);
    const [asked] = index < 0 ? [] : this.#revalidations.splice(index, 1);
    if (asked?.link === undefined) return false;
    this.#step({ type: 'revalidated', link: asked.link, ...answer }, now);
    return true;
  }

  /** Sessions that observers have heard from, at most so many; the rest waits for the next call. */
  takeTouchedSessions(limit: number): TouchedSession[] {
    const sessions: TouchedSession[] = [];
    for (const [sessionId, timeoutMs] of this.#touched) {
      if (sessions.length === limit) break;
      sessions.push({ sessionId, timeoutMs });
      this.#touched.delete(sessionId);
    }
    return sessions;
  }

  get hasTouched(): boolean {
    return this.#touched.size > 0;
  }

  #step(input: ObserverMasterInput, now: Now): void {
    for (const effect of this.#master.step(input, now.time)) this.#perform(effect, now);
  }

  #perform(effect: ObserverMasterEffect, now: Now): void {
    switch (effect.type) {
      case 'requests':
        return this.#askLeader({ type: 'request', requests: effect.requests, owner: effect.from }, now);
      case 'sync':
        return this.#onSync(effect, now);
      case 'revalidate':
        return this.#onRevalidate(effect, now);
      case 'touch':
        for (const { sessionId, timeoutMs } of effect.sessions) this.#touched.set(sessionId, timeoutMs);
        return;
      case 'sendSnapshot':
        return sendSnapshot(this.#context, effect.link, now);
      case 'send':
      case 'closeLink':
      case 'locate':
      case 'readLog':
      case 'pinLog':
      case 'unpinLog':
        return this.#context.emit(effect);
      default:
        unreachable(effect);
    }
  }

  #onSync({ link, syncId }: AskedSync, now: Now): void {
    if (this.#isFull(link, now)) return;
    const number = 2 * this.#syncCount++ + 1;
    this.#syncs.set(number, { link, syncId });
    this.#askLeader({ type: 'sync', syncId: number }, now);
  }

  #onRevalidate(effect: Extract<ObserverMasterEffect, { type: 'revalidate' }>, now: Now): void {
    const { link, from, sessionId, timeoutMs } = effect;
    if (this.#isFull(link, now)) return;
    this.#revalidations.push({ sessionId, link });
    this.#askLeader({ type: 'revalidate', sessionId, timeoutMs, owner: from }, now);
  }

  /** The leader answers nothing any more: this server will notice soon, and the observer finds another. */
  #isFull(link: LinkId, now: Now): boolean {
    if (this.#syncs.size + this.#revalidations.length < MAX_UNANSWERED) return false;
    this.#context.emit({ type: 'closeLink', link });
    this.#step({ type: 'linkDown', link }, now);
    return true;
  }
}
