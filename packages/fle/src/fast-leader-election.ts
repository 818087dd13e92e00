// Fast Leader Election (ZooKeeper's FastLeaderElection): servers tell each other the best vote that they know until a quorum agrees on one.
// It decides whom this server should follow. Whether that server may lead is for Zab's discovery to say.

import type {
  Election,
  ElectionDependencies,
  ElectionEffect,
  ElectionFactory,
  ElectionInput,
  Logger,
  QuorumVerifier,
} from '@zebu/interfaces';
import {
  assert,
  type Ensemble,
  type Epoch,
  formatZxid,
  isVoter,
  type Millis,
  makeZxid,
  NO_ZXID,
  type Notification,
  type ServerId,
  type ServerState,
  unreachable,
  type Vote,
} from '@zebu/protocol';
import { VoteTally } from '@zebu/quorum';
import { ElectionRound } from './election-round.ts';
import type { FastLeaderElectionOptions } from './options.ts';
import { Outcome } from './outcome.ts';
import { isBetterVote } from './vote-order.ts';

/** One server's side of Fast Leader Election. */
export const createFastLeaderElection: ElectionFactory<FastLeaderElectionOptions> = (dependencies, options) =>
  new FastLeaderElection(dependencies, options);

class FastLeaderElection implements Election {
  readonly #self: ServerId;
  readonly #logger: Logger;
  readonly #options: FastLeaderElectionOptions;
  #ensemble: Ensemble;
  #verifier: QuorumVerifier;
  #state: ServerState = 'LOOKING';
  /** ZooKeeper's logicalclock. */
  #electionEpoch = 0n;
  /** This server's history as of the last 'look', which every round begins with. */
  #ownVote: Vote | undefined;
  /** Present between 'look' and 'elected'. */
  #round: ElectionRound | undefined;
  /** Present from 'elected' to 'look'. Invariant: never together with a round. */
  #outcome: Outcome | undefined;
  /** Servers whose link went down and has not come up again. Not those of which nothing is known yet. */
  readonly #unreachable = new Set<ServerId>();
  /** Servers whose last notification said LOOKING: they are told the outcome at once rather than when they ask again. */
  readonly #lookers = new Set<ServerId>();

  constructor(dependencies: ElectionDependencies, options: FastLeaderElectionOptions) {
    this.#self = dependencies.self;
    this.#ensemble = dependencies.ensemble;
    this.#verifier = dependencies.verifier;
    this.#logger = dependencies.logger;
    this.#options = options;
  }

  step(input: ElectionInput, now: Millis): ElectionEffect[] {
    switch (input.type) {
      case 'look':
        return this.#look(input.vote, now);
      case 'notification':
        return this.#onNotification(input.from, input.notification, now);
      case 'roleChanged':
        return this.#onRoleChanged(input.state);
      case 'configurationChanged':
        return this.#onConfigurationChanged(input.ensemble, input.verifier, now);
      case 'linkUp':
        return this.#onLinkUp(input.peer);
      case 'linkDown':
        return this.#onLinkDown(input.peer, now);
      case 'leaderEstablished':
        return this.#onLeaderEstablished(input.leader, input.epoch);
      case 'tick':
        return this.#onTick(now);
      default:
        return unreachable(input);
    }
  }

  nextWakeup(): Millis | undefined {
    return this.#round && (this.#round.finalizeAt ?? this.#round.notifyAt);
  }

