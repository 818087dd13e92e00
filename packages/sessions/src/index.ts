export { type SessionTrackerOptions, SessionTracker } from './session-tracker.ts';
export { type LeaderSessionTrackerOptions, LeaderSessionTracker } from './leader-session-tracker.ts';
export { SessionIdGenerator, serverOfSession } from './session-id-generator.ts';
export { SESSION_PASSWORD_BYTES, isSessionPassword, sessionPassword } from './session-password.ts';
export { SessionTable } from './session-table.ts';
