import { decodeCreateResponse } from '@zebu/jute';
import { ErrorCode, type ServerId } from '@zebu/protocol';
import type { RequestLimits, RequestThrottle } from '@zebu/requests';
import { describe, expect, it } from 'vitest';
import { TestLeader } from './support/test-server.ts';
import * as wire from './support/wire.ts';

const SELF = 1 as ServerId;

function limited(limits: Partial<RequestLimits>) {
  const leader = new TestLeader();
  const server = leader.serve(SELF, { limits });
  return { leader, server, client: server.connect(), other: server.connect() };
}

const writes = (count: number, prefix: string): wire.RequestBody[] =>
  Array.from({ length: count }, (_, index) => wire.create(`/${prefix}${index}`));

describe('globalOutstandingLimit', () => {
  it('counts over all connections: beyond it a connection that waits for an answer is read no further', () => {
    const { leader, server, client, other } = limited({ globalOutstandingLimit: 4 });
    client.request(...writes(4, 'a'));
    expect(client.paused).toBe(false);
    other.request(...writes(1, 'b'));
    expect(other.paused).toBe(true);
    // Nothing happened to it since the limit was passed.
    expect(client.paused).toBe(false);
    client.request(wire.exists('/a0'));
    expect(client.paused).toBe(true);
    expect(server.processor.outstandingCount).toBe(6);
    leader.commit(3);
    expect(client.paused).toBe(true);
    leader.commit(1);
    expect(client.paused).toBe(false);
  });

  it('lets everyone have one request under way, however many others have', () => {
    const { leader, client, other } = limited({ globalOutstandingLimit: 2 });
    client.request(...writes(4, 'a'));
    expect(client.paused).toBe(true);
    other.request(wire.exists('/'));
    expect(other.reply().error).toBe(ErrorCode.OK);
    expect(other.paused).toBe(false);
    other.request(wire.create('/b'));
    expect(other.paused).toBe(true);
    leader.commit();
    expect(other.paused).toBe(false);
    expect(client.paused).toBe(false);
  });
});

describe('large requests', () => {
  const limits = { largeRequestThresholdBytes: 100, largeRequestMaxBytes: 400 };
  const large = (path: string, length: number) => wire.create(path, { data: new Uint8Array(length) });

  it('are refused by closing the connection when too many of their bytes are in process', () => {
    const { leader, server, client, other } = limited(limits);
    client.request(large('/a', 200));
    other.request(wire.create('/small'));
    other.request(large('/b', 200));
    expect(other.closed).toBe(true);
    expect(client.closed).toBe(false);
    expect(server.complaints).toHaveLength(1);
    leader.commit();
    expect(client.reply().error).toBe(ErrorCode.OK);
    // The session lives; and what was answered or abandoned counts no more.
    expect(leader.sessions.has(other.sessionId)).toBe(true);
    client.request(large('/c', 300));
    expect(client.closed).toBe(false);
  });

  it('count no more when their connection is gone', () => {
    const { client, other } = limited(limits);
    client.request(large('/a', 300));
    client.disconnect();
    other.request(large('/b', 300));
    expect(other.closed).toBe(false);
  });
});

describe('answers that are much longer than what asks for them', () => {
  const LENGTH = 500_000;

  function withLargeZnode() {
    const { leader, server, client } = limited({});
    client.request(wire.create('/large', { data: new Uint8Array(LENGTH) }));
    leader.commit();
    client.replies();
    return { leader, server, client };
  }

  const many = Array.from({ length: 200 }, () => wire.getData('/large'));

  it('are given a few at a time, as fast as they leave, and everything in order', () => {
    const { leader, server, client } = withLargeZnode();
    client.drains = false;
    const xids = client.request(...many, wire.setData('/large', 'small'), wire.getData('/large'));
    const received: number[] = [];
    for (let first = client.xids(); first.length > 0; first = client.xids()) {
      received.push(...first);
      expect(first.length).toBeLessThan(6);
      expect(client.paused).toBe(received.length < xids.length);
      server.step({ type: 'drained', connection: client.connection });
      leader.commit();
    }
    expect(received).toEqual(xids);
    expect(client.paused).toBe(false);
  });

  it('wait for nothing when they are short', () => {
    const { client } = withLargeZnode();
    client.drains = false;
    expect(client.request(...many.map(() => wire.exists('/large')))).toEqual(client.xids());
    expect(client.paused).toBe(false);
  });

  it('are not given to a client that has hundreds of them wait for a write', () => {
    const { leader, client } = withLargeZnode();
    client.request(wire.create('/first'), ...many);
    leader.commit();
    expect(client.closed).toBe(true);
    expect(client.xids()).toEqual([]);
  });
});

