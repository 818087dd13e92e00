// A follower that serves observers (ZooKeeper's ObserverMaster), so that they cost the leader nothing. It brings them to what is committed,
// informs them of each commit behind its own, and passes what their clients ask for on to the leader. Nothing that is not committed leaves it.

import type { LearnerView, LinkId } from '@zebu/interfaces';
import {
  type Epoch,
  epochOf,
  formatEnsemble,
  formatZxid,
  makeZxid,
  type Millis,
  type QuorumPacket,
  type ServerId,
  txnEpoch,
  unreachable,
  type Zxid,
} from '@zebu/protocol';
import { LearnerHandler } from './learner-handler.ts';
import { LearnerMaster } from './learner-master.ts';
import { type LivenessLimits, reasonToDrop } from './liveness.ts';
import type { ObserverMasterEffect, ObserverMasterInput } from './messages.ts';
import type { LearnerMasterOptions, ObserverMasterDependencies } from './setup.ts';
import { type SharedHistory, type SynchronizationInput, Synchronizer } from './synchronizer.ts';

type Committed = Extract<ObserverMasterInput, { type: 'committed' }>;
type Packet<Type extends QuorumPacket['type']> = Extract<QuorumPacket, { type: Type }>;

export class ObserverMaster {
  readonly #dependencies: ObserverMasterDependencies;
  readonly #role: LearnerMaster<ObserverMasterEffect>;
  readonly #synchronizer: Synchronizer;
  #epoch: Epoch;
  /** Txns of a later epoch were delivered here: observers are told of it, and sent them, once this server has arrived there. */
  #awaitsEpoch = false;
  #pingRound = 0;

  /** All that the leader committed before its epoch is delivered here. */
  constructor(dependencies: ObserverMasterDependencies, options: LearnerMasterOptions, now: Millis) {
    this.#dependencies = dependencies;
    this.#role = new LearnerMaster(dependencies, options);
    this.#epoch = dependencies.epoch;
    const { committedLog, logger } = dependencies;
    const history = new CommittedHistory(dependencies);
    this.#synchronizer = new Synchronizer({ committedLog, history, learners: this.#role.handlers, options, logger });
    this.#role.scheduleTick(now);
  }

  step(input: ObserverMasterInput, now: Millis): ObserverMasterEffect[] {
    const effects = this.#role.beginStep();
    this.#onInput(input, now);
    return effects;
  }

  /** This server follows that leader no longer. */
  end(): ObserverMasterEffect[] {
    const effects = this.#role.beginStep();
    this.#role.dismissAll();
    return effects;
  }

  /** When `tick` is next due. */
  nextWakeup(): Millis {
    return this.#role.nextTickAt;
  }

  get #newLeaderZxid(): Zxid {
    return makeZxid(this.#epoch, 0);
  }

  serves(link: LinkId): boolean {
    return this.#role.handlers.has(link);
  }

  observerViews(): LearnerView[] {
    return [...this.#role.handlers.values()].map((handler) => handler.view());
  }

  #onInput(input: ObserverMasterInput, now: Millis): void {
    switch (input.type) {
      case 'linkUp':
        return this.#onLinkUp(input.link, input.peer, now);
      case 'linkDown':
        this.#role.remove(input.link);
        return;
      case 'packets':
        return this.#onPackets(input.link, input.packets, now);
      case 'located':
      case 'logRead':
      case 'logReadFailed':
      case 'snapshotProgress':
      case 'snapshotSent':
        return this.#onProgress(input, now);
      case 'congested':
        return this.#onCongested(input.link, input.queuedBytes);
      case 'committed':
        return this.#onCommitted(input, now);
      case 'rolledOver':
        return this.#onRolledOver(input.epoch, now);
      case 'syncConfirmed':
        return this.#onSyncConfirmed(input.link, input.syncId);
      case 'revalidated': {
        const { sessionId, timeoutMs, valid, lastProposedZxid } = input;
        return this.#answer(input.link, { type: 'REVALIDATE', sessionId, timeoutMs, valid, lastProposedZxid });
      }
      case 'tick':
        return this.#onTick(input.late, now);
      default:
        unreachable(input);
    }
  }

