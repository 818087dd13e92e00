export { createFastLeaderElection } from './fast-leader-election.ts';
export { type FastLeaderElectionOptions, fastLeaderElectionOptions } from './options.ts';
