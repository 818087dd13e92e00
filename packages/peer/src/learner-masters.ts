// Where this server learns (QuorumPeer.findLearnerMaster): at the leader; an observer, where followers serve observers, at one follower after the
// other. It outlives roles, so that an observer that lost its follower does not begin with it again.

import type { Random } from '@zebu/interfaces';
import type { LearnerMasterAddress } from '@zebu/learner';
import type { Millis, ServerId } from '@zebu/protocol';
import type { MembershipKeeper } from './membership-keeper.ts';
import type { ObserverOptions } from './options.ts';

/** Of initLimit: so long only followers are tried. When an ensemble starts, the leader takes observers before followers can. */
const SHARE_WITHOUT_LEADER = 0.25;

interface LearnerMastersParts {
  readonly self: ServerId;
  readonly membership: MembershipKeeper;
  readonly options: ObserverOptions;
  readonly initLimitMs: Millis;
  readonly random: Random;
}

export class LearnerMasters {
  readonly #parts: LearnerMastersParts;
  /** Voters, in an order of this observer's own: not all observers go to the same one. */
  #voters: ServerId[] = [];
  /** Those not tried in this round. */
  #untried: ServerId[] = [];
  /** When the first was tried in vain; undefined while it learns. */
  #searchingSince: Millis | undefined;

  constructor(parts: LearnerMastersParts) {
    this.#parts = parts;
  }

  /** Whom to dial now. `leader` does not serve observers on their port: it is dialled as by everybody else, and last. */
  next(leader: ServerId, now: Millis): LearnerMasterAddress {
    const { self, membership, options } = this.#parts;
    const atLeader = { server: leader, port: 'quorum', delayMs: 0 } as const;
    if (!membership.current.observes(self)) return atLeader;
    if (!options.masters) return { ...atLeader, delayMs: this.#reconnectDelay() };
    this.#refresh();
    this.#searchingSince ??= now;
    const follower = this.#takeUntried(leader);
    if (follower !== undefined) return { server: follower, port: 'observerMaster', delayMs: 0 };
    this.#untried = [...this.#voters];
    const delayMs = this.#reconnectDelay();
    const isPatient = now - this.#searchingSince < SHARE_WITHOUT_LEADER * this.#parts.initLimitMs;
    const again = isPatient ? this.#takeUntried(leader) : undefined;
    return again === undefined ? { ...atLeader, delayMs } : { server: again, port: 'observerMaster', delayMs };
  }

  /** When it is lost, the others come first. */
  onServed(server: ServerId): void {
    const index = this.#voters.indexOf(server);
    this.#voters = [...this.#voters.slice(index + 1), ...this.#voters.slice(0, index + 1)];
    this.#untried = [...this.#voters];
    this.#searchingSince = undefined;
  }

  #takeUntried(leader: ServerId): ServerId | undefined {
    const server = this.#untried.shift();
    return server === leader ? this.#takeUntried(leader) : server;
  }

  #refresh(): void {
    const voters = [...this.#parts.membership.current.inForce.servers.values()]
      .filter((server) => server.role === 'participant')
      .map((server) => server.id);
    const known = new Set(this.#voters);
    if (voters.length === known.size && voters.every((voter) => known.has(voter))) return;
    this.#voters = this.#shuffled(voters);
    this.#untried = [...this.#voters];
  }

  #shuffled(servers: ServerId[]): ServerId[] {
    for (let end = servers.length; end > 1; end--) {
      const [chosen] = servers.splice(this.#parts.random.below(end), 1);
      servers.push(chosen as ServerId);
    }
    return servers;
  }

  #reconnectDelay(): number {
    const { random, options } = this.#parts;
    return options.reconnectDelayMs > 0 ? random.below(options.reconnectDelayMs) : 0;
  }
}
