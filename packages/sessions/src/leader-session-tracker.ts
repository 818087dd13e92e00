// The leader's table of global sessions, where local ones are about as well (ZooKeeper's LeaderSessionTracker). A local session is known to
// its own server alone, so the leader takes the word of the server that forwards a write for it.

import { ErrorCode, type ServerId, type SessionId } from '@zebu/protocol';
import { SessionTracker, type SessionTrackerOptions } from './session-tracker.ts';
import { serverOfSession } from './session-id-generator.ts';

export interface LeaderSessionTrackerOptions extends SessionTrackerOptions {
  readonly self: ServerId;
  /** The leader's own local sessions; undefined while localSessionsEnabled is off. */
  readonly localSessions: Pick<SessionTracker, 'check' | 'has'> | undefined;
}

export class LeaderSessionTracker extends SessionTracker {
  readonly #self: ServerId;
  readonly #localSessions: Pick<SessionTracker, 'check' | 'has'> | undefined;

  constructor(options: LeaderSessionTrackerOptions) {
    super(options);
    this.#self = options.self;
    this.#localSessions = options.localSessions;
  }

  override check(sessionId: SessionId, owner: ServerId): ErrorCode {
    const answer = super.check(sessionId, owner);
    if (answer !== ErrorCode.UNKNOWNSESSION) return answer;
    if (this.#localSessions === undefined) return ErrorCode.SESSIONEXPIRED;
    const ofLeader = this.#localSessions.check(sessionId, owner);
    if (ofLeader !== ErrorCode.UNKNOWNSESSION) return ofLeader;
    // One that was made here and is not here any more is over; any other may be a local session of the server that asks.
    return serverOfSession(sessionId) === this.#self ? ErrorCode.SESSIONEXPIRED : ErrorCode.OK;
  }

  /** A local session of the leader's own says so; those of learners are told by their servers, which know better. */
  override checkGlobal(sessionId: SessionId, owner: ServerId): ErrorCode {
    const answer = super.checkGlobal(sessionId, owner);
    const isLocal = answer === ErrorCode.SESSIONEXPIRED && owner === this.#self && this.#localSessions?.has(sessionId);
    return isLocal === true ? ErrorCode.EPHEMERALONLOCALSESSION : answer;
  }
}
