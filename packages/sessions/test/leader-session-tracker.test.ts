import { ErrorCode, type ServerId, type SessionId } from '@zebu/protocol';
import { LeaderSessionTracker, serverOfSession, SessionTracker } from '@zebu/sessions';
import { describe, expect, it } from 'vitest';

const LEADER = 3 as ServerId;
const FOLLOWER = 1 as ServerId;
const of = (server: ServerId, n: number) => ((BigInt(server) << 56n) | BigInt(n)) as SessionId;

function trackers(localSessionsEnabled: boolean) {
  const localSessions = localSessionsEnabled ? new SessionTracker({ tickMs: 100 }) : undefined;
  return { localSessions, sessions: new LeaderSessionTracker({ tickMs: 100, self: LEADER, localSessions }) };
}

describe('a leader without local sessions', () => {
  it('takes a session that it does not know for one that expired', () => {
    const { sessions } = trackers(false);
    expect(sessions.check(of(FOLLOWER, 1), FOLLOWER)).toBe(ErrorCode.SESSIONEXPIRED);
    expect(sessions.checkGlobal(of(FOLLOWER, 1), FOLLOWER)).toBe(ErrorCode.SESSIONEXPIRED);
  });

  it('knows who owns a global one', () => {
    const { sessions } = trackers(false);
    sessions.track(of(FOLLOWER, 1), 1000, 0);
    expect(sessions.check(of(FOLLOWER, 1), FOLLOWER)).toBe(ErrorCode.OK);
    expect(sessions.check(of(FOLLOWER, 1), LEADER)).toBe(ErrorCode.SESSIONMOVED);
  });
});

describe('a leader with local sessions', () => {
  it('takes the word of a learner for a session that the learner made', () => {
    const { sessions } = trackers(true);
    expect(sessions.check(of(FOLLOWER, 1), FOLLOWER)).toBe(ErrorCode.OK);
  });

  it('knows that a session which it made itself, and has no more, is over', () => {
    const { sessions } = trackers(true);
    expect(sessions.check(of(LEADER, 1), LEADER)).toBe(ErrorCode.SESSIONEXPIRED);
  });

  it('serves its own, and nobody else writes for them', () => {
    const { sessions, localSessions } = trackers(true);
    localSessions?.track(of(LEADER, 1), 1000, 0);
    expect(sessions.check(of(LEADER, 1), LEADER)).toBe(ErrorCode.OK);
    expect(sessions.check(of(LEADER, 1), FOLLOWER)).toBe(ErrorCode.SESSIONMOVED);
    localSessions?.setClosing(of(LEADER, 1));
    expect(sessions.check(of(LEADER, 1), LEADER)).toBe(ErrorCode.SESSIONEXPIRED);
  });

  it('gives ephemerals to global sessions alone, and tells its own why', () => {
    const { sessions, localSessions } = trackers(true);
    localSessions?.track(of(LEADER, 1), 1000, 0);
    expect(sessions.checkGlobal(of(LEADER, 1), LEADER)).toBe(ErrorCode.EPHEMERALONLOCALSESSION);
    expect(sessions.checkGlobal(of(FOLLOWER, 1), FOLLOWER)).toBe(ErrorCode.SESSIONEXPIRED);
    sessions.track(of(FOLLOWER, 1), 1000, 0);
    expect(sessions.checkGlobal(of(FOLLOWER, 1), FOLLOWER)).toBe(ErrorCode.OK);
  });
});

it('the server of a session is in the top byte of its id, also above 127', () => {
  expect([1, 127, 128, 255].map((id) => serverOfSession(BigInt.asIntN(64, BigInt(id) << 56n) as SessionId))).toEqual([
    1, 127, 128, 255,
  ]);
});
