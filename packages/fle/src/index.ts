export { createFastLeaderElection } from './fast-leader-election.ts';
export { fastLeaderElectionModule, fastLeaderElectionModule as default } from './module.ts';
export { type FastLeaderElectionOptions, fastLeaderElectionOptions } from './options.ts';
