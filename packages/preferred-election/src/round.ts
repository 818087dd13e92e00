// What a server that looks has heard since it began to, whom it has chosen of those, and whether that is enough. Time and messages are
// preferred-election.ts's affair.

import type { QuorumVerifier } from '@zebu/interfaces';
import { type Millis, NO_EPOCH, NO_ZXID, type ServerId, type Vote } from '@zebu/protocol';
import { type Candidate, type History, isAhead, isPreferred, type Word } from './word.ts';

export class Round {
  readonly words = new Map<ServerId, Word>();
  /** It has a vote that it knows of, and a history to vote with. */
  readonly votes: boolean;
  /** It has a history and no vote that it knows of. Who asks for its vote knows of a configuration that gives it one, and is told. */
  readonly lends: boolean;
  /** Who asked for a vote that is lent: they hear of it when it changes. */
  readonly askers = new Set<ServerId>();
  /** Since when a quorum has agreed on the choice; undefined while none does. */
  agreedAt: Millis | undefined;
  notifyAt: Millis = 0;
  notificationIntervalMs: Millis;
  readonly #verifier: QuorumVerifier;
  readonly #own: Candidate;
  #stands = false;
  #choice: Candidate | undefined;

  constructor(parameters: {
    readonly verifier: QuorumVerifier;
    readonly own: Candidate;
    readonly notificationIntervalMs: Millis;
  }) {
    const { verifier, own } = parameters;
    this.#verifier = verifier;
    this.#own = own;
    const hasHistory = own.history.zxid !== NO_ZXID;
    this.votes = hasHistory && verifier.voters.has(own.id);
    this.lends = hasHistory && !this.votes;
    this.notificationIntervalMs = parameters.notificationIntervalMs;
  }

  get own(): Candidate {
    return this.#own;
  }

  get stands(): boolean {
    return this.#stands;
  }

  get choice(): Candidate | undefined {
    return this.#choice;
  }

