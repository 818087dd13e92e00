// While the ensemble changes from one configuration to another, nothing is decided but by a quorum of each (Proposal.addQuorumVerifier).

import type { QuorumVerifier } from '@zebu/interfaces';
import type { ServerId } from '@zebu/protocol';

/** A server that votes in one of the two alone is counted there alone. */
export function createJointVerifier(before: QuorumVerifier, after: QuorumVerifier): QuorumVerifier {
  return new JointVerifier(before, after);
}

class JointVerifier implements QuorumVerifier {
  readonly voters: ReadonlySet<ServerId>;
  readonly #before: QuorumVerifier;
  readonly #after: QuorumVerifier;

  constructor(before: QuorumVerifier, after: QuorumVerifier) {
    this.#before = before;
    this.#after = after;
    this.voters = new Set([...before.voters, ...after.voters]);
  }

  containsQuorum(servers: ReadonlySet<ServerId>): boolean {
    return this.#before.containsQuorum(servers) && this.#after.containsQuorum(servers);
  }

  /** Only a voter of the configuration in force leads (FastLeaderElection.getInitId): those that know of no other would not vote for it. */
  weightOf(server: ServerId): number {
    return this.#before.weightOf(server);
  }
}
