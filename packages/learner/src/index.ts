export { Learner } from './learner.ts';
export type { FlushToken, LearnerEffect, LearnerInput } from './messages.ts';
export type { LearnerDependencies, LearnerOptions, LearnerState } from './setup.ts';
