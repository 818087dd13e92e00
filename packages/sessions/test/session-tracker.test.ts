import { ErrorCode, type ServerId, type SessionId } from '@zebu/protocol';
import { SessionTracker } from '@zebu/sessions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const session = (id: number) => BigInt(id) as SessionId;
const server = (id: number) => id as ServerId;
const tracker = (tickMs = 100) => new SessionTracker({ tickMs });
const ALL = 1000;

describe('expiry', () => {
  it('comes at the first tick after the timeout (ExpiryQueue.roundToNextInterval)', () => {
    const sessions = tracker(100);
    sessions.track(session(1), 250, 1000); // 1250, so the tick that ends at 1300
    expect(sessions.nextExpiry()).toBe(1300);
    expect(sessions.expired(1299, ALL)).toEqual([]);
    expect(sessions.expired(1300, ALL)).toEqual([session(1)]);
  });

  it('gives a session whose timeout ends on a tick one tick more, as ZooKeeper does', () => {
    const sessions = tracker(100);
    sessions.track(session(1), 200, 1000);
    expect(sessions.nextExpiry()).toBe(1300);
  });

  it('is shown in sets of one tick each, by time, even while sessions move (ExpiryQueue.dump)', () => {
    const sessions = tracker(100);
    sessions.track(session(1), 500, 0);
    sessions.track(session(2), 100, 0);
    sessions.track(session(3), 150, 0);
    expect(sessions.expirySetCount).toBe(2);
    const sets = sessions.expirySets();
    expect(sets.next().value).toEqual({ expiresAt: 200, sessionIds: [session(2), session(3)] });
    sessions.touch(session(1), 500, 300);
    expect(sets.next().done).toBe(true); // its set is empty now, and the new one came too late
    expect([...sessions.expirySets()].at(-1)).toEqual({ expiresAt: 900, sessionIds: [session(1)] });
  });

  it('is moved by a touch', () => {
    const sessions = tracker(100);
    sessions.track(session(1), 200, 1000);
    expect(sessions.touch(session(1), 200, 1290)).toBe(true);
    expect(sessions.expired(1300, ALL)).toEqual([]);
    expect(sessions.expired(1500, ALL)).toEqual([session(1)]);
  });

  it('is moved forward by a touch with a shorter timeout', () => {
    const sessions = tracker(100);
    sessions.track(session(1), 10_000, 0);
    sessions.touch(session(1), 100, 0);
    expect(sessions.nextExpiry()).toBe(200);
  });

  it('hands out a session once, and it is closing from then on', () => {
    const sessions = tracker(100);
    sessions.track(session(1), 100, 0);
    expect(sessions.expired(1000, ALL)).toEqual([session(1)]);
    expect(sessions.expired(5000, ALL)).toEqual([]);
    expect(sessions.touch(session(1), 100, 1000)).toBe(false);
    expect(sessions.check(session(1), server(1))).toBe(ErrorCode.SESSIONEXPIRED);
    expect(sessions.has(session(1))).toBe(true); // until its CLOSE_SESSION is applied
  });

  it('is bounded per call, and says that more is due', () => {
    const sessions = tracker(100);
    for (let i = 0; i < 10; i++) sessions.track(session(i), 100, 0);
    expect(sessions.expired(1000, 4)).toEqual([0, 1, 2, 3].map(session));
    expect(sessions.nextExpiry()).toBe(200);
    expect(sessions.expired(1000, 4)).toEqual([4, 5, 6, 7].map(session));
    expect(sessions.expired(1000, 4)).toEqual([8, 9].map(session));
    expect(sessions.nextExpiry()).toBeUndefined();
  });

  it('is postponed by a stall, for sessions tracked before and after', () => {
    const sessions = tracker(100);
    sessions.track(session(1), 200, 0);
    sessions.postpone(5000);
    expect(sessions.nextExpiry()).toBe(5300);
    sessions.track(session(2), 200, 5000);
    expect(sessions.expired(5299, ALL)).toEqual([]);
    expect(sessions.expired(5300, ALL)).toEqual([session(1), session(2)]);
  });

  it('forgets a removed session, and tracks the same id anew', () => {
    const sessions = tracker(100);
    sessions.track(session(1), 100, 0);
    sessions.remove(session(1));
    expect(sessions.has(session(1))).toBe(false);
    expect(sessions.count).toBe(0);
    sessions.track(session(1), 5000, 0);
    expect(sessions.expired(1000, ALL)).toEqual([]);
    expect(sessions.timeoutOf(session(1))).toBe(5000);
  });

  it('spares a session whose end is decided already', () => {
    const sessions = tracker(100);
    sessions.track(session(1), 100, 0);
    sessions.setClosing(session(1));
    expect(sessions.nextExpiry()).toBeUndefined();
    expect(sessions.expired(1000, ALL)).toEqual([]);
  });

  it('leaves a tracked session its timeout when it is tracked again', () => {
    const sessions = tracker(100);
    sessions.track(session(1), 300, 0);
    sessions.track(session(1), 900, 0);
    expect(sessions.timeoutOf(session(1))).toBe(300);
    expect(sessions.nextExpiry()).toBe(1000);
    expect(sessions.count).toBe(1);
  });
});

