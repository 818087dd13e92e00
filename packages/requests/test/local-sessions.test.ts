import { CreateMode, ErrorCode, OpCode, type ServerId } from '@zebu/protocol';
import type { RequestLimits, RequestThrottle } from '@zebu/requests';
import { LeaderSessionTracker, SessionTracker } from '@zebu/sessions';
import { describe, expect, it } from 'vitest';
import { type TestClient, TestLeader, type TestServer } from './support/test-server.ts';
import { testAuthentication } from './support/test-authentication.ts';
import * as wire from './support/wire.ts';
import { decodeMultiResponse } from '@zebu/jute';

const LEADER = 3 as ServerId;
const FOLLOWER = 1 as ServerId;
const EPHEMERAL = { flags: CreateMode.EPHEMERAL };

interface World {
  readonly leader: TestLeader;
  /** Of the leader's own clients. */
  readonly onLeader: TestServer;
  readonly onFollower: TestServer;
}

function world(upgradingEnabled: boolean, limits: Partial<RequestLimits> = {}): World {
  const ofLeader = new SessionTracker({ tickMs: 1000 });
  const leader = new TestLeader(
    {},
    testAuthentication,
    new LeaderSessionTracker({ tickMs: 1000, self: LEADER, localSessions: ofLeader }),
  );
  const ofFollower = new SessionTracker({ tickMs: 1000 });
  return {
    leader,
    onLeader: leader.serve(LEADER, { limits, localSessions: { tracker: ofLeader, upgradingEnabled } }),
    onFollower: leader.serve(FOLLOWER, { limits, localSessions: { tracker: ofFollower, upgradingEnabled } }),
  };
}

/** A client with a session that no txn has told of. */
function local(server: TestServer, options: wire.ConnectOptions = {}): TestClient {
  const client = server.dial();
  client.send(wire.connectFrame(options));
  client.connected();
  return client;
}

const comeBack = (server: TestServer, before: TestClient): TestClient => {
  const client = server.dial();
  client.send(wire.connectFrame({ sessionId: before.sessionId, password: before.password }));
  return client;
};

const everywhere = ['onLeader', 'onFollower'] as const;

