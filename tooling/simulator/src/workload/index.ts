export type { Workload } from './workload.ts';
export { createWorkload } from './workload.ts';
export type { SessionKind, WorkloadOptions } from './workload-options.ts';
export { DEFAULT_WORKLOAD, drawWorkload } from './workload-options.ts';
