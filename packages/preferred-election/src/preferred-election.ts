// An election in which the preferred server leads when its history allows. Servers that look tell each other who they are: history, priority, and
// whether they stand, which is after they heard a quorum that they are not behind of: that is what discovery will ask of them. Each chooses the
// most preferred one that stands; a quorum that has chosen alike ends the round. An established leader is joined, never contested.

import type {
  Election,
  ElectionDependencies,
  ElectionEffect,
  ElectionInput,
  Logger,
  QuorumVerifier,
} from '@zebu/interfaces';
import {
  assert,
  type Ensemble,
  type Epoch,
  isVoter,
  type Millis,
  makeZxid,
  NO_EPOCH,
  NO_ZXID,
  type Notification,
  type ServerId,
  type ServerState,
  unreachable,
  type Vote,
} from '@zebu/protocol';
import type { PreferredElectionOptions } from './options.ts';
import { Round } from './round.ts';
import { encodeSpeaker, isOutdated, type Word, wordOf } from './word.ts';

/** Of a server that was elected and did not come to lead: below every priority that can be configured. */
const STANDS_BACK = -1;

export const createPreferredElection = (
  dependencies: ElectionDependencies,
  options: PreferredElectionOptions,
): Election => new PreferredElection(dependencies, options);

interface Outcome {
  readonly vote: Vote;
  readonly established: boolean;
  /** The voters that elected this server; undefined if it does not lead, is established, or has lost them. */
  readonly supporters?: Set<ServerId> | undefined;
}

class PreferredElection implements Election {
  readonly #self: ServerId;
  readonly #logger: Logger;
  readonly #options: PreferredElectionOptions;
  readonly #incarnation: number;
  #ensemble: Ensemble;
  #verifier: QuorumVerifier;
  #state: ServerState = 'LOOKING';
  /** This server's history as of the last 'look'. */
  #ownVote: Vote | undefined;
  /** Present between 'look' and 'elected'. */
  #round: Round | undefined;
  /** Present from 'elected' to 'look'. Invariant: never together with a round. */
  #outcome: Outcome | undefined;
  /** Leadership failed it; until an ensemble is established again it lets others go first, or all might try in vain for ever. */
  #standsBack = false;
  #sentCount = 0n;
  /** The newest word of each server whose link has not broken since. */
  readonly #newest = new Map<ServerId, Word>();
  /** Servers whose link went down and has not come up again. Not those of which nothing is known yet. */
  readonly #unreachable = new Set<ServerId>();
  /** Servers whose last notification said LOOKING: they are told the outcome. */
  readonly #lookers = new Set<ServerId>();

  constructor({ self, ensemble, verifier, random, logger }: ElectionDependencies, options: PreferredElectionOptions) {
    this.#self = self;
    this.#ensemble = ensemble;
    this.#verifier = verifier;
    this.#logger = logger;
    this.#options = options;
    this.#incarnation = random.below(0x1_0000_0000);
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
    const round = this.#round;
    if (round === undefined) return undefined;
    const finalAt = this.#finalAt(round);
    return finalAt === undefined ? round.notifyAt : Math.min(finalAt, round.notifyAt);
  }

  #look(vote: Vote, now: Millis): ElectionEffect[] {
    const wasElected = this.#outcome?.vote.leader === this.#self;
    if (wasElected && this.#outcome?.established === false) this.#standsBack = true;
    this.#state = 'LOOKING';
    this.#outcome = undefined;
    this.#ownVote = vote;
    return this.#startRound(now);
  }

  #startRound(now: Millis): ElectionEffect[] {
    assert(this.#ownVote !== undefined, 'a round needs a vote to begin with');
    const { zxid, peerEpoch } = this.#ownVote;
    const { minNotificationIntervalMs } = this.#options;
    const round = new Round({
      verifier: this.#verifier,
      own: { id: this.#self, priority: this.#priority(), history: { zxid, peerEpoch } },
      notificationIntervalMs: minNotificationIntervalMs,
    });
    this.#round = round;
    this.#logger.info('New election', { priority: this.#priority() });
    round.notifyAt = now + minNotificationIntervalMs;
    round.reconsider();
    return this.#maybeFinish(round, now) ?? this.#broadcast(round, 'ask');
  }

  #priority(): number {
    return this.#standsBack ? STANDS_BACK : (this.#options.priorities.get(this.#self) ?? 0);
  }