describe('throttle', () => {
  const throttle: RequestThrottle = {
    maxRequestCount: 2,
    stallTimeMs: 100,
    dropStale: true,
    staleConnectionCheck: true,
    staleLatencyCheck: false,
    throttledOpWaitTimeMs: Number.POSITIVE_INFINITY,
  };
  const throttled = (changes: Partial<RequestThrottle> = {}) => limited({ throttle: { ...throttle, ...changes } });

  it('lets requests wait while too many are in process, in the order of their arrival', () => {
    const { leader, server, client, other } = throttled();
    client.request(...writes(3, 'a'));
    other.request(wire.exists('/a2'), wire.create('/b'));
    expect(server.processor.outstandingCount).toBe(2);
    expect(leader.uncommittedCount).toBe(2);
    expect(server.processor.nextWakeup()).toBe(100);
    leader.commit(1);
    expect(client.xids()).toEqual([1]);
    expect(leader.uncommittedCount).toBe(2);
    expect(other.replies()).toEqual([]);
    leader.commit(1);
    // The read came behind /a2 but belongs to another session, so it need not wait for the commit.
    expect(other.reply()).toMatchObject({ xid: 1, error: ErrorCode.NONODE });
    expect(leader.uncommittedCount).toBe(2);
    leader.commit();
    expect(client.xids()).toEqual([2, 3]);
    expect(other.xids()).toEqual([2]);
    expect(server.processor.nextWakeup()).toBeUndefined();
    expect(server.processor.outstandingCount).toBe(0);
  });

  it('answers pings at once', () => {
    const { client } = throttled();
    client.request(...writes(3, 'a'), wire.ping());
    expect(client.reply().error).toBe(ErrorCode.OK);
  });

  it('refuses what waited too long, in its turn and without doing it', () => {
    const { leader, server, client } = throttled({ throttledOpWaitTimeMs: 50 });
    client.request(...writes(2, 'a'));
    client.request(wire.create('/late'), wire.exists('/'), wire.closeSession());
    server.now = 51;
    leader.commit();
    const replies = client.replies().map(({ xid, error }) => [xid, error]);
    expect(replies).toEqual([
      [1, ErrorCode.OK],
      [2, ErrorCode.OK],
      [3, ErrorCode.THROTTLEDOP],
      [4, ErrorCode.THROTTLEDOP],
    ]);
    expect(server.tree.lookup('/late')).toBeUndefined();
    leader.commit();
    expect(client.reply()).toMatchObject({ xid: 5, error: ErrorCode.OK });
    expect(client.closed).toBe(true);
  });

  it('drops the requests of a connection that is gone', () => {
    const { leader, server, client, other } = throttled();
    other.request(...writes(2, 'b'));
    client.request(wire.create('/dropped'));
    client.disconnect();
    leader.commit();
    expect(server.tree.lookup('/dropped')).toBeUndefined();
    expect(other.xids()).toEqual([1, 2]);
    expect(leader.uncommittedCount).toBe(0);
  });

  it('closes the session of a client that asked for it and left', () => {
    const { leader, client, other } = throttled();
    other.request(...writes(2, 'b'));
    client.request(wire.closeSession());
    client.disconnect();
    leader.commit();
    leader.commit();
    expect(leader.sessions.has(client.sessionId)).toBe(false);
  });

  it('does the writes of a connection that is gone when that is not held against them', () => {
    const { leader, server, client, other } = throttled({ staleConnectionCheck: false });
    other.request(...writes(2, 'b'));
    client.request(wire.create('/kept'), wire.exists('/'));
    client.disconnect();
    leader.commit();
    leader.commit();
    expect(server.tree.lookup('/kept')).toBeDefined();
    expect(server.processor.outstandingCount).toBe(0);
  });

  it('does not do the write of a connection that is gone once its client is back, who might take it for the answer to another', () => {
    const { leader, server, client, other } = throttled({ staleConnectionCheck: false });
    other.request(...writes(2, 'b'));
    client.request(wire.create('/lost'));
    client.disconnect();
    const again = server.dial();
    again.send(wire.connectFrame({ sessionId: client.sessionId, password: client.password }));
    server.revalidate();
    again.connected();
    // It counts its xids anew.
    again.request(wire.create('/kept'));
    leader.commit();
    leader.commit();
    expect(server.tree.lookup('/lost')).toBeUndefined();
    expect(server.tree.lookup('/kept')).toBeDefined();
    expect(decodeCreateResponse(again.reply().body).path).toBe('/kept');
  });

  it('closes a connection whose request is older than its session timeout, when asked to, also while nothing is answered', () => {
    const { leader, server, client, other } = throttled({ staleLatencyCheck: true });
    other.request(...writes(2, 'b'));
    client.request(wire.create('/old'), wire.create('/next'));
    server.now = 10_000;
    server.step({ type: 'tick', late: false });
    expect(client.closed).toBe(false);
    expect(server.processor.nextWakeup()).toBe(10_100);
    server.now = 10_001;
    server.step({ type: 'tick', late: false });
    expect(client.closed).toBe(true);
    leader.commit();
    leader.commit();
    expect(server.tree.lookup('/old')).toBeUndefined();
    expect(server.tree.lookup('/next')).toBeUndefined();
    expect(server.processor.nextWakeup()).toBeUndefined();
  });

  it('counts against globalOutstandingLimit what waits', () => {
    const { leader, client, other } = limited({ throttle, globalOutstandingLimit: 3 });
    client.request(...writes(6, 'a'));
    expect(client.paused).toBe(true);
    other.request(wire.exists('/'));
    expect(other.paused).toBe(true);
    for (let round = 0; round < 4; round++) leader.commit();
    expect(client.paused).toBe(false);
    expect(other.paused).toBe(false);
  });
});
