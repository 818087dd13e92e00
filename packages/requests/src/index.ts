export { BufferStatistics } from './buffer-statistics.ts';
export { ConnectionThrottle, type ConnectionThrottleOptions, type SessionWeights } from './connection-throttle.ts';
export type { LocalSessionOptions } from './local-sessions.ts';
export type { RequestEffect, RequestInput } from './request-messages.ts';
export { DEFAULT_PREP_OPTIONS, type PrepOptions } from './prep-options.ts';
export { PrepProcessor, type PrepProcessorOptions } from './prep-processor.ts';
export { DEFAULT_REQUEST_LIMITS, type RequestLimits, type RequestThrottle } from './request-limits.ts';
export { RequestProcessor, type RequestProcessorOptions } from './request-processor.ts';
export type { PrepTree, ServedTree } from './tree-views.ts';
