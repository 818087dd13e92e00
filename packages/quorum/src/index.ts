export { AckTally } from './ack-tally.ts';
export { createMajorityVerifier } from './majority-verifier.ts';
export { VoteTally } from './vote-tally.ts';