describe.each(everywhere)('a local session %s', (where) => {
  it('is there at once, without a txn', () => {
    const { leader, [where]: server } = world(true);
    const client = local(server);
    expect(client.sessionId).not.toBe(0n);
    expect(leader.uncommittedCount).toBe(0);
    expect(leader.tree.sessions.size).toBe(0);
    client.request(wire.exists('/'));
    expect(client.reply().error).toBe(ErrorCode.OK);
  });

  it('is what its client did last, as cons shows it', () => {
    const { leader, [where]: server } = world(true);
    const writer = local(server);
    writer.request(wire.create('/a'));
    leader.commit();
    server.now = 30;
    const { sessionId } = local(server);
    const views = [...server.processor.connectionViews()].filter((view) => view.sessionId === sessionId);
    expect(server.tree.lastProcessedZxid).toBeGreaterThan(0n);
    expect(views.map(({ activity }) => activity)).toMatchObject([
      { lastOperation: 'SESS', lastCxid: 0, lastZxid: server.tree.lastProcessedZxid, lastResponseAt: 30 },
    ]);
  });

  it('writes all that is not ephemeral, and stays local', () => {
    const { leader, [where]: server } = world(true);
    const client = local(server);
    client.request(
      wire.create('/a'),
      wire.setData('/a', 'x'),
      wire.multi([{ type: 'check', path: '/a', version: 1 }]),
      wire.remove('/a'),
    );
    leader.commit();
    expect(client.replies().map(({ error }) => error)).toEqual([0, 0, 0, 0]);
    expect(leader.tree.sessions.size).toBe(0);
  });

  it('ends when its client says so, after what it asked for before, and without a txn', () => {
    const { leader, [where]: server } = world(true);
    const client = local(server);
    client.request(wire.create('/last'), wire.closeSession());
    expect(client.closed).toBe(false);
    leader.commit();
    expect(client.replies().map(({ xid, error }) => [xid, error])).toEqual([
      [1, ErrorCode.OK],
      [2, ErrorCode.OK],
    ]);
    expect(client.closed).toBe(true);
    expect(leader.uncommittedCount).toBe(0);
    const again = comeBack(server, client);
    server.revalidate();
    expect(again.connected().sessionId).toBe(0n);
  });

  it('expires here: the connection closes, and the session is gone', () => {
    const { leader, [where]: server } = world(true);
    const [silent, alive] = [local(server, { timeoutMs: 4000 }), local(server, { timeoutMs: 4000 })];
    server.now = 3000;
    alive.send(wire.requestFrame(-2, wire.ping()));
    server.now = 5000;
    server.step({ type: 'tick', late: false });
    expect([silent.closed, alive.closed]).toEqual([true, false]);
    expect(leader.uncommittedCount).toBe(0);
    expect(server.processor.expiredLocalSessionCount).toBe(1);
    const again = comeBack(server, silent);
    server.revalidate();
    expect(again.connected().sessionId).toBe(0n);
  });

  it('waits for its client to come back to this server', () => {
    const { [where]: server } = world(true);
    const client = local(server);
    client.disconnect();
    const again = comeBack(server, client);
    expect(again.connected()).toMatchObject({ sessionId: client.sessionId, timeoutMs: 10_000 });
    expect(server.revalidations).toEqual([]);
  });

  it('is not told to the leader when its client is heard', () => {
    const { [where]: server } = world(true);
    const client = local(server);
    client.request(wire.exists('/'));
    expect(server.processor.takeTouchedSessions(9)).toEqual([]);
  });

  it('becomes global by its first ephemeral, which is created', () => {
    const { leader, [where]: server } = world(true);
    const client = local(server);
    client.request(wire.create('/e', EPHEMERAL));
    expect(leader.uncommittedCount).toBe(2); // createSession, create
    leader.commit();
    expect(client.reply()).toMatchObject({ xid: 1, error: ErrorCode.OK });
    expect(leader.tree.sessions.get(client.sessionId)).toBe(10_000);
    expect(server.processor.takeTouchedSessions(9)).toMatchObject([{ sessionId: client.sessionId }]);
    client.request(wire.closeSession());
    expect(leader.uncommittedCount).toBe(1);
    leader.commit();
    expect(client.closed).toBe(true);
    expect(leader.tree.nodeCount).toBe(new TestLeader().tree.nodeCount);
  });

  it('becomes global once, by an ephemeral in a multi, with all that follows in order', () => {
    const { leader, [where]: server } = world(true);
    const client = local(server);
    const acl = [{ permissions: 31, scheme: 'world', id: 'anyone' }];
    const data = wire.text('');
    client.request(
      wire.multi([
        { type: 'create', path: '/p', data, acl, flags: 0 },
        { type: 'create2', path: '/p/e', data, acl, flags: CreateMode.EPHEMERAL_SEQUENTIAL },
      ]),
      wire.create('/f', EPHEMERAL),
      wire.exists('/f'),
    );
    expect(leader.uncommittedCount).toBe(3);
    leader.commit();
    expect(client.replies().map(({ xid, error }) => [xid, error])).toEqual([
      [1, 0],
      [2, 0],
      [3, 0],
    ]);
  });

  it('is the same session to a client that comes back while it becomes global', () => {
    const { leader, [where]: server } = world(true);
    const client = local(server);
    client.request(wire.create('/e', EPHEMERAL));
    client.disconnect();
    const again = comeBack(server, client);
    server.revalidate();
    expect(again.connected().sessionId).toBe(client.sessionId);
    leader.commit();
    again.request(wire.create('/f', EPHEMERAL));
    leader.commit();
    expect(again.reply().error).toBe(ErrorCode.OK);
  });

  it('does not become global by an ephemeral that cannot be read', () => {
    const { leader, [where]: server } = world(true);
    const client = local(server);
    const { type, payload } = wire.create('/e', EPHEMERAL);
    client.request({ type, payload: payload.subarray(0, -2) });
    leader.commit();
    expect(client.reply().error).toBe(ErrorCode.MARSHALLINGERROR);
    expect(leader.tree.sessions.size).toBe(0);
  });

  it('does not become global, nor hear of it, by a multi with a mode that is none', () => {
    for (const upgradingEnabled of [true, false]) {
      const { leader, [where]: server } = world(upgradingEnabled);
      const client = local(server);
      const acl = [{ permissions: 31, scheme: 'world', id: 'anyone' }];
      client.request(
        wire.multi([
          { type: 'create', path: '/e', data: null, acl, flags: CreateMode.EPHEMERAL },
          { type: 'create', path: '/x', data: null, acl, flags: 77 },
        ]),
      );
      leader.commit();
      expect(client.reply().error).toBe(ErrorCode.MARSHALLINGERROR);
      expect(leader.tree.sessions.size).toBe(0);
    }
  });

  it('does not become global by a container with the mode of an ephemeral, which is refused', () => {
    for (const upgradingEnabled of [true, false]) {
      const { leader, [where]: server } = world(upgradingEnabled);
      const client = local(server);
      const { payload } = wire.create('/c', EPHEMERAL);
      client.request({ type: OpCode.CREATE_CONTAINER, payload });
      leader.commit();
      expect(client.reply().error).toBe(ErrorCode.SESSIONEXPIRED);
      expect(leader.tree.sessions.size).toBe(0);
    }
  });

  it('may not own an ephemeral where upgrading is off', () => {
    const { leader, [where]: server } = world(false);
    const client = local(server);
    client.request(wire.create('/e', EPHEMERAL), wire.create2('/e', EPHEMERAL), wire.create('/plain'));
    leader.commit();
    expect(client.replies().map(({ error }) => error)).toEqual([
      ErrorCode.EPHEMERALONLOCALSESSION,
      ErrorCode.EPHEMERALONLOCALSESSION,
      ErrorCode.OK,
    ]);
    expect(leader.tree.sessions.size).toBe(0);
  });
});

