// A configuration of the ensemble, and what its quorums are: counted here anew, as plainly as can be, since what the servers count with is what is
// to be judged.

import { type Ensemble, isVoter, type QuorumHierarchy, type ServerId } from '@zebu/protocol';

export class Configuration {
  /** Those who vote: participants, and with weights only those that weigh anything. */
  readonly voters: ReadonlySet<ServerId>;
  readonly #hierarchy: QuorumHierarchy | undefined;

  constructor(participants: Iterable<ServerId>, hierarchy?: QuorumHierarchy) {
    this.#hierarchy = hierarchy;
    this.voters = new Set([...participants].filter((server) => this.#weightOf(server) > 0));
  }

  static of(ensemble: Ensemble): Configuration {
    const ids = [...ensemble.servers.keys()].filter((id) => isVoter(ensemble, id));
    return new Configuration(ids, ensemble.hierarchy);
  }

  /** More than half of the voters; with groups more than half of the weight in more than half of the groups that weigh anything. */
  isQuorum(servers: ReadonlySet<ServerId>): boolean {
    const present = [...this.voters].filter((voter) => servers.has(voter));
    if (this.#hierarchy === undefined) return 2 * present.length > this.voters.size;
    const groups = [...this.#hierarchy.groups.values()].filter((group) => this.#weigh(group) > 0);
    const agreeing = groups.filter((group) => 2 * this.#weigh(group, servers) > this.#weigh(group));
    return 2 * agreeing.length > groups.length;
  }

  #weigh(group: readonly ServerId[], among: ReadonlySet<ServerId> = this.voters): number {
    return group
      .filter((server) => this.voters.has(server) && among.has(server))
      .reduce((sum, server) => sum + this.#weightOf(server), 0);
  }

  #weightOf(server: ServerId): number {
    return this.#hierarchy === undefined ? 1 : (this.#hierarchy.weights.get(server) ?? 0);
  }
}
