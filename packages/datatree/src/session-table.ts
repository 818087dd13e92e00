// The sessions that txns have created and not yet closed (ZKDatabase.sessionsWithTimeouts); snapshots hold them.

import type { SessionId } from '@zebu/protocol';

export interface Sessions extends Iterable<readonly [SessionId, number]> {
  readonly size: number;
  has(sessionId: SessionId): boolean;
  /** Its timeout in milliseconds. */
  get(sessionId: SessionId): number | undefined;
}
