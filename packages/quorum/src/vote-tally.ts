// Who said yes to one question, and whether that is enough (ZooKeeper's SyncedLearnerTracker).

import type { QuorumVerifier } from '@zebu/interfaces';
import { assert, type ServerId } from '@zebu/protocol';

/** While the ensemble changes there are two verifiers, the old and the new, and each must have its quorum. */
export class VoteTally {
  readonly #verifiers: readonly QuorumVerifier[];
  /** Invariant: every member is a voter of at least one verifier. */
  readonly #servers = new Set<ServerId>();

  constructor(...verifiers: readonly QuorumVerifier[]) {
    assert(verifiers.length > 0, 'a tally without a verifier would call nothing a quorum');
    this.#verifiers = verifiers;
  }

  /** False when the server has no vote and was not counted. Adding twice counts once. */
  add(server: ServerId): boolean {
    if (!this.#verifiers.some((verifier) => verifier.voters.has(server))) return false;
    this.#servers.add(server);
    return true;
  }

  /** The server takes its yes back, for instance because its link broke before the question was settled. */
  remove(server: ServerId): void {
    this.#servers.delete(server);
  }

  /** Those counted so far; a live view. */
  get servers(): ReadonlySet<ServerId> {
    return this.#servers;
  }

  /** True when those counted are a quorum of every verifier. */
  hasAllQuorums(): boolean {
    return this.#verifiers.every((verifier) => verifier.containsQuorum(this.#servers));
  }
}
