export { CommittedLog, type CommittedLogLimits } from './committed-log.ts';
export { Leader } from './leader.ts';
export type { LeaderEffect, LeaderInput, ObserverMasterEffect, ObserverMasterInput, Revalidation } from './messages.ts';
export { ObserverMaster } from './observer-master.ts';
export type {
  LeaderDependencies,
  LeaderHistory,
  LeaderOptions,
  LearnerMasterOptions,
  ObserverMasterDependencies,
  SyncLimits,
} from './setup.ts';
