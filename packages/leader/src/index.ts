export { CommittedLog, type CommittedLogLimits } from './committed-log.ts';
export { Leader } from './leader.ts';
export type { LeaderEffect, LeaderInput } from './messages.ts';
export type { LeaderDependencies, LeaderHistory, LeaderOptions } from './setup.ts';
