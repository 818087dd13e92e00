// The quorums of an ensemble, whichever way it counts.

import type { QuorumVerifier } from '@zebu/interfaces';
import type { Ensemble } from '@zebu/protocol';
import { HierarchicalVerifier } from './hierarchical-verifier.ts';
import { createMajorityVerifier } from './majority-verifier.ts';

/** By groups and weights if the ensemble has them, else by majority. */
export function createQuorumVerifier(ensemble: Ensemble): QuorumVerifier {
  const { hierarchy } = ensemble;
  return hierarchy === undefined ? createMajorityVerifier(ensemble) : new HierarchicalVerifier(ensemble, hierarchy);
}
