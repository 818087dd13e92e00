// A server without a quorum (ReadOnlyZooKeeperServer, ReadOnlyRequestProcessor): who is let in, and what is answered.

import { AddWatchMode, ErrorCode, OPEN_ACL_UNSAFE, OpCode, type Zxid } from '@zebu/protocol';
import { DEFAULT_REQUEST_LIMITS, type RequestLimits } from '@zebu/requests';
import { sessionPassword, SessionTracker } from '@zebu/sessions';
import { describe, expect, it } from 'vitest';
import { type TestClient, TestLeader, type TestServer } from './support/test-server.ts';
import * as wire from './support/wire.ts';

interface World {
  readonly leader: TestLeader;
  /** Knows what the leader committed while it was there: /a, and the session of who made it. */
  readonly server: TestServer;
  readonly before: TestClient;
  readonly tracker: SessionTracker;
}

function world(options: { readonly local?: boolean; readonly limits?: Partial<RequestLimits> } = {}): World {
  const leader = new TestLeader();
  const tracker = new SessionTracker({ tickMs: 1000 });
  const localSessions = options.local === false ? {} : { localSessions: { tracker, upgradingEnabled: true } };
  const server = leader.serve(2 as never, {
    readOnly: true,
    limits: { ...DEFAULT_REQUEST_LIMITS, ...options.limits },
    ...localSessions,
  });
  const before = leader.serve().connect();
  before.request(wire.create('/a', { data: wire.text('x') }));
  leader.commit();
  return { leader, server, before, tracker };
}

function dial(server: TestServer, options: wire.ConnectOptions = {}): TestClient {
  const client = server.dial();
  client.send(wire.connectFrame({ readOnly: true, ...options }));
  return client;
}

function reader(server: TestServer, options: wire.ConnectOptions = {}): TestClient {
  const client = dial(server, options);
  expect(client.connected()).toMatchObject({ readOnly: true, timeoutMs: 10_000 });
  return client;
}

describe('who is let in', () => {
  it('a client that is content with reads, with a local session, and is told', () => {
    const { leader, server, tracker } = world();
    const client = reader(server);
    expect(client.sessionId).not.toBe(0n);
    expect(tracker.has(client.sessionId)).toBe(true);
    expect(leader.uncommittedCount).toBe(0);
  });

  it.each([
    ['says that it is not', false],
    ['is too old to say', undefined],
  ])('not one that %s', (_, readOnly) => {
    const { server, tracker } = world();
    const client = dial(server, { readOnly });
    expect([client.closed, client.replies(), tracker.count]).toEqual([true, [], 0]);
  });

  it('not one that has seen more', () => {
    const { server } = world();
    const ahead = (server.tree.lastProcessedZxid + 1n) as Zxid;
    const client = dial(server, { lastZxidSeen: ahead });
    expect([client.closed, client.replies()]).toEqual([true, []]);
    reader(server, { lastZxidSeen: server.tree.lastProcessedZxid });
  });

  it('not a global session, whose end is not told: its password does not matter', () => {
    const { leader, server, before } = world();
    for (const password of [before.password, new Uint8Array(16)]) {
      const client = dial(server, { sessionId: before.sessionId, password });
      expect([client.closed, client.replies()]).toEqual([true, []]);
    }
    expect([leader.sessions.has(before.sessionId), server.revalidations]).toEqual([true, []]);
  });

  it('a local session again, in the place of its connection before', () => {
    const { server } = world();
    const first = reader(server);
    const again = reader(server, { sessionId: first.sessionId, password: first.password });
    expect([again.sessionId, first.closed]).toEqual([first.sessionId, true]);
  });

  it('not with a wrong password, and not a session that nobody here knows: both have expired to their clients', () => {
    const { server } = world();
    const first = reader(server);
    for (const options of [
      { sessionId: first.sessionId, password: new Uint8Array(16) },
      { sessionId: 77n as never, password: sessionPassword(77n as never) },
    ]) {
      const client = dial(server, options);
      expect(client.connected()).toMatchObject({ timeoutMs: 0, sessionId: 0n, readOnly: true });
      expect(client.closed).toBe(true);
    }
    expect(server.revalidations).toEqual([]);
  });
});

