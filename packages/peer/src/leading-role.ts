// LEADING: the Leader core, and what only the server that orders writes does for sessions and requests (LeaderZooKeeperServer).

import type { BufferSizes, LeaderBean, LearnerView, LinkId, SessionDump, ZabState } from '@zebu/interfaces';
import { Leader, type LeaderEffect, type LeaderHistory, type LeaderInput } from '@zebu/leader';
import {
  type Epoch,
  type ForwardedRequest,
  formatZxid,
  type Millis,
  NO_ZXID,
  type ServerId,
  type SessionId,
  type TxnBytes,
  unreachable,
  type Zxid,
} from '@zebu/protocol';
import { createQuorumVerifier } from '@zebu/quorum';
import { BufferStatistics, type EnsembleView } from '@zebu/requests';
import type { Upstream } from './client-service.ts';
import { LeaderSessionTracker } from '@zebu/sessions';
import { earliest } from './earliest.ts';
import { createMessageTracker, type MessageTracker } from './message-tracker.ts';
import type { CommonBean } from './management-beans.ts';
import type { Now } from './options.ts';
import type { Role, RoleContext, RoleInput, TransferRequest } from './role.ts';
import { sendSnapshot } from './send-snapshot.ts';
import { SessionService } from './session-service.ts';

export class LeadingRole implements Role {
  readonly state = 'LEADING';
  readonly treeIsAheadOfLog = false;
  readonly leaderId: ServerId;
  readonly #context: RoleContext;
  readonly #leader: Leader;
  readonly #messageTracker: MessageTracker | undefined;
  /** From when the leader is established. */
  #sessions: SessionService | undefined;
  /** Asked for, and not performed yet. */
  readonly #effects: LeaderEffect[] = [];
  #isPerforming = false;
  #upcomingZxid = NO_ZXID;
  /** What came while the epoch rolls over, in order: as much as clients may have outstanding. */
  #held: { readonly requests: readonly ForwardedRequest[]; readonly owner: ServerId }[] = [];
  #releasing = false;
  #proposalCount = 0;
  readonly #proposalSizes = new BufferStatistics();

  /** By the leader before. */
  readonly #designated: boolean;