  #onLinkUp(link: LinkId, peer: ServerId, now: Millis): void {
    const { handlers } = this.#role;
    if (peer === this.#dependencies.self) return this.#role.emit({ type: 'closeLink', link });
    for (const handler of handlers.values()) if (handler.sid === peer) this.#drop(handler, 'connected anew');
    handlers.set(link, new LearnerHandler(link, peer, false, now));
  }

  #onPackets(link: LinkId, packets: readonly QuorumPacket[], now: Millis): void {
    for (const packet of packets) {
      const handler = this.#role.handlers.get(link);
      if (handler === undefined) return;
      handler.lastHeardAt = now;
      this.#onPacket(handler, packet, now);
    }
  }

  #onPacket(handler: LearnerHandler, packet: QuorumPacket, now: Millis): void {
    switch (packet.type) {
      case 'OBSERVERINFO':
        return this.#onAnnounced(handler, packet);
      case 'ACKEPOCH':
        return this.#onEpochAcknowledged(handler, packet, now);
      case 'ACK':
        return this.#onAck(handler, packet.zxid);
      case 'PING':
        if (handler.serves && packet.sessions.length > 0) this.#role.emit({ type: 'touch', sessions: packet.sessions });
        return;
      case 'REQUEST':
      case 'SYNC':
      case 'REVALIDATE':
        if (!handler.serves) return this.#drop(handler, `sent ${packet.type} before UPTODATE`);
        if (handler.rollsOver && packet.type !== 'REVALIDATE') return void handler.held.push(packet);
        return this.#onAsked(handler, packet);
      case 'FOLLOWERINFO':
      case 'LEADERINFO':
      case 'DIFF':
      case 'TRUNC':
      case 'SNAP':
      case 'NEWLEADER':
      case 'UPTODATE':
      case 'PROPOSAL':
      case 'COMMIT':
      case 'INFORM':
      case 'COMMITANDACTIVATE':
      case 'INFORMANDACTIVATE':
        return this.#drop(handler, `sent ${packet.type}, which no observer sends`);
      default:
        unreachable(packet);
    }
  }

  #onAnnounced(handler: LearnerHandler, packet: Packet<'FOLLOWERINFO' | 'OBSERVERINFO'>): void {
    if (handler.phase !== 'connected') return this.#drop(handler, 'announced itself twice');
    if (packet.sid !== handler.sid) return this.#drop(handler, `claims to be server ${packet.sid}`);
    if (packet.configVersion > this.#dependencies.membership().newestVersion)
      return this.#drop(handler, 'has a newer configuration than this server');
    handler.observes = true;
    handler.acceptedEpoch = packet.acceptedEpoch;
    handler.needsSnapshot = packet.needsSnapshot;
    handler.phase = 'announced';
    if (!this.#awaitsEpoch) this.#proposeEpoch(handler);
  }

  #proposeEpoch(handler: LearnerHandler): void {
    handler.phase = 'discovery';
    // It refuses an epoch below that of its history, and looks for a server that is further.
    this.#role.send([handler.link], [{ type: 'LEADERINFO', epoch: this.#epoch }]);
  }

  /** Observers that are in sync go on as this server did, and keep their clients; who was still on the way comes again. */
  #onRolledOver(epoch: Epoch, now: Millis): void {
    this.#endEpoch(now);
    this.#epoch = epoch;
    this.#awaitsEpoch = false;
    for (const handler of this.#role.handlersIn('announced')) this.#proposeEpoch(handler);
  }

  /** Nothing of the next epoch goes to whoever is in this one. */
  #endEpoch(now: Millis): void {
    this.#awaitsEpoch = true;
    for (const handler of this.#role.handlers.values()) {
      if (handler.phase === 'upToDate') handler.rollOver(now);
      else if (handler.phase !== 'connected' && handler.phase !== 'announced')
        this.#drop(handler, 'the epoch ended; it may come again');
    }
  }

  #onEpochAcknowledged(handler: LearnerHandler, packet: Packet<'ACKEPOCH'>, now: Millis): void {
    if (handler.phase !== 'discovery') return this.#drop(handler, 'sent ACKEPOCH out of turn');
    handler.acknowledgeEpoch(packet.lastZxid);
    handler.progressAt = now;
    this.#maybeSynchronize(handler, now);
  }

  /**
   * What it has of this very epoch comes from this leader, if from another server than this one: it is not cut back to where this server is, but
   * waits until this server has delivered as much.
   */
  #maybeSynchronize(handler: LearnerHandler, now: Millis): void {
    if (epochOf(handler.lastZxid) === this.#epoch && handler.lastZxid > this.#dependencies.committedLog.end) return;
    handler.progressAt = now;
    this.#role.emit(...this.#synchronizer.begin(handler));
    this.#maybeFinish(handler);
  }

  #onProgress(input: SynchronizationInput, now: Millis): void {
    const handler = this.#role.handlers.get(input.link);
    if (handler?.phase !== 'catchingUp') return;
    handler.lastHeardAt = now;
    handler.progressAt = now;
    this.#role.emit(...this.#synchronizer.progress(handler, input));
    this.#maybeFinish(handler);
  }

  #maybeFinish(handler: LearnerHandler): void {
    if (handler.refusal !== undefined) return this.#drop(handler, handler.refusal);
    // In one step with the last run of txns, so that nothing falls between it and the first INFORM.
    if (this.#synchronizer.isCaughtUp(handler)) this.#finish(handler);
    this.#role.holdWhileCatchingUp();
  }

  #finish(handler: LearnerHandler): void {
    const lastRun = this.#synchronizer.finish(handler);
    this.#role.send([handler.link], [...lastRun, { type: 'NEWLEADER', zxid: this.#newLeaderZxid }]);
    this.#role.unpin(handler);
    handler.sendNewLeader();
    const { sid, syncPath: path, sentZxid } = handler;
    this.#dependencies.logger.info('observer synchronized', { sid, path, zxid: formatZxid(sentZxid) });
  }

  /** Of an observer only the one of NEWLEADER means something; txns of before UPTODATE may be acknowledged too. */
  #onAck(handler: LearnerHandler, zxid: Zxid): void {
    if (zxid !== this.#newLeaderZxid) {
      if (!handler.owesAckEpoch && (!handler.acknowledgedNewLeader || zxid > handler.sentZxid))
        this.#drop(handler, 'acknowledged out of turn');
      return;
    }
    if (handler.phase !== 'newLeaderSent') return this.#drop(handler, 'acknowledged NEWLEADER out of turn');
    const held = handler.becomeUpToDate();
    handler.behindSince = undefined;
    const confirmed = handler.confirmedSyncs.splice(0);
    const { committedLog, membership } = this.#dependencies;
    const configuration = formatEnsemble(membership().inForce);
    this.#role.send(
      [handler.link],
      [
        { type: 'COMMIT', zxid: committedLog.end },
        { type: 'UPTODATE', zxid: this.#newLeaderZxid, configuration },
        ...confirmed.map((syncId) => ({ type: 'SYNC', syncId }) as const),
      ],
    );
    for (const question of held) this.#onAsked(handler, question);
  }

  #onAsked({ link, sid }: LearnerHandler, packet: Packet<'REQUEST' | 'SYNC' | 'REVALIDATE'>): void {
    switch (packet.type) {
      case 'REQUEST':
        return this.#role.emit({ type: 'requests', from: sid, requests: packet.requests });
      case 'SYNC':
        return this.#role.emit({ type: 'sync', link, syncId: packet.syncId });
      case 'REVALIDATE': {
        const { sessionId, timeoutMs } = packet;
        return this.#role.emit({ type: 'revalidate', link, from: sid, sessionId, timeoutMs });
      }
      default:
        unreachable(packet);
    }
  }

  #onCommitted({ txns, designatedLeader }: Committed, now: Millis): void {
    const last = txns[txns.length - 1];
    if (last !== undefined && txnEpoch(last) > this.#epoch && !this.#awaitsEpoch) this.#endEpoch(now);
    const links: LinkId[] = [];
    for (const handler of this.#role.handlers.values()) {
      if (!handler.forwarding) continue;
      handler.sentZxid = this.#dependencies.committedLog.end;
      links.push(handler.link);
    }
    const packet: QuorumPacket =
      designatedLeader === undefined ? { type: 'INFORM', txns } : { type: 'INFORMANDACTIVATE', txns, designatedLeader };
    this.#role.send(links, [packet]);
    for (const handler of this.#role.handlersIn('epochAcknowledged')) this.#maybeSynchronize(handler, now);
  }

  /** The answer says that everything committed before is there: it must not overtake that. */
  #onSyncConfirmed(link: LinkId, syncId: number): void {
    const handler = this.#role.handlers.get(link);
    if (handler?.rollsOver === true) handler.confirmedSyncs.push(syncId);
    else this.#answer(link, { type: 'SYNC', syncId });
  }

  #answer(link: LinkId, packet: QuorumPacket): void {
    if (this.#role.handlers.has(link)) this.#role.send([link], [packet]);
  }

  #onCongested(link: LinkId, queuedBytes: number): void {
    const reason = this.#role.congestionOf(link, queuedBytes);
    if (reason !== undefined) this.#drop(this.#role.handlers.get(link) as LearnerHandler, reason);
  }

  #onTick(late: boolean, now: Millis): void {
    if (now < this.#role.nextTickAt) return;
    this.#role.scheduleTick(now);
    this.#role.send([...this.#role.handlers.keys()], [{ type: 'PING', round: ++this.#pingRound, sessions: [] }]);
    // What the observers sent meanwhile is not read yet: a late tick judges nobody.
    if (late) return;
    const { initLimit, syncLimit, tickTimeMs } = this.#role.options;
    const limits = { initLimitMs: initLimit * tickTimeMs, syncLimitMs: syncLimit * tickTimeMs };
    for (const handler of this.#role.handlers.values()) {
      const reason = reasonToDrop(handler, limits, now) ?? reasonToWaitNoLonger(handler, limits, now);
      if (reason !== undefined) this.#drop(handler, reason);
    }
  }

  #drop(handler: LearnerHandler, reason: string): void {
    this.#role.closeLink(handler, reason);
    this.#role.remove(handler.link);
  }
}

function reasonToWaitNoLonger(handler: LearnerHandler, limits: LivenessLimits, now: Millis): string | undefined {
  if (handler.phase !== 'epochAcknowledged' || now - handler.progressAt <= limits.initLimitMs) return undefined;
  return `is further than this server, which did not catch up within ${limits.initLimitMs} ms`;
}

/** What this server has delivered, and nothing of what its log holds behind that. */
class CommittedHistory implements SharedHistory {
  readonly #dependencies: ObserverMasterDependencies;
  readonly established = true;

  constructor(dependencies: ObserverMasterDependencies) {
    this.#dependencies = dependencies;
  }

  get lastProposedZxid(): Zxid {
    return this.#dependencies.committedLog.end;
  }

  get lastCommittedZxid(): Zxid {
    return this.#dependencies.committedLog.end;
  }

  floor(zxid: Zxid): Zxid {
    return this.#dependencies.committedLog.floor(zxid);
  }

  after(zxid: Zxid): ReturnType<SharedHistory['after']> {
    return this.#dependencies.committedLog.after(zxid);
  }
}
