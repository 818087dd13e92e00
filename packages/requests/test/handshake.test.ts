import { decodeCreateResponse, decodeGetDataResponse } from '@zebu/jute';
import { type Epoch, ErrorCode, makeZxid, type ServerId, type SessionId } from '@zebu/protocol';
import { sessionPassword } from '@zebu/sessions';
import { describe, expect, it } from 'vitest';
import { TestLeader } from './support/test-server.ts';
import * as wire from './support/wire.ts';

describe('a new session', () => {
  it('is created by a txn, and the client hears of it when that is committed', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const client = server.dial();
    client.send(wire.connectFrame({ readOnly: false }));
    expect(client.replies()).toEqual([]);
    leader.commit();
    const { sessionId, timeoutMs, password, protocolVersion } = client.connected();
    expect(BigInt.asUintN(64, sessionId) >> 56n).toBe(1n);
    expect(timeoutMs).toBe(10_000);
    expect(protocolVersion).toBe(0);
    expect(password).toEqual(sessionPassword(sessionId));
    expect(server.tree.sessions.get(sessionId)).toBe(10_000);
    expect(leader.sessions.has(sessionId)).toBe(true);
  });

  it.each([
    [1, 4000],
    [-5, 4000],
    [7000, 7000],
    [9_999_999, 40_000],
  ])('asking for %i ms gets %i ms', (timeoutMs, negotiated) => {
    const leader = new TestLeader();
    const client = leader.serve().dial();
    client.send(wire.connectFrame({ timeoutMs }));
    leader.commit();
    expect(client.connected().timeoutMs).toBe(negotiated);
  });

  it('is answered with the readOnly byte to clients that sent it, and without to old clients', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    for (const readOnly of [undefined, false, true]) {
      const client = server.dial();
      client.send(wire.connectFrame({ readOnly }));
      leader.commit();
      expect(client.connected().readOnly).toBe(readOnly === undefined ? undefined : false);
    }
  });

  it('gets an id that no session has', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const ids = [server.connect(), server.connect(), server.connect()].map(({ sessionId }) => sessionId);
    expect(new Set(ids).size).toBe(3);
    // The same clock again, as after a restart with a clock that went back.
    const again = leader.serve();
    again.tree.apply = server.tree.apply.bind(server.tree);
    Object.defineProperty(again.tree, 'sessions', { value: server.tree.sessions });
    const client = again.dial();
    client.send(wire.connectFrame());
    leader.commit();
    expect(ids).not.toContain(client.connected().sessionId);
  });

  it('outlives a client that left before it was created', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const client = server.dial();
    client.send(wire.connectFrame());
    client.disconnect();
    leader.commit();
    expect(server.tree.sessions.size).toBe(1);
    expect(server.processor.outstandingCount).toBe(0);
  });

  it('holds back what the client sent too early, pauses it, and goes on in order (Java sends its watches at once)', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const client = server.dial();
    client.send(wire.concat(wire.connectFrame(), wire.requestFrame(1, wire.create('/early'))));
    expect(client.paused).toBe(true);
    client.send(wire.requestFrame(2, wire.getData('/early')));
    leader.commit();
    expect(client.paused).toBe(false);
    client.connected();
    leader.commit();
    expect(client.xids()).toEqual([1, 2]);
  });

  it('is refused to a client that floods before it is there', () => {
    const leader = new TestLeader();
    const client = leader.serve().dial();
    client.send(wire.connectFrame());
    client.send(new Uint8Array(5 * 1024 * 1024));
    expect(client.closed).toBe(true);
  });
});

describe('a client that has seen more than the server', () => {
  it('is closed without an answer, so that it tries another server', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    server.connect(); // zxid 0x100000001
    const ahead = server.dial();
    ahead.send(wire.connectFrame({ lastZxidSeen: makeZxid(1 as Epoch, 2) }));
    expect(ahead.closed).toBe(true);
    expect(ahead.replies()).toEqual([]);
    const level = server.dial();
    level.send(wire.connectFrame({ lastZxidSeen: makeZxid(1 as Epoch, 1) }));
    expect(level.closed).toBe(false);
  });
});