  #look(vote: Vote, now: Millis): ElectionEffect[] {
    this.#state = 'LOOKING';
    this.#outcome = undefined;
    this.#ownVote = vote;
    return this.#startRound(now);
  }

  #startRound(now: Millis): ElectionEffect[] {
    assert(this.#ownVote !== undefined, 'a round needs a vote to begin with');
    this.#electionEpoch += 1n;
    const round = new ElectionRound({
      self: this.#self,
      verifier: this.#verifier,
      vote: this.#ownVote,
      electionEpoch: this.#electionEpoch,
      notificationIntervalMs: this.#options.minNotificationIntervalMs,
    });
    this.#round = round;
    this.#logger.info('New election', { round: this.#electionEpoch, zxid: formatZxid(round.vote.zxid) });
    return [...this.#broadcast(round, now), ...this.#maybeFinish(round, now)];
  }

  #onTick(now: Millis): ElectionEffect[] {
    const round = this.#round;
    if (round === undefined) return [];
    if (round.finalizeAt !== undefined) return this.#maybeFinish(round, now);
    if (now < round.notifyAt) return [];
    const doubled = 2 * round.notificationIntervalMs;
    round.notificationIntervalMs = Math.min(doubled, this.#options.maxNotificationIntervalMs);
    return this.#broadcast(round, now);
  }

  #onNotification(from: ServerId, notification: Notification, now: Millis): ElectionEffect[] {
    if (from === this.#self) return [];
    this.#unreachable.delete(from);
    if (notification.state !== 'LOOKING') this.#lookers.delete(from);
    else if (this.#ensemble.servers.has(from)) this.#lookers.add(from);
    if (this.#round === undefined) return this.#answer(from, notification);
    // An observer is told the outcome when there is one. To answer it now could go on for ever between two servers that each take the other for one.
    if (this.#round.lends && notification.state === 'LOOKING') return this.#lendVote(this.#round, from, notification);
    return this.#verifier.voters.has(from) ? this.#onVoter(this.#round, from, notification, now) : [];
  }

  /**
   * Only voters are asked for their votes. This server has none that it knows of, so the other knows of a configuration that this one does not
   * know: without its vote there might be no quorum of it. The vote is never for this server itself.
   */
  #lendVote(round: ElectionRound, from: ServerId, { vote, electionEpoch, state }: Notification): ElectionEffect[] {
    const tells = round.lend(from, { vote, electionEpoch, state });
    this.#electionEpoch = round.electionEpoch;
    return tells ? [this.#send(from, 'LOOKING', round)] : [];
  }

  #onVoter(round: ElectionRound, from: ServerId, notification: Notification, now: Millis): ElectionEffect[] {
    switch (notification.state) {
      case 'LOOKING':
        return this.#onLookingVoter(round, from, notification, now);
      case 'FOLLOWING':
      case 'LEADING':
        return this.#onDecidedVoter(round, from, notification, now);
      case 'OBSERVING':
        return [];
      default:
        return unreachable(notification.state);
    }
  }

  #onLookingVoter(round: ElectionRound, from: ServerId, notification: Notification, now: Millis): ElectionEffect[] {
    const { vote, electionEpoch } = notification;
    round.established.delete(from);
    if (!round.votes) return [];
    if (!round.mayCount(notification)) return this.#onNoVote(round, from, notification, now);
    round.abstaining.delete(from);
    if (electionEpoch < round.electionEpoch) return [this.#send(from, 'LOOKING', round)];
    const effects = this.#weigh(round, from, notification, now);
    round.received.record(from, { vote, electionEpoch, state: 'LOOKING' });
    return [...effects, ...this.#maybeFinish(round, now)];
  }

  /** It has no history, or no weight and has heard of nobody that may lead. */
  #onNoVote(
    round: ElectionRound,
    from: ServerId,
    { vote, electionEpoch }: Notification,
    now: Millis,
  ): ElectionEffect[] {
    if (vote.zxid !== NO_ZXID) return this.#maybeFinish(round, now);
    round.abstaining.add(from);
    if (!round.isEarlierThan(electionEpoch)) return this.#maybeFinish(round, now);
    round.advanceTo(electionEpoch);
    this.#electionEpoch = electionEpoch;
    return this.#broadcast(round, now);
  }

  /** A vote of this round or of a later one: take it over, or tell the sender what is better. */
  #weigh(round: ElectionRound, from: ServerId, { vote, electionEpoch }: Notification, now: Millis): ElectionEffect[] {
    if (electionEpoch > round.electionEpoch) {
      this.#electionEpoch = electionEpoch;
      round.advanceTo(electionEpoch, vote);
      return this.#broadcast(round, now);
    }
    if (round.improves(vote)) {
      round.propose(vote);
      return this.#broadcast(round, now);
    }
    // ZooKeeper does not answer here. But one that speaks for the first time may have missed our vote, because it was not looking when that
    // came; and one that votes for worse has missed it. Neither should have to wait until we repeat ourselves.
    const missedOurs = !round.received.has(from) || isBetterVote(round.vote, vote);
    return missedOurs ? [this.#send(from, 'LOOKING', round)] : [];
  }

  #onDecidedVoter(round: ElectionRound, from: ServerId, notification: Notification, now: Millis): ElectionEffect[] {
    if (!round.mayCount(notification)) return [];
    const { vote, electionEpoch, state } = notification;
    const supporters = round.supportersOfEstablished(from, { vote, electionEpoch, state });
    if (supporters !== undefined) return this.#finish(notification, supporters);
    return this.#maybeFinish(round, now);
  }

  /** Not in a round, and asked by a server that is. */
  #answer(from: ServerId, notification: Notification): ElectionEffect[] {
    if (notification.state !== 'LOOKING' || this.#outcome === undefined || this.#state === 'LOOKING') return [];
    const answer = this.#send(from, this.#state, this.#outcome);
    return this.#outcome.isLeftBehindBy(notification) ? [answer, ...this.#loseSupport(from)] : [answer];
  }

  #loseSupport(server: ServerId): ElectionEffect[] {
    if (this.#state !== 'LEADING' || this.#outcome?.loseSupport(server) !== true) return [];
    this.#logger.info('The voters that elected this server are no longer a quorum', { lost: server });
    return [{ type: 'supportLost' }];
  }

  /** Ends the round when a quorum agrees and either nothing better can come or finalizeWait is over. */
  #maybeFinish(round: ElectionRound, now: Millis): ElectionEffect[] {
    const supporters = round.supporters();
    if (supporters === undefined) {
      round.finalizeAt = undefined;
      return [];
    }
    round.finalizeAt ??= now + this.#options.finalizeWaitMs;
    if (now < round.finalizeAt && !round.isSettled(this.#unreachable)) return [];
    return this.#finish(round, supporters);
  }

  /** ZooKeeper's leaveInstance. */
  #finish({ vote, electionEpoch }: Pick<Notification, 'vote' | 'electionEpoch'>, by: VoteTally): ElectionEffect[] {
    const leads = vote.leader === this.#self;
    if (leads) by.add(this.#self);
    const state = leads ? 'LEADING' : isVoter(this.#ensemble, this.#self) ? 'FOLLOWING' : 'OBSERVING';
    this.#round = undefined;
    this.#state = state;
    // One that joins an established ensemble takes over its round, even backwards, so that all begin the next one together.
    this.#electionEpoch = electionEpoch;
    this.#outcome = new Outcome(vote, electionEpoch, leads ? by : undefined);
    this.#logger.info('Election over', { state, leader: vote.leader, round: electionEpoch });
    // 'elected' comes first: those who are told that this server leads may call on it at once.
    return [{ type: 'elected', vote, state }, ...this.#tellLookers(this.#outcome)];
  }

  #onRoleChanged(state: ServerState): ElectionEffect[] {
    if (state !== 'LOOKING') this.#round = undefined;
    this.#state = state;
    if (state === 'LEADING' && this.#outcome !== undefined && this.#outcome.vote.leader !== this.#self)
      this.#outcome = this.#designated(this.#outcome);
    return [];
  }

  /** Without an election: whoever can be reached is expected to follow, until it looks or goes. */
  #designated({ vote, electionEpoch }: Outcome): Outcome {
    const supporters = new VoteTally(this.#verifier);
    for (const voter of this.#verifier.voters) if (!this.#unreachable.has(voter)) supporters.add(voter);
    return new Outcome({ ...vote, leader: this.#self }, electionEpoch, supporters);
  }

  #onLeaderEstablished(leader: ServerId, epoch: Epoch): ElectionEffect[] {
    if (this.#state === 'LOOKING') return [];
    // It need not be the one elected here: leadership may have been handed over without an election.
    const known = this.#outcome?.vote.leader === leader ? this.#outcome : undefined;
    const vote = { leader, zxid: makeZxid(epoch, 0), peerEpoch: epoch };
    this.#outcome = known?.established(epoch) ?? new Outcome(vote, this.#electionEpoch);
    return this.#tellLookers(this.#outcome);
  }

  #onConfigurationChanged(ensemble: Ensemble, verifier: QuorumVerifier, now: Millis): ElectionEffect[] {
    this.#ensemble = ensemble;
    this.#verifier = verifier;
    for (const known of [this.#unreachable, this.#lookers]) {
      for (const server of known) if (!ensemble.servers.has(server)) known.delete(server);
    }
    return this.#round === undefined ? [] : this.#startRound(now);
  }

  #onLinkUp(peer: ServerId): ElectionEffect[] {
    this.#unreachable.delete(peer);
    const mayListen = peer !== this.#self && this.#verifier.voters.has(peer);
    return this.#round !== undefined && mayListen ? [this.#send(peer, 'LOOKING', this.#round)] : [];
  }

  #onLinkDown(peer: ServerId, now: Millis): ElectionEffect[] {
    if (peer === this.#self || !this.#ensemble.servers.has(peer)) return [];
    this.#unreachable.add(peer);
    this.#lookers.delete(peer);
    const round = this.#round;
    if (round === undefined) return this.#loseSupport(peer);
    round.forget(peer);
    // Within a round a vote never becomes worse, so only a new one gets rid of a candidate that seems to have crashed.
    return round.isFor(peer) ? this.#startRound(now) : this.#maybeFinish(round, now);
  }

  #broadcast(round: ElectionRound, now: Millis): ElectionEffect[] {
    round.notifyAt = now + round.notificationIntervalMs;
    return [...this.#verifier.voters]
      .filter((voter) => voter !== this.#self && !this.#unreachable.has(voter))
      .map((voter) => this.#send(voter, 'LOOKING', round));
  }

  #tellLookers(outcome: Outcome): ElectionEffect[] {
    return [...this.#lookers].map((looker) => this.#send(looker, this.#state, outcome));
  }

  #send(to: ServerId, state: ServerState, { vote, electionEpoch }: ElectionRound | Outcome): ElectionEffect {
    return { type: 'send', to, notification: { state, vote, electionEpoch, configVersion: this.#ensemble.version } };
  }
}
