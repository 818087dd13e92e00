export { preferredElectionModule, preferredElectionModule as default } from './module.ts';
export { type PreferredElectionOptions, preferredElectionOptions } from './options.ts';
export { createPreferredElection } from './preferred-election.ts';