describe('coming back to a session', () => {
  it('needs the leader to say that it is alive', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const first = server.connect();
    first.disconnect();
    const second = server.dial();
    second.send(wire.connectFrame({ sessionId: first.sessionId, password: first.password, timeoutMs: 6000 }));
    expect(server.revalidations).toMatchObject([{ sessionId: first.sessionId, timeoutMs: 6000 }]);
    expect(second.replies()).toEqual([]);
    server.revalidate();
    expect(second.connected()).toMatchObject({
      sessionId: first.sessionId,
      timeoutMs: 6000,
      password: first.password,
    });
    second.request(wire.exists('/'));
    expect(second.reply().error).toBe(ErrorCode.OK);
  });

  it('with a wrong password gets session 0 and is closed, and disturbs nobody', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const owner = server.connect();
    const thief = server.dial();
    thief.send(wire.connectFrame({ sessionId: owner.sessionId, password: new Uint8Array(16), readOnly: false }));
    expect(thief.connected()).toEqual({
      protocolVersion: 0,
      timeoutMs: 0,
      sessionId: 0n,
      password: new Uint8Array(16),
      readOnly: false,
    });
    expect(thief.closed).toBe(true);
    expect(owner.closed).toBe(false);
    expect(server.revalidations).toEqual([]);
    owner.request(wire.exists('/'));
    expect(owner.reply().error).toBe(ErrorCode.OK);
  });

  it('after it has expired gets session 0 and is closed', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const first = server.connect();
    first.disconnect();
    leader.expire(first.sessionId, 0);
    leader.commit();
    const second = server.dial();
    second.send(wire.connectFrame({ sessionId: first.sessionId, password: first.password }));
    server.revalidate();
    expect(second.connected()).toMatchObject({ sessionId: 0n, timeoutMs: 0 });
    expect(second.closed).toBe(true);
  });

  it('closes the connection that had it on the same server', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const first = server.connect();
    const second = server.dial();
    second.send(wire.connectFrame({ sessionId: first.sessionId, password: first.password }));
    expect(first.closed).toBe(true);
    server.revalidate();
    expect(second.connected().sessionId).toBe(first.sessionId);
    expect(server.processor.connectionCount).toBe(1);
  });

  it('twice at once is won by the last', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const first = server.connect();
    first.disconnect();
    const [second, third] = [server.dial(), server.dial()];
    for (const client of [second, third]) {
      client.send(wire.connectFrame({ sessionId: first.sessionId, password: first.password }));
    }
    expect(second.closed).toBe(true);
    server.revalidate(); // two answers, one connection
    expect(third.connected().sessionId).toBe(first.sessionId);
    expect(second.replies()).toEqual([]);
  });

  it('on another server takes it there: a write through the old one closes that connection without an answer', () => {
    const leader = new TestLeader();
    const [old, next] = [leader.serve(1 as ServerId), leader.serve(2 as ServerId)];
    const first = old.connect();
    const second = next.dial();
    second.send(wire.connectFrame({ sessionId: first.sessionId, password: first.password }));
    next.revalidate();
    expect(second.connected().sessionId).toBe(first.sessionId);
    first.request(wire.create('/moved'));
    leader.commit();
    expect(first.closed).toBe(true);
    expect(first.replies()).toEqual([]);
    second.request(wire.create('/moved'));
    leader.commit();
    expect(second.reply().error).toBe(ErrorCode.OK);
  });

  it('sees what was committed meanwhile, and its old writes are not answered twice', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const first = server.connect();
    first.request(wire.create('/a', { data: wire.text('1') }), wire.getData('/a'));
    const second = server.dial();
    second.send(wire.connectFrame({ sessionId: first.sessionId, password: first.password }));
    server.revalidate();
    second.connected();
    // Behind the write of the lost connection.
    second.request(wire.getData('/a'));
    expect(second.replies()).toEqual([]);
    leader.commit();
    const reply = second.reply();
    expect(reply.xid).toBe(1);
    expect(decodeGetDataResponse(reply.body).data).toEqual(wire.text('1'));
    expect(first.replies()).toEqual([]);
    expect(server.processor.outstandingCount).toBe(0);
  });

  it('does not wait for what the lost connection still wanted', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const first = server.connect();
    first.request(wire.sync('/'), wire.create('/lost'), wire.exists('/'));
    const second = server.dial();
    second.send(wire.connectFrame({ sessionId: first.sessionId, password: first.password }));
    server.revalidate();
    second.connected();
    second.request(wire.exists('/'), wire.create('/kept'));
    expect(second.xids()).toEqual([1]);
    server.confirmSyncs();
    leader.commit();
    expect(second.xids()).toEqual([2]);
    second.request(wire.exists('/lost'));
    expect(second.reply().error).toBe(ErrorCode.NONODE);
  });

  it.each([
    ['another cxid', 2, wire.create('/old')],
    ['another type', 1, wire.setData('/', 'old')],
    ['the same cxid and type (kazoo counts anew after a reconnect)', 1, wire.create('/old')],
  ])('does not take the commit of a request to its last server for an answer: %s', (_, xid, request) => {
    const leader = new TestLeader();
    const [old, next] = [leader.serve(1 as ServerId), leader.serve(2 as ServerId)];
    const first = old.connect();
    first.request(request);
    const second = next.dial();
    second.send(wire.connectFrame({ sessionId: first.sessionId, password: first.password }));
    next.revalidate();
    second.connected();
    second.send(wire.requestFrame(xid, wire.create('/new')));
    leader.commit(1);
    expect(second.replies()).toEqual([]);
    leader.commit(1);
    expect(decodeCreateResponse(second.reply().body).path).toBe('/new');
  });

  it('ignores an answer that nobody waits for', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const client = server.connect();
    for (const sessionId of [client.sessionId, 42n as SessionId]) {
      expect(server.step({ type: 'revalidated', sessionId, timeoutMs: 4000, valid: false })).toEqual([]);
    }
    expect(client.closed).toBe(false);
  });
});

