export { Learner } from './learner.ts';
export type { LearnerEffect, LearnerInput } from './messages.ts';
export type { LearnerDependencies, LearnerMasterAddress, LearnerOptions, LearnerState } from './setup.ts';