describe('where all sessions are global', () => {
  it('no new one can be had: the client is sent away without an answer', () => {
    const { leader, server } = world({ local: false });
    const client = dial(server);
    expect([client.closed, client.replies(), leader.uncommittedCount]).toEqual([true, [], 0]);
  });

  it('one that nobody here knows may read, is never named to a leader, and cannot be ended', () => {
    const { leader, server } = world({ local: false });
    const client = reader(server, { sessionId: 77n as never, password: sessionPassword(77n as never) });
    expect(client.sessionId).toBe(77n);
    client.request(wire.exists('/a'), wire.closeSession(), wire.exists('/a'));
    expect(client.replies().map(({ error }) => error)).toEqual([0, ErrorCode.NOTREADONLY, 0]);
    expect(server.processor.takeTouchedSessions(10)).toEqual([]);
    expect([client.closed, leader.uncommittedCount, server.revalidations]).toEqual([false, 0, []]);
  });
});

const writes: Readonly<Record<string, wire.RequestBody>> = {
  create: wire.create('/b'),
  create2: wire.create2('/b'),
  createContainer: wire.createContainer('/b'),
  createTTL: wire.createTtl('/b', 1000n),
  delete: wire.remove('/a'),
  deleteContainer: wire.deleteContainer('/a'),
  setData: wire.setData('/a', 'y'),
  setACL: wire.setAcl('/a', OPEN_ACL_UNSAFE),
  sync: wire.sync('/a'),
  reconfig: wire.reconfig(),
  multi: wire.multi([{ type: 'delete', path: '/a', version: -1 }]),
  'a multi that only checks': wire.multi([{ type: 'check', path: '/a', version: 0 }]),
  'an empty multi': wire.multi([]),
  'a create that nobody can read': { type: OpCode.CREATE, payload: new Uint8Array([1]) },
};

const reads: Readonly<Record<string, wire.RequestBody>> = {
  exists: wire.exists('/a', true),
  getData: wire.getData('/a'),
  getACL: wire.getAcl('/a'),
  getChildren: wire.getChildren('/'),
  getChildren2: wire.getChildren2('/'),
  multiRead: wire.multiRead([{ type: 'getData', path: '/a' }]),
  getEphemerals: wire.getEphemerals('/'),
  getAllChildrenNumber: wire.getAllChildrenNumber('/'),
  addWatch: wire.addWatch('/a', AddWatchMode.PERSISTENT),
  setWatches: wire.setWatches({ relativeZxid: 0x1_0000_0002n as Zxid, dataWatches: ['/a'] }),
  setWatches2: wire.setWatches2({ relativeZxid: 0x1_0000_0002n as Zxid, persistentWatches: ['/a'] }),
  whoAmI: wire.whoAmI(),
};

