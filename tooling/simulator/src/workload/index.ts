export type { Workload } from './workload.ts';
export { createWorkload } from './workload.ts';
export type { WorkloadOptions } from './workload-options.ts';
export { drawWorkload } from './workload-options.ts';