describe('an ephemeral in a multi of a local session that may not become global', () => {
  // FinalRequestProcessor takes the learner's own exception for a lone request, and what the leader said for a multi.
  it.each([
    ['onLeader', ErrorCode.EPHEMERALONLOCALSESSION],
    ['onFollower', ErrorCode.SESSIONEXPIRED],
  ] as const)('fails with what the leader knows: %s', (where, error) => {
    const { leader, [where]: server } = world(false);
    const client = local(server);
    const acl = [{ permissions: 31, scheme: 'world', id: 'anyone' }];
    client.request(
      wire.multi([
        { type: 'check', path: '/', version: -1 },
        { type: 'create', path: '/e', data: null, acl, flags: CreateMode.EPHEMERAL },
      ]),
    );
    leader.commit();
    const results = decodeMultiResponse(client.reply().body);
    expect(results).toEqual([
      { type: 'error', error: ErrorCode.OK },
      { type: 'error', error },
    ]);
  });
});

describe('a local session on another server than its own', () => {
  it('has expired', () => {
    const { onFollower, onLeader } = world(true);
    const client = local(onFollower);
    const elsewhere = comeBack(onLeader, client);
    onLeader.revalidate();
    expect(elsewhere.connected().sessionId).toBe(0n);
    expect(elsewhere.closed).toBe(true);
  });

  it('is taken up once it is global, and its old server knows it as global', () => {
    const { leader, onFollower, onLeader } = world(true);
    const client = local(onFollower);
    client.request(wire.create('/e', EPHEMERAL));
    leader.commit();
    client.reply();
    const elsewhere = comeBack(onLeader, client);
    onLeader.revalidate();
    expect(elsewhere.connected().sessionId).toBe(client.sessionId);
    client.request(wire.create('/moved'));
    leader.commit();
    expect(client.closed).toBe(true);
  });
});

it('a session that becomes global is not expired by the server that began it', () => {
  const { leader, onFollower } = world(true);
  const client = local(onFollower, { timeoutMs: 4000 });
  client.request(wire.create('/e', EPHEMERAL));
  leader.commit();
  onFollower.now = 1_000_000;
  onFollower.step({ type: 'tick', late: false });
  expect(client.closed).toBe(false);
});

it('an ephemeral behind a sync makes the session global ahead of it', () => {
  const { leader, onFollower } = world(true);
  const client = local(onFollower);
  client.request(wire.sync('/'), wire.create('/e', EPHEMERAL), wire.closeSession());
  leader.commit();
  onFollower.confirmSyncs();
  leader.commit();
  expect(client.xids()).toEqual([1, 2, 3]);
  expect(leader.tree.sessions.size).toBe(0);
  expect(leader.tree.lookup('/e')).toBeUndefined();
});

describe('a local session whose client leaves while its request waits to be begun', () => {
  const throttle: RequestThrottle = {
    maxRequestCount: 1,
    stallTimeMs: 100,
    dropStale: false,
    staleConnectionCheck: false,
    staleLatencyCheck: false,
    throttledOpWaitTimeMs: Number.POSITIVE_INFINITY,
  };

  it('ends without a txn if it asked for that', () => {
    const { leader, onFollower } = world(true, { throttle });
    const [other, client] = [local(onFollower), local(onFollower)];
    other.request(wire.create('/a'));
    client.request(wire.closeSession());
    client.disconnect();
    leader.commit();
    expect(leader.uncommittedCount).toBe(0);
    const again = comeBack(onFollower, client);
    onFollower.revalidate();
    expect(again.connected().sessionId).toBe(0n);
  });

  it('becomes global by its first ephemeral', () => {
    const { leader, onFollower } = world(true, { throttle });
    const [other, client] = [local(onFollower), local(onFollower)];
    other.request(wire.create('/a'));
    client.request(wire.create('/e', EPHEMERAL));
    client.disconnect();
    leader.commit();
    leader.commit();
    expect(leader.tree.sessions.has(client.sessionId)).toBe(true);
    expect(leader.tree.lookup('/e')).toBeDefined();
  });
});
