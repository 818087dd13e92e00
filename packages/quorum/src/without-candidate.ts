// For an election in which one voter is counted like any other and does not stand.

import type { QuorumVerifier } from '@zebu/interfaces';
import type { ServerId } from '@zebu/protocol';

export const withoutCandidate = (verifier: QuorumVerifier, candidate: ServerId): QuorumVerifier => ({
  voters: verifier.voters,
  containsQuorum: (servers) => verifier.containsQuorum(servers),
  weightOf: (server) => (server === candidate ? 0 : verifier.weightOf(server)),
});
