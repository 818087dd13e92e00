export * from './jute.ts';
export type { MultiResult } from './multi.ts';
export * from './operations.ts';
export * from './raw-connection.ts';
export * from './raw-session.ts';
export * from './records.ts';
export * from './requests.ts';