  /** The choice, or a vote that nobody counts. */
  get vote(): Vote {
    return this.#choice === undefined
      ? { leader: this.#own.id, zxid: NO_ZXID, peerEpoch: NO_EPOCH }
      : { leader: this.#choice.id, ...this.#choice.history };
  }

  /** Looks at everything heard once more. True when there is something new to tell. */
  reconsider(): boolean {
    const { stands, choice } = { stands: this.#stands, choice: this.#choice };
    this.#stands = this.votes && this.#mayLead(this.#own.id) && this.#hasQuorumNotAheadOf(this.#own);
    this.#choice = this.#candidates().reduce<Candidate | undefined>(
      (best, candidate) => (best === undefined || isPreferred(candidate, best) ? candidate : best),
      undefined,
    );
    const isNew = !isSame(this.#choice, choice);
    if (isNew) this.agreedAt = undefined;
    return isNew || this.#stands !== stands;
  }

  /** Voters that have chosen as this server has, with the chosen one among them; undefined when they are no quorum. */
  supportersOfChoice(): Set<ServerId> | undefined {
    if (!this.votes || this.#choice === undefined) return undefined;
    const supporters = this.#supportersOf(this.#choice.id, this.#choice.history).add(this.#own.id);
    return supporters.has(this.#choice.id) && this.#verifier.containsQuorum(supporters) ? supporters : undefined;
  }

  /** A server that says that it leads, and a quorum that stands behind it, this server among them if it may be. */
  leaderToJoin(): Vote | undefined {
    for (const [id, { state, vote }] of this.words) {
      if (state !== 'LEADING' || vote.leader !== id || vote.zxid === NO_ZXID || !this.#mayLead(id)) continue;
      const supporters = this.#supportersOf(id);
      if (this.votes && !isAhead(this.#own.history, vote)) supporters.add(this.#own.id);
      if (this.#verifier.containsQuorum(supporters)) return vote;
    }
    return undefined;
  }

  /** Nothing better can come: every voter that may lead and may still speak has chosen so, and none that is preferred is about to stand. */
  isSettled(unreachable: ReadonlySet<ServerId>): boolean {
    const choice = this.#choice;
    if (choice === undefined) return false;
    for (const voter of this.#verifier.voters) {
      if (voter === this.#own.id || !this.#mayLead(voter) || unreachable.has(voter)) continue;
      const word = this.words.get(voter);
      if (word === undefined) return false;
      if (word.history.zxid === NO_ZXID) continue;
      if (word.vote.leader !== choice.id || this.#isAboutToStand(voter, word, choice)) return false;
    }
    return true;
  }

  /** A voter of a higher priority than the choice may come: it does not look yet, or is about to stand, and is not known to be away. */
  awaitsPreferred(priorities: ReadonlyMap<ServerId, number>, unreachable: ReadonlySet<ServerId>): boolean {
    const choice = this.#choice;
    if (choice === undefined) return false;
    return [...this.#verifier.voters].some((voter) => {
      if (voter === this.#own.id || !this.#mayLead(voter) || unreachable.has(voter)) return false;
      const word = this.words.get(voter);
      if (word?.state !== 'LOOKING') return (priorities.get(voter) ?? 0) > choice.priority;
      return word.priority > choice.priority && this.#isAboutToStand(voter, word, choice);
    });
  }

  /** A server without a weight, be it no voter or one that counts nothing, never leads. */
  #mayLead(server: ServerId): boolean {
    return this.#verifier.weightOf(server) > 0;
  }

  /** Who lends a vote does not know who may lead in the configuration of those who ask. */
  #candidates(): Candidate[] {
    const candidates = this.#stands ? [this.#own] : [];
    for (const [id, { state, stands, history, priority }] of this.words) {
      if (state !== 'LOOKING' || !stands || history.zxid === NO_ZXID) continue;
      if (this.lends || this.#mayLead(id)) candidates.push({ id, priority, history });
    }
    return candidates;
  }

  /** Of voters that look, or have just come to follow that very candidate: all others are with somebody else. */
  #hasQuorumNotAheadOf({ id, history }: Candidate): boolean {
    const behind = new Set<ServerId>();
    if (this.votes && !isAhead(this.#own.history, history)) behind.add(this.#own.id);
    for (const [server, { state, vote, history: other }] of this.words) {
      if (other.zxid === NO_ZXID || !this.#verifier.voters.has(server)) continue;
      const isFree = state === 'LOOKING' || (vote.leader === id && isSameHistory(vote, history));
      if (isFree && !isAhead(other, history)) behind.add(server);
    }
    return this.#verifier.containsQuorum(behind);
  }

  /** By what this server has heard it may stand; it has not said so, because it has not heard as much yet. */
  #isAboutToStand(id: ServerId, { state, stands, history, priority }: Word, choice: Candidate): boolean {
    const candidate = { id, priority, history };
    return state === 'LOOKING' && !stands && isPreferred(candidate, choice) && this.#hasQuorumNotAheadOf(candidate);
  }

  /** With a history: who stands behind that server because of it, and not since an earlier time. */
  #supportersOf(leader: ServerId, because?: History): Set<ServerId> {
    const supporters = new Set<ServerId>();
    for (const [id, { state, vote, history }] of this.words) {
      if (vote.leader !== leader || vote.zxid === NO_ZXID || !this.#verifier.voters.has(id)) continue;
      if (because !== undefined && !isSameHistory(vote, because)) continue;
      if (state !== 'LOOKING' || history.zxid !== NO_ZXID) supporters.add(id);
    }
    return supporters;
  }
}

const isSameHistory = (one: History, other: History): boolean =>
  one.zxid === other.zxid && one.peerEpoch === other.peerEpoch;

const isSame = (one: Candidate | undefined, other: Candidate | undefined): boolean =>
  one === other ||
  (one?.id === other?.id && one !== undefined && other !== undefined && isSameHistory(one.history, other.history));