describe('owners', () => {
  it('the first server that asks owns the session; another one gets SESSIONMOVED', () => {
    const sessions = tracker();
    sessions.track(session(1), 1000, 0);
    expect(sessions.check(session(1), server(1))).toBe(ErrorCode.OK);
    expect(sessions.check(session(1), server(2))).toBe(ErrorCode.SESSIONMOVED);
    expect(sessions.check(session(1), server(1))).toBe(ErrorCode.OK);
  });

  it('a session that moved is written through its new server alone', () => {
    const sessions = tracker();
    sessions.track(session(1), 1000, 0);
    sessions.check(session(1), server(1));
    expect(sessions.setOwner(session(1), server(2))).toBe(ErrorCode.OK);
    expect(sessions.check(session(1), server(2))).toBe(ErrorCode.OK);
    expect(sessions.check(session(1), server(1))).toBe(ErrorCode.SESSIONMOVED);
  });

  it('an unknown or closing session is expired', () => {
    const sessions = tracker();
    expect(sessions.check(session(1), server(1))).toBe(ErrorCode.UNKNOWNSESSION);
    expect(sessions.checkGlobal(session(1), server(1))).toBe(ErrorCode.SESSIONEXPIRED);
    expect(sessions.setOwner(session(1), server(1))).toBe(ErrorCode.SESSIONEXPIRED);
    expect(sessions.touch(session(1), 1000, 0)).toBe(false);
    sessions.track(session(1), 1000, 0);
    sessions.setClosing(session(1));
    expect(sessions.check(session(1), server(1))).toBe(ErrorCode.SESSIONEXPIRED);
    expect(sessions.checkGlobal(session(1), server(1))).toBe(ErrorCode.SESSIONEXPIRED);
    expect(sessions.setOwner(session(1), server(1))).toBe(ErrorCode.SESSIONEXPIRED);
  });

  it('an ephemeral is created through the owner alone, too', () => {
    const sessions = tracker();
    sessions.track(session(1), 1000, 0);
    expect(sessions.checkGlobal(session(1), server(1))).toBe(ErrorCode.OK);
    expect(sessions.checkGlobal(session(1), server(2))).toBe(ErrorCode.SESSIONMOVED);
  });
});

describe('against a slow model', () => {
  const TICK = 50;
  const id = fc.integer({ min: 0, max: 7 });
  const timeout = fc.integer({ min: 1, max: 600 });
  const op = fc.oneof(
    fc.record({ kind: fc.constant('track' as const), id, timeout }),
    fc.record({ kind: fc.constant('touch' as const), id, timeout }),
    fc.record({ kind: fc.constant('remove' as const), id }),
    fc.record({ kind: fc.constant('close' as const), id }),
    fc.record({ kind: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 400 }) }),
    fc.record({ kind: fc.constant('stall' as const), ticks: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ kind: fc.constant('expire' as const), limit: fc.integer({ min: 1, max: 3 }) }),
  );

  it('expires exactly the sessions whose rounded deadline has passed, earliest first', () => {
    fc.assert(
      fc.property(fc.array(op, { maxLength: 80 }), (ops) => {
        const sessions = tracker(TICK);
        const model = new Map<number, { deadline: number; closing: boolean }>();
        const roundUp = (time: number) => (Math.floor(time / TICK) + 1) * TICK;
        let now = 0;
        for (const step of ops) {
          switch (step.kind) {
            case 'track':
              sessions.track(session(step.id), step.timeout, now);
              if (model.get(step.id)?.closing !== true) {
                model.set(step.id, { deadline: roundUp(now + step.timeout), closing: false });
              }
              break;
            case 'touch': {
              const known = model.get(step.id);
              const alive = known !== undefined && !known.closing;
              expect(sessions.touch(session(step.id), step.timeout, now)).toBe(alive);
              if (alive) known.deadline = roundUp(now + step.timeout);
              break;
            }
            case 'remove':
              sessions.remove(session(step.id));
              model.delete(step.id);
              break;
            case 'close': {
              sessions.setClosing(session(step.id));
              const known = model.get(step.id);
              if (known !== undefined) known.closing = true;
              break;
            }
            case 'wait':
              now += step.ms;
              break;
            case 'stall':
              now += step.ticks * TICK;
              sessions.postpone(step.ticks * TICK);
              for (const known of model.values()) known.deadline += step.ticks * TICK;
              break;
            case 'expire': {
              const due = [...model].filter(([, known]) => !known.closing && known.deadline <= now);
              const expired = sessions.expired(now, step.limit).map(Number);
              expect(expired.length).toBe(Math.min(step.limit, due.length));
              const deadlines = expired.map((each) => model.get(each)?.deadline as number);
              expect(deadlines).toEqual([...deadlines].sort((a, b) => a - b));
              for (const each of expired) {
                expect(due.map(([key]) => key)).toContain(each);
                (model.get(each) as { closing: boolean }).closing = true;
              }
              break;
            }
          }
          const open = [...model.values()].filter((known) => !known.closing).map((known) => known.deadline);
          expect(sessions.nextExpiry()).toBe(open.length === 0 ? undefined : Math.min(...open));
          expect(sessions.count).toBe(model.size);
        }
      }),
      { seed: 20_251_123, numRuns: 300 },
    );
  });
});