describe('a connect request of another form', () => {
  const ints = (...words: number[]) => wire.encoded((out) => words.forEach((word) => out.writeInt(word)));
  /** protocolVersion, lastZxidSeen, timeOut, sessionId, passwd, and what follows. */
  const request = (timeoutMs: number, password: readonly number[], ...rest: number[]) =>
    wire.frame(wire.concat(ints(0, 0, 0, timeoutMs, 0, 0, ...password), new Uint8Array(rest)));

  it.each([
    ['no password at all', request(5000, [-1], 0), false],
    ['an empty password', request(5000, [0], 0), false],
    ['a short password', request(5000, [4, 7], 0), false],
    ['a long password', request(5000, [20, 1, 2, 3, 4, 5], 0), false],
    ['a true that is not 1', request(5000, [-1], 7), false],
    ['bytes behind it', request(5000, [-1], 0, 1, 2, 3), false],
    ['no readOnly flag, as clients before 3.4 send it', request(5000, [-1]), undefined],
  ])('%s: a new session all the same', (_, frame, readOnly) => {
    const leader = new TestLeader();
    const server = leader.serve();
    const client = server.dial();
    client.send(frame);
    leader.commit();
    const { sessionId, timeoutMs, password, ...response } = client.connected();
    expect(timeoutMs).toBe(5000);
    expect(password).toEqual(sessionPassword(sessionId));
    expect(response.readOnly).toBe(readOnly);
  });

  it.each([
    ['no password', null],
    ['an empty one', new Uint8Array(0)],
    ['half of the right one', 'half'],
    ['more than the right one', 'more'],
  ] as const)('with %s takes up no session', (_, form) => {
    const leader = new TestLeader();
    const server = leader.serve();
    const owner = server.connect();
    const right = owner.password;
    const password =
      form === 'half' ? right.subarray(0, 8) : form === 'more' ? wire.concat(right, new Uint8Array(1)) : form;
    const thief = server.dial();
    thief.send(wire.connectFrame({ sessionId: owner.sessionId, password, readOnly: false }));
    expect(thief.connected()).toMatchObject({ sessionId: 0n, timeoutMs: 0, password: new Uint8Array(16) });
    expect(thief.closed).toBe(true);
    expect(owner.closed).toBe(false);
  });

  it.each([
    [0, 4000],
    [-2_147_483_648, 4000],
    [2_147_483_647, 40_000],
  ])('that asks for %i ms gets %i ms, also when it takes up a session', (timeoutMs, negotiated) => {
    const leader = new TestLeader();
    const server = leader.serve();
    const first = server.connect({ timeoutMs });
    const second = server.dial();
    second.send(wire.connectFrame({ sessionId: first.sessionId, password: first.password, timeoutMs }));
    expect(server.revalidations).toMatchObject([{ timeoutMs: negotiated }]);
    server.revalidate();
    expect(second.connected().timeoutMs).toBe(negotiated);
    expect(server.tree.sessions.get(first.sessionId)).toBe(negotiated);
  });

  it('for the session that expires while its client comes back is refused', () => {
    const leader = new TestLeader();
    const server = leader.serve();
    const first = server.connect();
    first.disconnect();
    const second = server.dial();
    second.send(wire.connectFrame({ sessionId: first.sessionId, password: first.password, readOnly: false }));
    leader.expire(first.sessionId, 0);
    leader.commit();
    expect(second.connected()).toMatchObject({ sessionId: 0n, timeoutMs: 0 });
    expect(second.closed).toBe(true);
  });
});

describe('a connect request that is none', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['half of one', wire.connectFrame().subarray(4, 20)],
    [
      'a password of absurd length',
      wire.encoded((out) => [0, 0, 0, 0, 0, 0, 0x7fffffff].map((word) => out.writeInt(word))),
    ],
  ])('%s closes the connection', (_, body) => {
    const leader = new TestLeader();
    const server = leader.serve();
    const client = server.dial();
    client.send(wire.frame(body));
    expect(client.closed).toBe(true);
    expect(client.replies()).toEqual([]);
    expect(server.complaints).toHaveLength(1);
  });
});
