// About the least that an election module can be: everybody looking says so ten times a second, and the best server that has heard a quorum
// leads. It is here to show that the suite asks for no more than the port promises, and as a start for writing another module.

import type { Election, ElectionDependencies, ElectionEffect, ElectionInput, QuorumVerifier } from '@zebu/interfaces';
import type { Millis, Notification, ServerId, ServerState, Vote } from '@zebu/protocol';

const INTERVAL_MS = 100;
/** How long nobody new may have been heard before the best one leads. */
const SETTLED_MS = 300;

export class SimpleElection implements Election {
  readonly #self: ServerId;
  #verifier: QuorumVerifier;
  #state: ServerState = 'LOOKING';
  #looking = false;
  #ownVote: Vote | undefined;
  #outcome: Vote | undefined;
  #heard = new Map<ServerId, Vote>();
  #lastNewsAt: Millis = 0;
  #wakeupAt: Millis = 0;

  constructor(dependencies: ElectionDependencies) {
    this.#self = dependencies.self;
    this.#verifier = dependencies.verifier;
  }

  nextWakeup(): Millis | undefined {
    return this.#looking ? this.#wakeupAt : undefined;
  }

  step(input: ElectionInput, now: Millis): ElectionEffect[] {
    switch (input.type) {
      case 'look':
        this.#ownVote = { ...input.vote, leader: this.#self };
        return this.#look(now);
      case 'tick':
        return this.#looking && now >= this.#wakeupAt ? this.#onTick(now) : [];
      case 'notification':
        return this.#onNotification(input.from, input.notification, now);
      case 'roleChanged':
        this.#state = input.state;
        return [];
      case 'configurationChanged':
        this.#verifier = input.verifier;
        return this.#looking ? this.#look(now) : [];
      case 'leaderEstablished':
        return [];
      case 'linkDown':
        this.#heard.delete(input.peer);
        return [];
      case 'linkUp':
        return this.#looking ? [this.#send(input.peer, 'LOOKING', this.#ownVote as Vote)] : [];
    }
  }

  #look(now: Millis): ElectionEffect[] {
    this.#state = 'LOOKING';
    this.#looking = true;
    this.#outcome = undefined;
    const own = this.#ownVote as Vote;
    this.#heard = new Map(this.#mayLead(own) ? [[this.#self, own]] : []);
    this.#lastNewsAt = now;
    return this.#onTick(now);
  }

  #onTick(now: Millis): ElectionEffect[] {
    this.#wakeupAt = now + INTERVAL_MS;
    const heard = [...this.#heard.values()];
    const settled = this.#verifier.voters.size === 1 || now >= this.#lastNewsAt + SETTLED_MS;
    if (settled && this.#verifier.containsQuorum(new Set(this.#heard.keys()))) {
      const best = heard.reduce((one, other) => (isBetter(other, one) ? other : one));
      if (best.leader === this.#self) return this.#decide(best);
    }
    const others = [...this.#verifier.voters].filter((voter) => voter !== this.#self);
    return others.map((voter) => this.#send(voter, 'LOOKING', this.#ownVote as Vote));
  }

  #onNotification(from: ServerId, { state, vote }: Notification, now: Millis): ElectionEffect[] {
    if (!this.#looking) {
      const tells = state === 'LOOKING' && this.#state !== 'LOOKING' && this.#outcome !== undefined;
      return tells ? [this.#send(from, this.#state, this.#outcome as Vote)] : [];
    }
    if (vote.leader !== from || !this.#mayLead(vote)) return [];
    if (state === 'LEADING') return this.#decide(vote);
    if (state !== 'LOOKING') return [];
    if (!this.#heard.has(from)) this.#lastNewsAt = now;
    this.#heard.set(from, vote);
    return [];
  }

  #mayLead(vote: Vote): boolean {
    return vote.zxid !== -1n && this.#verifier.weightOf(vote.leader) > 0;
  }

  #decide(vote: Vote): ElectionEffect[] {
    const learns = this.#verifier.voters.has(this.#self) ? 'FOLLOWING' : 'OBSERVING';
    const state = vote.leader === this.#self ? 'LEADING' : learns;
    this.#looking = false;
    this.#state = state;
    this.#outcome = vote;
    return [{ type: 'elected', vote, state }];
  }

  #send(to: ServerId, state: ServerState, vote: Vote): ElectionEffect {
    return { type: 'send', to, notification: { state, vote, electionEpoch: 0n, configVersion: 0n } };
  }
}

function isBetter(one: Vote, other: Vote): boolean {
  if (one.peerEpoch !== other.peerEpoch) return one.peerEpoch > other.peerEpoch;
  return one.zxid !== other.zxid ? one.zxid > other.zxid : one.leader > other.leader;
}
