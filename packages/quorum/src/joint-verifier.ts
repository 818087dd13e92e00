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

  /** A voter of either may lead both, since it takes a quorum of each. */
  weightOf(server: ServerId): number {
    return Math.max(this.#before.weightOf(server), this.#after.weightOf(server));
  }
}