  #onTick(now: Millis): ElectionEffect[] {
    const round = this.#round;
    if (round === undefined) return [];
    const finished = this.#maybeFinish(round, now);
    if (finished !== undefined || now < round.notifyAt) return finished ?? [];
    round.notificationIntervalMs = Math.min(2 * round.notificationIntervalMs, this.#options.maxNotificationIntervalMs);
    round.notifyAt = now + round.notificationIntervalMs;
    return this.#broadcast(round, 'ask');
  }

  #onNotification(from: ServerId, notification: Notification, now: Millis): ElectionEffect[] {
    if (from === this.#self) return [];
    this.#unreachable.delete(from);
    const isListed = this.#ensemble.servers.has(from);
    if (notification.state !== 'LOOKING') this.#lookers.delete(from);
    else if (isListed) this.#lookers.add(from);
    const word = wordOf(notification);
    const round = this.#round;
    if (round === undefined) return this.#answerOutcome(from, notification, word);
    if (word === undefined || !(isListed || round.lends)) return [];
    const isNews = !isOutdated(word, this.#newest.get(from));
    if (isNews) {
      this.#newest.set(from, word);
      round.words.set(from, word);
    }
    if (round.lends && word.asks) round.askers.add(from);
    return this.#onNews(round, now, word.asks && word.state === 'LOOKING' ? from : undefined);
  }

  /** Something was heard, or can be heard no more. Who asked is answered, with what has come of it. */
  #onNews(round: Round, now: Millis, asker?: ServerId): ElectionEffect[] {
    const changed = round.reconsider();
    const finished = this.#maybeFinish(round, now);
    if (finished !== undefined) return finished;
    const told = changed ? this.#broadcast(round, 'tell') : [];
    if (asker === undefined || told.some((effect) => effect.type === 'send' && effect.to === asker)) return told;
    return round.votes || round.lends ? [...told, this.#sayRound(asker, round, 'tell')] : told;
  }

  /** Ends the round when there is a leader to join, or when a quorum agrees and nothing better can come, or it has waited for that. */
  #maybeFinish(round: Round, now: Millis): ElectionEffect[] | undefined {
    const established = round.leaderToJoin();
    if (established !== undefined) return this.#finish({ vote: established, established: false });
    const supporters = round.supportersOfChoice();
    if (supporters === undefined) {
      round.agreedAt = undefined;
      return undefined;
    }
    round.agreedAt ??= now;
    if (now < (this.#finalAt(round) ?? now) && !this.#isSettled(round)) return undefined;
    const leads = round.choice?.id === this.#self;
    return this.#finish({ vote: round.vote, established: false, supporters: leads ? supporters : undefined });
  }

  #isSettled(round: Round): boolean {
    return round.isSettled(this.#unreachable);
  }

  /** When what a quorum has agreed on is final, come what may. */
  #finalAt(round: Round): Millis | undefined {
    if (round.agreedAt === undefined) return undefined;
    const { priorities, finalizeWaitMs, preferredWaitMs } = this.#options;
    const waits = round.awaitsPreferred(priorities, this.#unreachable);
    return round.agreedAt + (waits ? Math.max(preferredWaitMs, finalizeWaitMs) : finalizeWaitMs);
  }

  #finish(outcome: Outcome): ElectionEffect[] {
    const { vote } = outcome;
    const leads = vote.leader === this.#self;
    const state = leads ? 'LEADING' : isVoter(this.#ensemble, this.#self) ? 'FOLLOWING' : 'OBSERVING';
    this.#round = undefined;
    this.#state = state;
    this.#outcome = outcome;
    this.#logger.info('Election over', { state, leader: vote.leader });
    // 'elected' comes first: those who are told that this server leads may call on it at once.
    return [{ type: 'elected', vote, state }, ...this.#tellLookers(outcome)];
  }

  /** Not in a round, and asked by a server that is. */
  #answerOutcome(from: ServerId, { state }: Notification, word: Word | undefined): ElectionEffect[] {
    if (state !== 'LOOKING' || this.#outcome === undefined || this.#state === 'LOOKING') return [];
    const answer = this.#sayOutcome(from, this.#outcome);
    if (word === undefined || isOutdated(word, this.#newest.get(from))) return [answer];
    this.#newest.set(from, word);
    return word.vote.leader === this.#self && word.vote.zxid !== NO_ZXID
      ? [answer]
      : [answer, ...this.#loseSupport(from)];
  }

  #loseSupport(server: ServerId): ElectionEffect[] {
    const supporters = this.#outcome?.supporters;
    if (this.#state !== 'LEADING' || supporters?.delete(server) !== true) return [];
    if (this.#verifier.containsQuorum(supporters)) return [];
    this.#outcome = { vote: (this.#outcome as Outcome).vote, established: false };
    this.#logger.info('The voters that elected this server are no longer a quorum', { lost: server });
    return [{ type: 'supportLost' }];
  }

  #onRoleChanged(state: ServerState): ElectionEffect[] {
    if (state !== 'LOOKING') this.#round = undefined;
    this.#state = state;
    return [];
  }

  #onLeaderEstablished(leader: ServerId, epoch: Epoch): ElectionEffect[] {
    if (this.#state === 'LOOKING') return [];
    this.#standsBack = false;
    // It need not be the one elected here: leadership may have been handed over without an election.
    this.#outcome = { vote: { leader, zxid: makeZxid(epoch, 0), peerEpoch: epoch }, established: true };
    return this.#tellLookers(this.#outcome);
  }

  #onConfigurationChanged(ensemble: Ensemble, verifier: QuorumVerifier, now: Millis): ElectionEffect[] {
    this.#ensemble = ensemble;
    this.#verifier = verifier;
    for (const known of [this.#unreachable, this.#lookers, this.#newest]) {
      for (const server of known.keys()) if (!ensemble.servers.has(server)) known.delete(server);
    }
    return this.#round === undefined ? [] : this.#startRound(now);
  }

  #onLinkUp(peer: ServerId): ElectionEffect[] {
    this.#unreachable.delete(peer);
    const mayListen = peer !== this.#self && this.#verifier.voters.has(peer);
    return this.#round !== undefined && mayListen ? [this.#sayRound(peer, this.#round, 'ask')] : [];
  }

  #onLinkDown(peer: ServerId, now: Millis): ElectionEffect[] {
    if (peer === this.#self || !this.#ensemble.servers.has(peer)) return [];
    this.#unreachable.add(peer);
    this.#lookers.delete(peer);
    this.#newest.delete(peer);
    const round = this.#round;
    if (round === undefined) return this.#loseSupport(peer);
    round.words.delete(peer);
    round.askers.delete(peer);
    return this.#onNews(round, now);
  }

  /** Voters are asked; what is new is told to them, or by one that only lends its vote to those who asked. */
  #broadcast(round: Round, why: 'ask' | 'tell'): ElectionEffect[] {
    const hearers = why === 'tell' && !round.votes ? round.askers : this.#verifier.voters;
    return [...hearers]
      .filter((server) => server !== this.#self && !this.#unreachable.has(server))
      .map((server) => this.#sayRound(server, round, why));
  }

  #tellLookers(outcome: Outcome): ElectionEffect[] {
    return [...this.#lookers].map((looker) => this.#sayOutcome(looker, outcome));
  }

  #sayRound(to: ServerId, round: Round, why: 'ask' | 'tell'): ElectionEffect {
    return this.#say(to, 'LOOKING', round.vote, { stands: round.stands, asks: why === 'ask' });
  }

  #sayOutcome(to: ServerId, { vote }: Outcome): ElectionEffect {
    return this.#say(to, this.#state, vote, { stands: false, asks: false });
  }

  #say(
    to: ServerId,
    state: ServerState,
    vote: Vote,
    flags: { readonly stands: boolean; readonly asks: boolean },
  ): ElectionEffect {
    const { zxid, peerEpoch } = this.#ownVote ?? { zxid: NO_ZXID, peerEpoch: NO_EPOCH };
    const speaker = {
      incarnation: this.#incarnation,
      history: { zxid, peerEpoch },
      priority: this.#priority(),
      ...flags,
    };
    this.#sentCount += 1n;
    const notification: Notification = {
      state,
      vote,
      electionEpoch: this.#sentCount,
      configVersion: this.#ensemble.version,
      extension: encodeSpeaker(speaker),
    };
    return { type: 'send', to, notification };
  }
}
