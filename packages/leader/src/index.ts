export { CommittedLog, type CommittedLogLimits } from './committed-log.ts';
export { Leader, type LeaderDependencies, type LeaderHistory, type LeaderOptions } from './leader.ts';
export type { FlushToken, LeaderEffect, LeaderInput } from './messages.ts';
