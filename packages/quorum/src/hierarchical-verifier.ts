// Groups and weights (ZooKeeper's QuorumHierarchical): a quorum is more than half of the weight in each of more than half of the groups.

import type { QuorumVerifier } from '@zebu/interfaces';
import { isVoter, type Ensemble, type QuorumHierarchy, type ServerId } from '@zebu/protocol';

interface Group {
  readonly members: readonly ServerId[];
  /** Invariant: above 0. A group without a weight could never agree, and is not counted. */
  readonly weight: number;
}

export class HierarchicalVerifier implements QuorumVerifier {
  readonly voters: ReadonlySet<ServerId>;
  readonly #weights: ReadonlyMap<ServerId, number>;
  readonly #groups: readonly Group[];

  /** Only participants weigh anything, whatever the weight lines say of others. */
  constructor(ensemble: Ensemble, { groups, weights }: QuorumHierarchy) {
    this.#weights = new Map([...weights].filter(([server, weight]) => weight > 0 && isVoter(ensemble, server)));
    this.voters = new Set(this.#weights.keys());
    this.#groups = [...groups.values()]
      .map((servers) => servers.filter((server) => this.voters.has(server)))
      .map((members) => ({ members, weight: this.#weightOfAll(members) }))
      .filter(({ weight }) => weight > 0);
  }

  containsQuorum(servers: ReadonlySet<ServerId>): boolean {
    let agreeing = 0;
    for (const { members, weight } of this.#groups) {
      let present = 0;
      for (const member of members) if (servers.has(member)) present += this.weightOf(member);
      if (2 * present > weight) agreeing++;
    }
    return 2 * agreeing > this.#groups.length;
  }

  weightOf(server: ServerId): number {
    return this.#weights.get(server) ?? 0;
  }

  #weightOfAll(servers: readonly ServerId[]): number {
    return servers.reduce((sum, server) => sum + this.weightOf(server), 0);
  }
}