describe('what is answered', () => {
  it.each(Object.keys(writes))('%s: NOTREADONLY, with the zxid of the tree and no body', (name) => {
    const { leader, server } = world();
    const client = reader(server);
    const { treeDigest } = server.tree;
    client.request(writes[name] as wire.RequestBody);
    const reply = client.reply();
    expect(reply).toMatchObject({ xid: 1, error: ErrorCode.NOTREADONLY, zxid: server.tree.lastProcessedZxid });
    expect([reply.body.remaining, client.closed]).toEqual([0, false]);
    expect([leader.uncommittedCount, server.syncIds, server.tree.treeDigest]).toEqual([0, [], treeDigest]);
  });

  it.each(Object.keys(reads))('%s: as ever', (name) => {
    const { server } = world();
    const client = reader(server);
    client.request(reads[name] as wire.RequestBody);
    expect(client.reply()).toMatchObject({ xid: 1, error: ErrorCode.OK });
  });

  it('a ping, and who the client is', () => {
    const { server } = world();
    const client = reader(server);
    client.send(wire.requestFrame(-2, wire.ping()));
    expect(client.reply()).toMatchObject({ xid: -2, error: ErrorCode.OK });
    client.send(wire.requestFrame(-4, wire.auth('digest', 'ann:secret')));
    expect(client.reply()).toMatchObject({ xid: -4, error: ErrorCode.OK });
    client.request(wire.create('/b'));
    expect(client.reply()).toMatchObject({ error: ErrorCode.NOTREADONLY });
  });

  it('reads and refusals in their order', () => {
    const { server } = world();
    const client = reader(server);
    const all = [...Object.values(reads), ...Object.values(writes), ...Object.values(reads)];
    const xids = client.request(...all);
    expect(client.xids()).toEqual(xids);
  });

  it('refusals that waited for their turn, too', () => {
    const throttle = {
      maxRequestCount: 1,
      stallTimeMs: 5,
      dropStale: false,
      staleLatencyCheck: false,
      staleConnectionCheck: false,
      throttledOpWaitTimeMs: Number.POSITIVE_INFINITY,
    };
    const { server } = world({ limits: { throttle } });
    const client = reader(server);
    client.request(wire.create('/b'), wire.exists('/a'), wire.setData('/a', 'y'), wire.sync('/'));
    for (let tick = 0; tick < 10; tick++) {
      server.now += 5;
      server.tickWhileDue();
    }
    const { NOTREADONLY, OK } = ErrorCode;
    expect(client.replies().map(({ error }) => error)).toEqual([NOTREADONLY, OK, NOTREADONLY, NOTREADONLY]);
  });

  it('an unknown type: UNIMPLEMENTED, then the end', () => {
    const { server } = world();
    const client = reader(server);
    client.request({ type: OpCode.CHECK, payload: new Uint8Array(0) });
    expect(client.reply()).toMatchObject({ error: ErrorCode.UNIMPLEMENTED });
    expect(client.closed).toBe(true);
  });
});

describe('how a session ends', () => {
  it('by its client, here alone', () => {
    const { leader, server, tracker } = world();
    const client = reader(server);
    client.request(wire.exists('/a'), wire.closeSession());
    expect(client.replies().map(({ error }) => error)).toEqual([ErrorCode.OK, ErrorCode.OK]);
    expect([client.closed, tracker.count, leader.uncommittedCount]).toEqual([true, 0, 0]);
  });

  it('by its time, unless its client is heard', () => {
    const { server, tracker } = world();
    const [silent, heard] = [reader(server), reader(server)];
    for (let second = 1; second <= 12; second++) {
      server.now = second * 1000;
      heard.send(wire.requestFrame(-2, wire.ping()));
      server.step({ type: 'tick', late: false });
    }
    expect([silent.closed, heard.closed, tracker.count]).toEqual([true, false, 1]);
  });

  it('with the server: its connection is closed, its watches are gone', () => {
    const { server } = world();
    const client = reader(server);
    client.request(wire.getData('/a', true));
    expect(server.tree.watchCount).toBe(1);
    server.step({ type: 'stop' });
    expect([client.closed, server.tree.watchCount]).toEqual([true, 0]);
  });
});

describe('when the server has a quorum again', () => {
  it('a client that has seen what the quorum did without is let in, once all before is applied; one that has seen this epoch is not', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const dialWith = (lastZxidSeen: bigint): TestClient =>
      dial(server, { readOnly: false, lastZxidSeen: lastZxidSeen as Zxid });
    expect(dialWith(0x1_0000_0007n).closed).toBe(true);
    server.step({ type: 'epochBegan', epoch: 2 as never });
    expect(dialWith(0x1_0000_0007n).closed).toBe(false);
    expect(dialWith(0x2_0000_0001n).closed).toBe(true);
  });

  it('not while commits of before are on their way into the tree', () => {
    const leader = new TestLeader();
    const server = leader.serve(1 as never);
    const writer = leader.serve(2 as never).connect();
    writer.request(...Array.from({ length: 5000 }, (_, n) => wire.create(`/n${n}`)));
    leader.commit();
    server.step({ type: 'epochBegan', epoch: 2 as never });
    expect(server.processor.nextWakeup()).toBeDefined();
    const early = dial(server, { readOnly: false, lastZxidSeen: 0x1_0000_ffffn as Zxid });
    expect(early.closed).toBe(true);
    server.tickWhileDue();
    expect(dial(server, { readOnly: false, lastZxidSeen: 0x1_0000_ffffn as Zxid }).closed).toBe(false);
  });
});
