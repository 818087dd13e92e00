import {
  decodeCreate2Response,
  decodeCreateResponse,
  decodeExistsResponse,
  decodeGetAclResponse,
  decodeGetChildren2Response,
  decodeGetChildrenResponse,
  decodeGetDataResponse,
  decodeMultiResponse,
  decodeSetAclResponse,
  decodeSetDataResponse,
  JuteWriter,
} from '@zebu/jute';
import { CreateMode, ErrorCode, OPEN_ACL_UNSAFE, OpCode, type ServerId, Xid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type TestClient, TestLeader } from './support/test-server.ts';
import * as wire from './support/wire.ts';

function serverWithClient() {
  const leader = new TestLeader();
  const server = leader.serve();
  const client = server.connect();
  /** Sends one request, commits, returns the reply. */
  const ask = (request: wire.RequestBody, by: TestClient = client): wire.Reply => {
    by.request(request);
    leader.commit();
    return by.reply();
  };
  return { leader, server, client, ask };
}

describe('replies', () => {
  it('create tells the path, create2 the Stat too', () => {
    const { ask } = serverWithClient();
    expect(decodeCreateResponse(ask(wire.create('/a')).body)).toEqual({ path: '/a' });
    const reply = ask(wire.create2('/a/b', { data: wire.text('four') }));
    const { path, stat } = decodeCreate2Response(reply.body);
    expect(path).toBe('/a/b');
    expect(stat).toMatchObject({ czxid: reply.zxid, mzxid: reply.zxid, version: 0, dataLength: 4, numChildren: 0 });
  });

  it('sequential names count the creations in the parent, also across deletions', () => {
    const { ask } = serverWithClient();
    ask(wire.create('/s'));
    const flags = CreateMode.PERSISTENT_SEQUENTIAL;
    const next = () => decodeCreateResponse(ask(wire.create('/s/n-', { flags })).body).path;
    expect(next()).toBe('/s/n-0000000000');
    expect(next()).toBe('/s/n-0000000001');
    ask(wire.remove('/s/n-0000000001'));
    expect(next()).toBe('/s/n-0000000002');
    ask(wire.create('/s/plain'));
    expect(decodeCreateResponse(ask(wire.create('/s/', { flags })).body).path).toBe('/s/0000000004');
  });

  it('setData tells the Stat as of its txn, not of a later one in the same batch', () => {
    const { leader, client, ask } = serverWithClient();
    ask(wire.create('/a'));
    client.request(wire.setData('/a', '1'), wire.setData('/a', '22'));
    leader.commit();
    const stats = client.replies().map((reply) => decodeSetDataResponse(reply.body).stat);
    expect(stats.map(({ version, dataLength }) => [version, dataLength])).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  it('reads tell data, Stat and children', () => {
    const { ask } = serverWithClient();
    ask(wire.create('/a', { data: wire.text('x') }));
    ask(wire.create('/a/b', { data: null }));
    expect(decodeGetDataResponse(ask(wire.getData('/a')).body).data).toEqual(wire.text('x'));
    expect(decodeExistsResponse(ask(wire.exists('/a')).body).stat).toMatchObject({ numChildren: 1, cversion: 1 });
    expect(decodeGetChildrenResponse(ask(wire.getChildren('/a')).body)).toEqual({ children: ['b'] });
    expect(decodeGetChildren2Response(ask(wire.getChildren2('/a')).body)).toMatchObject({
      children: ['b'],
      stat: { numChildren: 1 },
    });
    expect(decodeGetAclResponse(ask(wire.getAcl('/a')).body)).toMatchObject({ acl: OPEN_ACL_UNSAFE });
  });

  it('reads of what is not there say NONODE, and exists of a path with NUL BADARGUMENTS', () => {
    const { ask } = serverWithClient();
    for (const read of [wire.getData, wire.exists, wire.getChildren, wire.getChildren2, wire.getAcl]) {
      expect(ask(read('/none')).error).toBe(ErrorCode.NONODE);
    }
    expect(ask(wire.exists('/no\0ne')).error).toBe(ErrorCode.BADARGUMENTS);
  });

  it('a refused write has a zxid of its own', () => {
    const { ask } = serverWithClient();
    const first = ask(wire.create('/a'));
    const second = ask(wire.create('/a'));
    expect(second).toMatchObject({ error: ErrorCode.NODEEXISTS, zxid: first.zxid + 1n });
    expect(second.body.remaining).toBe(0);
    expect(ask(wire.create('/b')).zxid).toBe(first.zxid + 2n);
  });

  it('ping is answered at once, also past pending writes', () => {
    const { client } = serverWithClient();
    client.request(wire.create('/a'), wire.ping());
    expect(client.reply()).toMatchObject({ xid: Xid.PING, error: ErrorCode.OK });
  });

  it('a multi answers each of its operations', () => {
    const { ask } = serverWithClient();
    const reply = ask(
      wire.multi([
        { type: 'create', path: '/a', data: null, acl: OPEN_ACL_UNSAFE, flags: 0 },
        { type: 'create2', path: '/a/b-', data: wire.text('12'), acl: OPEN_ACL_UNSAFE, flags: 2 },
        { type: 'setData', path: '/a', data: wire.text('123'), version: 0 },
        { type: 'check', path: '/a', version: 1 },
        { type: 'delete', path: '/a/b-0000000000', version: 0 },
      ]),
    );
    expect(reply.error).toBe(ErrorCode.OK);
    expect(decodeMultiResponse(reply.body)).toMatchObject([
      { type: 'create', path: '/a' },
      { type: 'create2', path: '/a/b-0000000000', stat: { dataLength: 2, czxid: reply.zxid } },
      { type: 'setData', stat: { version: 1, dataLength: 3, mzxid: reply.zxid } },
      { type: 'check' },
      { type: 'delete' },
    ]);
  });

  it('a multi that fails changes nothing, and tells which operation is to blame', () => {
    const { ask, server } = serverWithClient();
    const digest = server.tree.treeDigest;
    const reply = ask(
      wire.multi([
        { type: 'create', path: '/a', data: null, acl: OPEN_ACL_UNSAFE, flags: 0 },
        { type: 'delete', path: '/none', version: -1 },
        { type: 'create', path: '/b', data: null, acl: OPEN_ACL_UNSAFE, flags: 0 },
      ]),
    );
    expect(reply.error).toBe(ErrorCode.OK);
    expect(decodeMultiResponse(reply.body)).toEqual([
      { type: 'error', error: ErrorCode.OK },
      { type: 'error', error: ErrorCode.NONODE },
      { type: 'error', error: ErrorCode.RUNTIMEINCONSISTENCY },
    ]);
    expect(server.tree.treeDigest).toBe(digest);
    expect(ask(wire.exists('/a')).error).toBe(ErrorCode.NONODE);
  });

  it('an empty multi has no results', () => {
    const { ask } = serverWithClient();
    expect(decodeMultiResponse(ask(wire.multi([])).body)).toEqual([]);
  });
});

describe('closing a session', () => {
  it('is answered, then the connection closes; its ephemeral znodes are gone', () => {
    const { leader, server, client, ask } = serverWithClient();
    const other = server.connect();
    ask(wire.create('/e', { flags: CreateMode.EPHEMERAL }));
    other.request(wire.exists('/e', true));
    other.replies();
    client.request(wire.closeSession());
    expect(client.closed).toBe(false);
    leader.commit();
    expect(client.reply()).toMatchObject({ xid: 2, error: ErrorCode.OK });
    expect(client.closed).toBe(true);
    expect(other.events()).toMatchObject([{ path: '/e' }]);
    expect(server.tree.ephemeralsCount).toBe(0);
    expect(leader.sessions.has(client.sessionId)).toBe(false);
  });

  it('by expiry closes the connection, whatever is pending, and takes outstanding ephemerals along', () => {
    const { leader, server, client } = serverWithClient();
    client.request(wire.create('/e', { flags: CreateMode.EPHEMERAL }), wire.getData('/e'));
    leader.expire(client.sessionId, 0);
    client.request(wire.create('/late'));
    leader.commit();
    expect(client.closed).toBe(true);
    // What was committed before the expiry is answered; the rest is not.
    expect(client.xids()).toEqual([1, 2]);
    expect(server.tree.ephemeralsCount).toBe(0);
    expect(server.processor.outstandingCount).toBe(0);
    expect(server.processor.connectionCount).toBe(0);
  });

  it('while it is being taken up again refuses the session', () => {
    const { leader, server, client } = serverWithClient();
    client.disconnect();
    const again = server.dial();
    again.send(wire.connectFrame({ sessionId: client.sessionId, password: client.password }));
    leader.expire(client.sessionId, 0);
    leader.commit();
    expect(again.connected().sessionId).toBe(0n);
    expect(again.closed).toBe(true);
  });

  it('nothing after it is read', () => {
    const { leader, client } = serverWithClient();
    client.request(wire.closeSession(), wire.exists('/'));
    leader.commit();
    expect(client.xids()).toEqual([1]);
  });

  it('on another server is only applied', () => {
    const leader = new TestLeader();
    const [first, second] = [leader.serve(1 as ServerId), leader.serve(2 as ServerId)];
    const client = first.connect();
    const other = second.connect();
    client.request(wire.closeSession());
    leader.commit();
    expect(client.closed).toBe(true);
    expect(other.closed).toBe(false);
    expect(second.tree.sessions.size).toBe(1);
  });
});

describe('permissions', () => {
  const acl = (permissions: number) => [
    { permissions, scheme: 'world', id: 'anyone' },
    { permissions: 31, scheme: 'digest', id: 'ann:hash=' },
  ];

  it('a read without READ is refused, and leaves no watch', () => {
    const { ask, server } = serverWithClient();
    ask(wire.create('/locked', { acl: acl(0) }));
    for (const read of [wire.getData, wire.exists, wire.getChildren, wire.getChildren2]) {
      expect(ask(read('/locked', true)).error).toBe(ErrorCode.NOAUTH);
    }
    expect(ask(wire.getAcl('/locked')).error).toBe(ErrorCode.NOAUTH);
    expect(server.tree.watchCount).toBe(0);
  });

  it('getACL shows digests to those with ADMIN alone', () => {
    const { ask } = serverWithClient();
    ask(wire.create('/read', { acl: acl(1) }));
    ask(wire.create('/admin', { acl: acl(16) }));
    const ids = (path: string) => decodeGetAclResponse(ask(wire.getAcl(path)).body).acl.map(({ id }) => id);
    expect(ids('/read')).toEqual(['anyone', 'ann:x']);
    expect(ids('/admin')).toEqual(['anyone', 'ann:hash=']);
    expect(decodeGetAclResponse(ask(wire.getAcl('/read')).body).stat.aversion).toBe(0);
  });

  it('setACL changes them and tells the Stat', () => {
    const { ask } = serverWithClient();
    ask(wire.create('/a'));
    const reply = ask(wire.setAcl('/a', acl(1), 0));
    expect(decodeSetAclResponse(reply.body).stat).toMatchObject({ aversion: 1, version: 0 });
    expect(ask(wire.setData('/a', 'x')).error).toBe(ErrorCode.NOAUTH);
    expect(ask(wire.setAcl('/a', OPEN_ACL_UNSAFE)).error).toBe(ErrorCode.NOAUTH);
  });

  it('an address is an identity', () => {
    const { leader, server, ask } = serverWithClient();
    const near = server.dial('10.1.2.3:4000');
    near.send(wire.connectFrame());
    leader.commit();
    near.connected();
    ask(wire.create('/net', { acl: [{ permissions: 31, scheme: 'ip', id: '10.1.0.0/16' }] }));
    expect(ask(wire.getData('/net')).error).toBe(ErrorCode.NOAUTH);
    expect(ask(wire.getData('/net'), near).error).toBe(ErrorCode.OK);
    expect(ask(wire.setData('/net', 'x'), near).error).toBe(ErrorCode.OK);
  });
});

describe('what is not served', () => {
  const empty = new Uint8Array(0);

  it.each([
    OpCode.NOTIFICATION,
    OpCode.CHECK,
    OpCode.DELETE_CONTAINER,
    OpCode.CREATE_SESSION,
    OpCode.ERROR,
    10,
    999,
    -77,
  ])("type %i is nobody's: UNIMPLEMENTED, then the connection closes and the session lives", (type) => {
    const { leader, server, client } = serverWithClient();
    client.request({ type, payload: empty }, wire.exists('/'));
    expect(client.reply()).toMatchObject({ xid: 1, error: ErrorCode.UNIMPLEMENTED });
    expect(client.closed).toBe(true);
    expect(leader.sessions.has(client.sessionId)).toBe(true);
    const again = server.dial();
    again.send(wire.connectFrame({ sessionId: client.sessionId, password: client.password }));
    server.revalidate();
    expect(again.connected().sessionId).toBe(client.sessionId);
  });

  it('an unknown type behind a write waits for its turn', () => {
    const { leader, client } = serverWithClient();
    client.request(wire.create('/a'), { type: 999, payload: empty }, wire.exists('/a'));
    expect(client.closed).toBe(false);
    leader.commit();
    expect(client.xids()).toEqual([1, 2]);
    expect(client.closed).toBe(true);
  });
});

describe('malformed requests', () => {
  const truncated = ({ type, payload }: wire.RequestBody): wire.RequestBody => ({
    type,
    payload: payload.subarray(0, payload.length - 1),
  });

  it.each([
    ['create', truncated(wire.create('/a'))],
    ['delete', truncated(wire.remove('/a'))],
    ['setData', truncated(wire.setData('/a', 'x'))],
    ['setACL', truncated(wire.setAcl('/a', OPEN_ACL_UNSAFE))],
    ['multi', truncated(wire.multi([{ type: 'check', path: '/', version: -1 }]))],
    ['getData', truncated(wire.getData('/'))],
    ['exists', truncated(wire.exists('/'))],
    ['getChildren', truncated(wire.getChildren('/'))],
    ['getChildren2', truncated(wire.getChildren2('/'))],
    ['getACL', truncated(wire.getAcl('/'))],
    ['setWatches', truncated(wire.setWatches({}))],
    ['a null path', { type: OpCode.GET_DATA, payload: new Uint8Array([0xff, 0xff, 0xff, 0xff, 0]) }],
    ['a null path to write', { type: OpCode.DELETE, payload: new Uint8Array([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]) }],
    ['bad UTF-8', { type: OpCode.GET_DATA, payload: new Uint8Array([0, 0, 0, 2, 0x2f, 0xff, 0]) }],
  ])('%s gets MARSHALLINGERROR, in its turn, and the connection stays', (_, request) => {
    const { client, ask } = serverWithClient();
    expect(ask(request)).toMatchObject({ xid: 1, error: ErrorCode.MARSHALLINGERROR });
    expect(client.closed).toBe(false);
    expect(ask(wire.exists('/')).error).toBe(ErrorCode.OK);
  });

  it('a malformed sync gets MARSHALLINGERROR once it is confirmed', () => {
    const { server, client } = serverWithClient();
    client.request({ type: OpCode.SYNC, payload: new Uint8Array(2) });
    server.confirmSyncs();
    expect(client.reply().error).toBe(ErrorCode.MARSHALLINGERROR);
  });

  it('no path at all is BADARGUMENTS where ZooKeeper validates it first, and MARSHALLINGERROR in a multi', () => {
    const { ask } = serverWithClient();
    const pathless = (record: string) => new Uint8Array(Buffer.from(`ffffffff${record}`, 'hex'));
    const setData = pathless('ffffffff00000000');
    expect(ask({ type: OpCode.SET_DATA, payload: setData }).error).toBe(ErrorCode.BADARGUMENTS);
    const setAcl = pathless('0000000000000000');
    expect(ask({ type: OpCode.SET_ACL, payload: setAcl }).error).toBe(ErrorCode.BADARGUMENTS);
    const header = (type: number, done: boolean) =>
      wire.encoded((writer) => {
        writer.writeInt(type);
        writer.writeBool(done);
        writer.writeInt(-1);
      });
    const multi = wire.concat(header(OpCode.SET_DATA, false), setData, header(-1, true));
    expect(ask({ type: OpCode.MULTI, payload: multi }).error).toBe(ErrorCode.MARSHALLINGERROR);
  });

  it('a creation without a path hears of its flags first', () => {
    const { ask } = serverWithClient();
    const withFlags = (flags: number) => {
      const bytes = Buffer.from(`ffffffffffffffff00000000${flags.toString(16).padStart(8, '0')}`, 'hex');
      return ask({ type: OpCode.CREATE, payload: new Uint8Array(bytes) }).error;
    };
    expect(withFlags(9)).toBe(ErrorCode.BADARGUMENTS);
    expect(withFlags(0)).toBe(ErrorCode.MARSHALLINGERROR);
  });

  it('a create mode that is none: BADARGUMENTS alone, MARSHALLINGERROR in a multi, as ZooKeeper has it', () => {
    const { ask } = serverWithClient();
    expect(ask(wire.create('/a', { flags: 9 })).error).toBe(ErrorCode.BADARGUMENTS);
    const operation = { type: 'create', path: '/a', data: null, acl: OPEN_ACL_UNSAFE, flags: 9 } as const;
    expect(ask(wire.multi([operation])).error).toBe(ErrorCode.MARSHALLINGERROR);
  });

  it.each([
    ['no header', wire.frame(new Uint8Array(7))],
    ['an empty frame', wire.frame(new Uint8Array(0))],
    ['a negative length', new Uint8Array([0xff, 0xff, 0xff, 0xfe, 1, 2, 3, 4])],
    ['a length beyond the frames', new Uint8Array([0, 0, 1, 0, 1, 2, 3, 4])],
    ['half a length', new Uint8Array([0, 0])],
  ])('%s closes the connection and the session lives', (_, bytes) => {
    const { leader, server, client } = serverWithClient();
    client.send(bytes);
    expect(client.closed).toBe(true);
    expect(server.complaints).toHaveLength(1);
    expect(leader.sessions.has(client.sessionId)).toBe(true);
  });

  it('an oversized request, of which only the header came, is answered in its turn, then the connection closes', () => {
    const { leader, client } = serverWithClient();
    const header = wire.encoded((writer) => {
      for (const each of [2_000_000, 9, OpCode.SET_DATA]) writer.writeInt(each);
    });
    client.request(wire.create('/a'));
    client.send(header);
    expect(client.closed).toBe(false);
    leader.commit();
    expect(client.replies().map(({ xid, error }) => [xid, error])).toEqual([
      [1, ErrorCode.OK],
      [9, ErrorCode.CONNECTIONLOSS],
    ]);
    expect(client.closed).toBe(true);
    expect(leader.sessions.has(client.sessionId)).toBe(true);
  });

  it('an oversized connect request closes the connection', () => {
    const { server } = serverWithClient();
    const stranger = server.dial();
    stranger.send(wire.encoded((writer) => [2_000_000, 0, 0].forEach((each) => writer.writeInt(each))));
    expect(stranger.closed).toBe(true);
    expect(stranger.replies()).toEqual([]);
  });

  it('what came before a malformed frame is answered', () => {
    const { client } = serverWithClient();
    client.send(wire.concat(wire.requestFrame(1, wire.exists('/')), new Uint8Array([0xff, 0xff, 0xff, 0xff])));
    expect(client.xids()).toEqual([1]);
    expect(client.closed).toBe(true);
  });
});

describe('flow', () => {
  it('tells whom it heard from since the last time', () => {
    const { server, client } = serverWithClient();
    const other = server.connect();
    server.processor.takeTouchedSessions(9);
    expect(server.processor.takeTouchedSessions(9)).toEqual([]);
    client.request(wire.ping());
    client.request(wire.exists('/'));
    expect(server.processor.takeTouchedSessions(9)).toEqual([{ sessionId: client.sessionId, timeoutMs: 10_000 }]);
    other.request(wire.exists('/'));
    expect(server.processor.takeTouchedSessions(9)).toEqual([{ sessionId: other.sessionId, timeoutMs: 10_000 }]);
    for (const each of [other, client]) each.request(wire.ping());
    const [first, second] = [server.processor.takeTouchedSessions(1), server.processor.takeTouchedSessions(1)];
    expect([...first, ...second].map(({ sessionId }) => sessionId)).toEqual([other.sessionId, client.sessionId]);
  });

  it('counts connections, packets and latency for the management view', () => {
    const { leader, server, client } = serverWithClient();
    const { statistics } = server.processor;
    expect(statistics.latency.view()).toEqual({ minimum: 0, average: 0, maximum: 0 });
    client.request(wire.exists('/'), wire.create('/a'));
    server.now = 30;
    leader.commit();
    expect(statistics.latency.view()).toEqual({ minimum: 0, average: 10, maximum: 30 });
    expect([...server.processor.connectionViews()]).toEqual([
      {
        remoteAddress: '127.0.0.1:5000',
        sessionId: client.sessionId,
        sessionTimeoutMs: 10_000,
        queuedCount: 0,
        receivedCount: 3,
        sentCount: 3,
        activity: {
          establishedAt: 0,
          lastOperation: 'CREA',
          lastCxid: 2,
          lastZxid: server.tree.lastProcessedZxid,
          lastResponseAt: 30,
          lastLatencyMs: 30,
          latencyMs: { minimum: 0, average: 10, maximum: 30 },
        },
      },
    ]);
    expect(statistics.receivedCount).toBe(3);
    expect(statistics.sentCount).toBe(3);
    expect(server.processor.connectionCount).toBe(1);
  });

  it('frames of a connection that is gone, and a second goodbye, are ignored', () => {
    const { server, client } = serverWithClient();
    client.disconnect();
    const { connection } = client;
    expect(server.step({ type: 'frames', connection, frames: wire.requestFrame(1, wire.ping()) })).toEqual([]);
    expect(server.step({ type: 'disconnected', connection })).toEqual([]);
  });

  it('stop closes every connection and leaves no watch; what was outstanding stays unanswered', () => {
    const { server, client } = serverWithClient();
    const waiting = server.dial();
    waiting.send(wire.connectFrame());
    client.request(wire.getChildren('/', true), wire.create('/a'), wire.sync('/'));
    client.replies();
    server.step({ type: 'stop' });
    expect([client.closed, waiting.closed]).toEqual([true, true]);
    expect(client.replies()).toEqual([]);
    expect(server.tree.watchCount).toBe(0);
    expect(server.processor.outstandingCount).toBe(0);
    expect([...server.processor.connectionViews()]).toEqual([]);
  });

  it("a tree that differs from the leader's is reported once", () => {
    const { leader, server, client } = serverWithClient();
    const writer = new JuteWriter();
    writer.writeInt(0);
    Object.defineProperty(leader.prep, 'prepare', {
      value: new Proxy(leader.prep.prepare.bind(leader.prep), {
        apply: (prepare, _, args) =>
          (Reflect.apply(prepare, undefined, args) as Uint8Array[]).map((txn) => {
            const wrong = txn.slice();
            wrong[wrong.length - 1] = (wrong[wrong.length - 1] as number) ^ 1;
            return wrong;
          }),
      }),
    });
    client.request(wire.create('/a'), wire.create('/b'));
    leader.commit();
    expect(server.complaints.map(({ message }) => message)).toEqual(["the tree differs from the leader's"]);
    expect(client.xids()).toEqual([1, 2]);
  });
});
