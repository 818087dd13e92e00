// An ensemble of two with an oracle (ZooKeeper's QuorumOracleMaj): somebody outside says when one of the two servers may go on alone. Nothing here can
// know whether that is true: what a quorum promises rests on the oracle then.

import type { QuorumVerifier } from '@zebu/interfaces';
import type { Ensemble, ServerId } from '@zebu/protocol';
import { createQuorumVerifier } from './ensemble-verifier.ts';

/** An oracle has a say where two servers vote, each as much as the other. */
const hasOracle = ({ hierarchy }: Ensemble, { voters }: QuorumVerifier): boolean =>
  hierarchy === undefined && voters.size === 2;

/** As the ensemble counts; but `alone`, if it is one of two voters, is a quorum by itself. */
export function createOracleVerifier(ensemble: Ensemble, alone: ServerId | undefined): QuorumVerifier {
  const verifier = createQuorumVerifier(ensemble);
  if (alone === undefined || !hasOracle(ensemble, verifier) || !verifier.voters.has(alone)) return verifier;
  return new OracleVerifier(verifier, alone);
}

class OracleVerifier implements QuorumVerifier {
  readonly voters: ReadonlySet<ServerId>;
  readonly #verifier: QuorumVerifier;
  readonly #alone: ServerId;

  constructor(verifier: QuorumVerifier, alone: ServerId) {
    this.voters = verifier.voters;
    this.#verifier = verifier;
    this.#alone = alone;
  }

  containsQuorum(servers: ReadonlySet<ServerId>): boolean {
    return servers.has(this.#alone) || this.#verifier.containsQuorum(servers);
  }

  weightOf(server: ServerId): number {
    return this.#verifier.weightOf(server);
  }
}
