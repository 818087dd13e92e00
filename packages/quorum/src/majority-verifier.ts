// Any more than half of the voters are a quorum (ZooKeeper's QuorumMaj).

import type { QuorumVerifier } from '@zebu/interfaces';
import { type Ensemble, type ServerId, votersOf } from '@zebu/protocol';

/** Every participant of `ensemble` has one vote. Without a participant nothing is a quorum. */
export function createMajorityVerifier(ensemble: Ensemble): QuorumVerifier {
  return new MajorityVerifier(votersOf(ensemble));
}

class MajorityVerifier implements QuorumVerifier {
  readonly voters: ReadonlySet<ServerId>;
  /** The voters once more: asking is frequent, and walking an array allocates nothing. */
  readonly #voterList: readonly ServerId[];

  constructor(voters: readonly ServerId[]) {
    this.voters = new Set(voters);
    this.#voterList = [...this.voters];
  }

  containsQuorum(servers: ReadonlySet<ServerId>): boolean {
    let count = 0;
    for (const voter of this.#voterList) if (servers.has(voter)) count++;
    return 2 * count > this.#voterList.length;
  }

  weightOf(server: ServerId): number {
    return this.voters.has(server) ? 1 : 0;
  }
}
