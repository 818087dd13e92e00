// For tools that put real servers to the test: the same load, the same history of it, the same judges.

export type { Violation } from './checkers/checker.ts';
export { type ClientLimits, clientCheckers } from './checkers/clients/index.ts';
export type { ClientOutcome, HistoryEvent } from './history/event.ts';
export { saveHistory } from './history/history-file.ts';
export { History } from './history/history.ts';
export { createWorkload, type Workload, type WorkloadOptions } from './workload/index.ts';
export { RecordedClient } from './workload/recorded-client.ts';
export { ReplyZxids } from './workload/reply-zxids.ts';
export type { WorkloadWorld } from './workload/workload-world.ts';
export { recordSession } from './world/record-session.ts';
export { type ReplyHeader, replyHeaders } from './world/reply-headers.ts';
export { SeededRandom } from './world/seeded-random.ts';
export type { ClientSettings } from './world/world.ts';
