export { AckTally } from './ack-tally.ts';
export { createQuorumVerifier } from './ensemble-verifier.ts';
export { createJointVerifier } from './joint-verifier.ts';
export { createMajorityVerifier } from './majority-verifier.ts';
export { Membership } from './membership.ts';
export { VoteTally } from './vote-tally.ts';
export { withoutCandidate } from './without-candidate.ts';
