export { Learner, type LearnerDependencies, type LearnerOptions, type LearnerState } from './learner.ts';
export type { FlushToken, LearnerEffect, LearnerInput } from './messages.ts';