  constructor(context: RoleContext, history: Omit<LeaderHistory, 'lastDeliveredZxid'>, designated: boolean) {
    this.#context = context;
    this.#designated = designated;
    const { options } = context;
    const { self, prep } = options;
    const membership = context.membership.current;
    this.leaderId = self;
    const { committedLog } = context.clients.database;
    const { logger } = context.dependencies;
    this.#messageTracker = createMessageTracker(context.options.messageTracker, logger);
    this.#leader = new Leader(
      { self, membership, committedLog, nextFlushToken: () => context.nextFlushToken(), logger },
      { ...options, reconfigEnabled: prep.reconfigEnabled },
      { ...history, lastDeliveredZxid: context.clients.lastProcessedZxid },
    );
  }

  start(now: Now): void {
    this.#step({ type: 'start', designated: this.#designated }, now);
  }

  get epoch(): Epoch | undefined {
    return this.#leader.epoch;
  }

  get zabState(): ZabState {
    return this.#leader.zabState;
  }

  get proposalCount(): number {
    return this.#proposalCount;
  }

  get proposalSizes(): BufferSizes {
    return this.#proposalSizes.view();
  }

  get pendingSyncCount(): number {
    return this.#leader.pendingSyncCount;
  }

  learnerViews(): LearnerView[] {
    return this.#leader.learnerViews();
  }

  bean(common: CommonBean, electionTimeTakenMs: Millis): LeaderBean {
    const learners = this.learnerViews();
    return {
      name: 'Leader',
      ...common,
      currentZxid: formatZxid(this.#leader.lastProposedZxid),
      followers: learners.filter(({ role }) => role === 'follower'),
      nonVotingLearners: learners.filter(({ role }) => role === 'observer'),
      electionTimeTakenMs,
      proposalSizes: this.proposalSizes,
    };
  }

  sessionDump(): SessionDump | undefined {
    return this.#sessions?.dump();
  }

  get expiredSessionCount(): number {
    return this.#sessions?.expiredCount ?? 0;
  }

  resetStatistics(): void {
    this.#proposalSizes.reset();
  }

  nextWakeup(): Millis | undefined {
    return earliest(this.#leader.nextWakeup(), this.#sessions?.nextWakeup());
  }

  onInput(input: RoleInput, now: Now): void {
    switch (input.type) {
      case 'linkUp':
        // A link that this server dialled belongs to an earlier role; observers that want a follower will dial another server.
        if (input.direction === 'outgoing' || input.port === 'observerMaster') return this.#closeLink(input.link);
        this.#messageTracker?.onLinkUp(input.link, input.peer);
        return this.#step({ type: 'linkUp', link: input.link, peer: input.peer }, now);
      case 'dialled':
        return this.#closeLink(input.link);
      case 'located': {
        const snapshotBytes = this.#context.clients.database.tree.approximateDataBytes;
        return this.#step({ ...input, snapshotBytes }, now);
      }
      case 'snapshotFailed':
        this.#closeLink(input.link);
        return this.#step({ type: 'linkDown', link: input.link }, now);
      case 'packets':
        this.#messageTracker?.onReceived(input.link, input.packets, now.wallClock);
        return this.#step(input, now);
      case 'linkDown':
        this.#messageTracker?.onLinkDown(input.link);
        return this.#step(input, now);
      case 'flushed':
      case 'snapshotProgress':
      case 'logRead':
      case 'logReadFailed':
      case 'snapshotSent':
      case 'congested':
        return this.#step(input, now);
      case 'truncated':
      case 'snapshotReceived':
        // Answers to a learner that this server is no more.
        return;
      default:
        unreachable(input);
    }
  }

  onRestored(): void {
    // A leader never asks for it.
  }

  onMembershipChanged(): void {
    // What changes is what this leader proposed and committed itself.
  }

  onOracle(now: Now): void {
    this.#step({ type: 'oracle', alone: this.#context.membership.current.alone }, now);
  }

  onSupportLost(now: Now): void {
    this.#step({ type: 'supportLost' }, now);
  }

  get handsOver(): boolean {
    return this.#leader.handsOver;
  }

  transfer({ to, leaves }: TransferRequest, now: Now): void {
    this.#step({ type: 'transfer', to, leaves }, now);
  }

  onTick(late: boolean, now: Now): void {
    this.#step({ type: 'tick', late }, now);
    if (this.#sessions === undefined) return;
    this.#sessions.onApplied(this.#context.clients.lastProcessedZxid);
    const { clients } = this.#context;
    this.#sessions.touch(clients.takeTouchedSessions(now.time), now.time);
    // Nobody is judged while there is somebody who was heard and not noted.
    if (!late && !clients.hasMoreTouched) this.#order(this.#sessions.due(now), this.leaderId, now);
  }

  end(reason: string): readonly TxnBytes[] {
    this.#sessions = undefined;
    const { undelivered } = this.#leader;
    this.#letGo(this.#leader.abandon(reason));
    return undelivered;
  }

  #step(input: LeaderInput, now: Now): void {
    this.#effects.push(...this.#leader.step(input, now.time));
    // Performing an effect may lead to a step: what that asks for comes behind what was asked for before, or a learner that gets a vote by it would be
    // sent the reconfig ahead of what is committed before it.
    if (this.#isPerforming) return;
    this.#isPerforming = true;
    for (let effect = this.#effects.shift(); effect !== undefined; effect = this.#effects.shift())
      this.#perform(effect, now);
    this.#isPerforming = false;
    // Behind all that there was to say: learners hear UPTODATE before the first proposal of the new epoch.
    if (!this.#releasing && this.#held.length > 0) this.#proposeHeld(now);
  }

  /** What comes meanwhile queues up behind: a session's requests stay in order. */
  #proposeHeld(now: Now): void {
    this.#releasing = true;
    while (this.#leader.proposes) {
      const next = this.#held.shift();
      if (next === undefined) break;
      this.#proposeAsFarAsPossible(next.requests, next.owner, now);
    }
    this.#releasing = false;
  }

  #perform(effect: LeaderEffect, now: Now): void {
    const { clients } = this.#context;
    switch (effect.type) {
      case 'deliver':
        clients.deliver(effect.txns, now);
        this.#context.membership.onDelivered(effect.txns);
        this.#sessions?.onApplied(clients.lastProcessedZxid);
        return;
      case 'established':
        return this.#onEstablished(effect.epoch, now);
      case 'stepDown':
        return this.#context.leave(effect.reason, effect.successor);
      case 'transferRefused':
        return this.#context.emit({ type: 'transferEnded', outcome: { ok: false, reason: effect.reason } });
      case 'requests':
        return this.#order(effect.requests, effect.from, now);
      case 'revalidate': {
        const { link, from, sessionId, timeoutMs } = effect;
        const valid = this.#revalidate(sessionId, timeoutMs, from, now);
        if (valid) clients.onSessionMoved(sessionId, now);
        return this.#step({ type: 'revalidated', link, sessionId, timeoutMs, valid }, now);
      }
      case 'touch':
        this.#sessions?.touch(effect.sessions, now.time);
        return;
      case 'syncConfirmed':
        return clients.onSyncConfirmed(effect.syncId, now);
      case 'sendSnapshot':
        return sendSnapshot(this.#context, effect.link, now);
      case 'closeLink':
        return this.#closeLink(effect.link);
      case 'send':
        this.#messageTracker?.onSent(effect.links, effect.packets, now.wallClock);
        return this.#context.emit(effect);
      case 'logTxns':
      case 'writeAcceptedEpoch':
      case 'writeCurrentEpoch':
      case 'flush':
      case 'locate':
      case 'readLog':
      case 'pinLog':
      case 'unpinLog':
        return this.#context.emit(effect);
      default:
        unreachable(effect);
    }
  }

  /** Clients and sessions stay as they are; what waited for zxids is proposed. */
  #onRolledOver(epoch: Epoch, now: Now): void {
    this.#context.dependencies.logger.info('LEADING: goes on in a new epoch', { epoch });
    // As any leader it has delivered what came before when it proposes.
    this.#context.clients.catchUp(now);
    this.#context.established(this.leaderId, epoch, now);
  }

  #onEstablished(epoch: Epoch, now: Now): void {
    if (this.#sessions !== undefined) return this.#onRolledOver(epoch, now);
    const { options, dependencies, clients } = this.#context;
    dependencies.logger.info('LEADING: established by a quorum', { epoch });
    this.#context.membership.onEstablished(this.#leader.membership.inForce);
    clients.database.showConfiguration(this.#leader.membership.inForce, now.wallClock);
    // Prep looks at the tree, and knows only of txns that it made itself.
    clients.catchUp(now);
    const nextZxid = (): Zxid => this.#takeZxid();
    const { localSessions } = clients;
    const sessions = new LeaderSessionTracker({ tickMs: options.tickTimeMs, self: this.leaderId, localSessions });
    this.#sessions = new SessionService(
      clients.database.tree,
      { sessions, options, dependencies, nextZxid, ensemble: this.#ensembleView() },
      now.time,
    );
    this.#context.established(this.leaderId, epoch, now);
    if (options.leaderServes) clients.start(this.#upstream, now, { epoch });
  }

  readonly #upstream: Upstream = {
    submit: (requests, now) => this.#order(requests, this.leaderId, now),
    sync: (syncId, now) => this.#step({ type: 'sync', syncId }, now),
    revalidate: (sessionId, timeoutMs, now) => {
      const valid = this.#revalidate(sessionId, timeoutMs, this.leaderId, now);
      const { lastProposedZxid } = this.#leader;
      this.#context.clients.onRevalidated({ sessionId, timeoutMs, valid, lastProposedZxid }, now);
    },
  };

  #revalidate(sessionId: SessionId, timeoutMs: number, owner: ServerId, now: Now): boolean {
    return this.#sessions?.revalidate(sessionId, timeoutMs, owner, now.time) ?? false;
  }

  /** prep -> propose. */
  #order(requests: readonly ForwardedRequest[], owner: ServerId, now: Now): void {
    if (this.#sessions === undefined || requests.length === 0) return;
    if (this.#leader.rollsOver || this.#held.length > 0) return void this.#held.push({ requests, owner });
    if (this.#leader.proposes) this.#proposeAsFarAsPossible(requests, owner, now);
  }

  /** As far as the epoch has zxids; the rest is first in the next one. */
  #proposeAsFarAsPossible(requests: readonly ForwardedRequest[], owner: ServerId, now: Now): void {
    const count = this.#leader.remainingZxidCount;
    if (count >= requests.length) return this.#propose(requests, owner, now);
    this.#propose(requests.slice(0, count), owner, now);
    this.#held.unshift({ requests: requests.slice(count), owner });
    this.#step({ type: 'rollOver' }, now);
  }

  #propose(requests: readonly ForwardedRequest[], owner: ServerId, now: Now): void {
    const next = this.#leader.nextZxid();
    if (this.#sessions === undefined || next === undefined) return;
    this.#upcomingZxid = next;
    const txns = this.#sessions.prepare(requests, owner, now.time, now.wallClock);
    this.#proposalCount += txns.length;
    for (const txn of txns) this.#proposalSizes.add(txn.length);
    this.#step({ type: 'propose', txns, reconfiguration: this.#context.membership.onLogged(txns) }, now);
  }

  #ensembleView(): EnsembleView {
    const leader = this.#leader;
    return {
      get inForce() {
        return leader.membership.inForce;
      },
      get newestVersion() {
        return leader.membership.newestVersion;
      },
      hasSyncedQuorum: (ensemble) => leader.hasSyncedQuorum(createQuorumVerifier(ensemble)),
    };
  }

  #takeZxid(): Zxid {
    const zxid = this.#upcomingZxid;
    this.#upcomingZxid = (zxid + 1n) as Zxid;
    return zxid;
  }

  #closeLink(link: LinkId): void {
    this.#messageTracker?.onLinkDown(link);
    this.#context.emit({ type: 'closeLink', link });
  }

  #letGo(effects: readonly LeaderEffect[]): void {
    for (const effect of effects) {
      if (effect.type === 'closeLink') this.#closeLink(effect.link);
      else if (effect.type === 'unpinLog') this.#context.emit(effect);
    }
  }
}
