// The reads that ZooKeeper has learned since 3.4, and what a watch may tell.

import {
  decodeErrorResponse,
  decodeGetAllChildrenNumberResponse,
  decodeGetEphemeralsResponse,
  decodeMultiReadResponse,
  decodeWhoAmIResponse,
} from '@zebu/jute';
import { AddWatchMode, CreateMode, ErrorCode, OpCode, WatchEventType, WatcherType, Xid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type TestClient, TestLeader } from './support/test-server.ts';
import * as wire from './support/wire.ts';

function serverWithClient() {
  const leader = new TestLeader();
  const server = leader.serve();
  const client = server.connect();
  const writer = server.connect();
  /** Sends one request, commits, returns the reply. */
  const ask = (request: wire.RequestBody, by: TestClient = client): wire.Reply => {
    by.request(request);
    leader.commit();
    return by.reply();
  };
  /** Writes through another session. */
  const write = (request: wire.RequestBody): wire.Reply => ask(request, writer);
  return { leader, server, client, ask, write };
}

const UNREADABLE = [{ permissions: 30, scheme: 'world', id: 'anyone' }];
const OF_A_NETWORK = [{ permissions: 31, scheme: 'ip', id: '10.0.0.0/8' }];
const seen = (client: TestClient) => client.events().map(({ type, path }) => [type, path]);

describe('addWatch', () => {
  it('leaves a watch that stays, on a znode that need not be there', () => {
    const { client, ask, write } = serverWithClient();
    const reply = ask(wire.addWatch('/a', AddWatchMode.PERSISTENT));
    expect(reply.error).toBe(ErrorCode.OK);
    expect(decodeErrorResponse(reply.body)).toEqual({ error: ErrorCode.OK });
    expect(reply.body.remaining).toBe(0);
    for (const request of [wire.create('/a'), wire.setData('/a', '1'), wire.create('/a/b'), wire.setData('/a', '2')]) {
      write(request);
    }
    expect(seen(client)).toEqual([
      [WatchEventType.NODE_CREATED, '/a'],
      [WatchEventType.NODE_DATA_CHANGED, '/a'],
      [WatchEventType.NODE_CHILDREN_CHANGED, '/a'],
      [WatchEventType.NODE_DATA_CHANGED, '/a'],
    ]);
  });

  it('hears recursively of everything below, but of no lists of children', () => {
    const { client, ask, write } = serverWithClient();
    write(wire.create('/a'));
    ask(wire.addWatch('/a', AddWatchMode.PERSISTENT_RECURSIVE));
    for (const request of [wire.create('/a/b'), wire.create('/a/b/c'), wire.remove('/a/b/c')]) write(request);
    expect(seen(client)).toEqual([
      [WatchEventType.NODE_CREATED, '/a/b'],
      [WatchEventType.NODE_CREATED, '/a/b/c'],
      [WatchEventType.NODE_DELETED, '/a/b/c'],
    ]);
  });

  it('of an unknown mode is a malformed request', () => {
    const { client, ask, server } = serverWithClient();
    expect(ask(wire.addWatch('/a', 2)).error).toBe(ErrorCode.MARSHALLINGERROR);
    expect(server.tree.watchCount).toBe(0);
    expect(client.closed).toBe(false);
  });
});

describe('checkWatches and removeWatches', () => {
  const { CHILDREN, DATA, ANY, PERSISTENT, PERSISTENT_RECURSIVE } = WatcherType;

  it('know each type of watch, and NOWATCHER where there is none', () => {
    const { ask } = serverWithClient();
    const found = (path: string) =>
      [CHILDREN, DATA, ANY, PERSISTENT, PERSISTENT_RECURSIVE].filter((type) => {
        const reply = ask(wire.checkWatches(path, type));
        expect(reply.body.remaining).toBe(0);
        expect([ErrorCode.OK, ErrorCode.NOWATCHER]).toContain(reply.error);
        return reply.error === ErrorCode.OK;
      });
    expect(found('/')).toEqual([]);
    ask(wire.getData('/', true));
    ask(wire.getChildren('/zookeeper', true));
    ask(wire.addWatch('/p', AddWatchMode.PERSISTENT));
    ask(wire.addWatch('/r', AddWatchMode.PERSISTENT_RECURSIVE));
    expect(found('/')).toEqual([DATA, ANY]);
    expect(found('/zookeeper')).toEqual([CHILDREN, ANY]);
    expect(found('/p')).toEqual([ANY, PERSISTENT]);
    expect(found('/r')).toEqual([ANY, PERSISTENT_RECURSIVE]);
  });

  it('remove what they name, once, and only for the client that asks', () => {
    const { ask, write, server } = serverWithClient();
    ask(wire.getData('/', true));
    ask(wire.getChildren('/', true));
    expect(write(wire.removeWatches('/', DATA)).error).toBe(ErrorCode.NOWATCHER);
    expect(ask(wire.removeWatches('/', PERSISTENT)).error).toBe(ErrorCode.NOWATCHER);
    expect(ask(wire.removeWatches('/', DATA))).toMatchObject({ error: ErrorCode.OK, body: { remaining: 0 } });
    expect(ask(wire.removeWatches('/', DATA)).error).toBe(ErrorCode.NOWATCHER);
    expect(ask(wire.removeWatches('/', ANY)).error).toBe(ErrorCode.OK);
    expect(server.tree.watchCount).toBe(0);
  });

  it.each([0, 6, -1])('of the unknown type %i are malformed', (type) => {
    const { ask } = serverWithClient();
    ask(wire.getData('/', true));
    expect(ask(wire.checkWatches('/', type)).error).toBe(ErrorCode.MARSHALLINGERROR);
    expect(ask(wire.removeWatches('/', type)).error).toBe(ErrorCode.MARSHALLINGERROR);
    expect(ask(wire.checkWatches('/', DATA)).error).toBe(ErrorCode.OK);
  });
});

describe('setWatches2', () => {
  it('tells what has changed before its reply, and watches the rest', () => {
    const { leader, client, write } = serverWithClient();
    write(wire.create('/new'));
    const relativeZxid = leader.lastProposedZxid;
    write(wire.setData('/new', 'x'));
    write(wire.create('/old'));
    const watches = wire.setWatches2({
      relativeZxid,
      dataWatches: ['/new', '/gone', '/'],
      existWatches: ['/old', '/never'],
      childWatches: ['/', '/gone'],
      persistentWatches: ['/old'],
      persistentRecursiveWatches: ['/new'],
    });
    client.send(wire.requestFrame(Xid.SET_WATCHES, watches));
    const replies = client.replies();
    expect(replies.at(-1)).toMatchObject({ xid: Xid.SET_WATCHES, error: ErrorCode.OK, body: { remaining: 0 } });
    const events = replies.slice(0, -1);
    expect(events.map(({ xid, zxid }) => [xid, zxid])).toEqual(events.map(() => [Xid.NOTIFICATION, -1n]));
    expect(events.map((event) => wire.decodeEvent(event)).map(({ type, path }) => [type, path])).toEqual([
      [WatchEventType.NODE_DATA_CHANGED, '/new'],
      [WatchEventType.NODE_DELETED, '/gone'],
      [WatchEventType.NODE_CREATED, '/old'],
      [WatchEventType.NODE_CHILDREN_CHANGED, '/'],
      [WatchEventType.NODE_DELETED, '/gone'],
    ]);
    for (let round = 0; round < 2; round++) {
      for (const request of [wire.create('/new/x'), wire.remove('/new/x'), wire.setData('/old', 'y')]) write(request);
    }
    const again = [
      [WatchEventType.NODE_CREATED, '/new/x'],
      [WatchEventType.NODE_DELETED, '/new/x'],
      [WatchEventType.NODE_DATA_CHANGED, '/old'],
    ];
    expect(seen(client)).toEqual([...again, ...again]);
  });
});

describe('setWatches without a list or a path', () => {
  const NULL = new Uint8Array(4).fill(0xff);
  const list = (...paths: string[]) =>
    wire.encoded((writer) => {
      writer.writeInt(paths.length);
      for (const path of paths) writer.writeString(path);
    });
  const zxid = new Uint8Array(8);

  it('does what comes before, and is an error', () => {
    const { server, client } = serverWithClient();
    const payload = wire.concat(zxid, list('/gone'), NULL, list('/gone'));
    client.send(wire.requestFrame(Xid.SET_WATCHES, { type: OpCode.SET_WATCHES, payload }));
    const [event, reply] = client.replies();
    expect(wire.decodeEvent(event as wire.Reply)).toMatchObject({ type: WatchEventType.NODE_DELETED, path: '/gone' });
    expect(reply).toMatchObject({ error: ErrorCode.MARSHALLINGERROR, body: { remaining: 0 } });
    expect(server.tree.watchCount).toBe(0);
  });

  it('stops within a list at the path that is missing', () => {
    const { server, client } = serverWithClient();
    const paths = wire.concat(new Uint8Array([0, 0, 0, 3]), list('/a').slice(4), NULL, list('/b').slice(4));
    const payload = wire.concat(zxid, list(), paths, list(), list('/c'), list());
    client.send(wire.requestFrame(Xid.SET_WATCHES, { type: OpCode.SET_WATCHES2, payload }));
    expect(client.reply().error).toBe(ErrorCode.MARSHALLINGERROR);
    expect(server.tree.watchCount).toBe(1);
  });
});

describe('setWatches2 without a path among those that stay', () => {
  it('goes on with the others', () => {
    const { server, client } = serverWithClient();
    const missing = new Uint8Array([0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 2, 0x2f, 0x61]);
    const none = new Uint8Array(4);
    const payload = wire.concat(new Uint8Array(8), none, none, none, none, missing);
    client.send(wire.requestFrame(Xid.SET_WATCHES, { type: OpCode.SET_WATCHES2, payload }));
    expect(client.reply().error).toBe(ErrorCode.OK);
    expect(server.tree.watchCount).toBe(1);
  });
});

describe('the empty path', () => {
  it('names the root, but its watches are its own', () => {
    const { client, ask, write } = serverWithClient();
    expect(ask(wire.getData('', true)).error).toBe(ErrorCode.OK);
    expect(ask(wire.checkWatches('/', WatcherType.DATA)).error).toBe(ErrorCode.NOWATCHER);
    expect(ask(wire.checkWatches('', WatcherType.DATA)).error).toBe(ErrorCode.OK);
    write(wire.setData('/', 'x'));
    expect(client.events()).toEqual([]);
    const below = (path: string) =>
      decodeGetAllChildrenNumberResponse(ask(wire.getAllChildrenNumber(path)).body).totalNumber;
    expect(below('') - below('/')).toBe(1);
  });
});

describe('multiRead', () => {
  it('answers each of its reads, whatever became of the others', () => {
    const { ask, write } = serverWithClient();
    write(wire.create('/a', { data: wire.text('one') }));
    write(wire.create('/a/b', { acl: UNREADABLE }));
    const reply = ask(
      wire.multiRead([
        { type: 'getData', path: '/a' },
        { type: 'getChildren', path: '/none' },
        { type: 'getData', path: '/a/b' },
        { type: 'getChildren', path: '/a' },
      ]),
    );
    expect(reply.error).toBe(ErrorCode.OK);
    expect(decodeMultiReadResponse(reply.body)).toMatchObject([
      { type: 'getData', data: wire.text('one'), stat: { numChildren: 1 } },
      { type: 'error', error: ErrorCode.NONODE },
      { type: 'error', error: ErrorCode.NOAUTH },
      { type: 'getChildren', children: ['b'] },
    ]);
    expect(reply.body.remaining).toBe(0);
  });

  it('of nothing has no results, and none leaves a watch', () => {
    const { ask, server } = serverWithClient();
    expect(decodeMultiReadResponse(ask(wire.multiRead([])).body)).toEqual([]);
    const watched = wire.multiRead([{ type: 'getData', path: '/' }]);
    const flag = watched.payload.length - 9 - 1;
    watched.payload[flag] = 1;
    expect(ask(watched).error).toBe(ErrorCode.OK);
    expect(server.tree.watchCount).toBe(0);
  });

  it('without a path ends there: the error comes with what was answered before, as in ZooKeeper', () => {
    const { ask } = serverWithClient();
    const read = wire.multiRead([
      { type: 'getChildren', path: '/zookeeper/quota' },
      { type: 'getData', path: '/x' },
    ]);
    const payload = wire.concat(read.payload.slice(0, 39), new Uint8Array(4).fill(0xff), read.payload.slice(45));
    const reply = ask({ type: OpCode.MULTI_READ, payload });
    expect(reply.error).toBe(ErrorCode.MARSHALLINGERROR);
    expect(decodeMultiReadResponse(reply.body)).toEqual([{ type: 'getChildren', children: [] }]);
  });

  it('of operations that write is an error without results', () => {
    const { ask } = serverWithClient();
    const payload = wire.multi([{ type: 'check', path: '/', version: -1 }]).payload;
    const reply = ask({ type: OpCode.MULTI_READ, payload });
    expect(reply.error).toBe(ErrorCode.MARSHALLINGERROR);
    expect(decodeMultiReadResponse(reply.body)).toEqual([]);
  });

  it('of operations that read and write, or of unknown ones, or cut short, is malformed as a whole', () => {
    const { ask } = serverWithClient();
    const check = wire.multi([{ type: 'check', path: '/', version: -1 }]).payload;
    const read = wire.multiRead([{ type: 'getData', path: '/' }]).payload;
    const end = read.length - 9;
    const unknown = read.slice();
    unknown[3] = OpCode.EXISTS;
    const malformed = [
      wire.concat(read.slice(0, end), check),
      wire.concat(check.slice(0, check.length - 9), read),
      unknown,
      read.subarray(0, read.length - 1),
    ];
    for (const payload of malformed) {
      const reply = ask({ type: OpCode.MULTI_READ, payload });
      expect(reply).toMatchObject({ error: ErrorCode.MARSHALLINGERROR, body: { remaining: 0 } });
    }
  });
});

describe('getEphemerals', () => {
  it("lists the session's own, by the beginning of their paths", () => {
    const { ask, write } = serverWithClient();
    const flags = CreateMode.EPHEMERAL;
    for (const path of ['/a1', '/a2', '/b']) ask(wire.create(path, { flags }));
    write(wire.create('/a3', { flags }));
    const of = (prefix: string | null) => {
      const reply = ask(wire.getEphemerals(prefix));
      expect(reply.error).toBe(ErrorCode.OK);
      return [...decodeGetEphemeralsResponse(reply.body).ephemerals].sort();
    };
    expect(of('/a')).toEqual(['/a1', '/a2']);
    expect(of('/c')).toEqual([]);
    for (const everything of ['/', '', ' ', null]) expect(of(everything)).toEqual(['/a1', '/a2', '/b']);
  });
});

describe('getAllChildrenNumber', () => {
  it('counts what is below a znode, for those who may read it', () => {
    const { ask, write } = serverWithClient();
    for (const path of ['/a', '/a/b', '/a/b/c', '/ab']) write(wire.create(path));
    write(wire.create('/locked', { acl: UNREADABLE }));
    const of = (path: string) => decodeGetAllChildrenNumberResponse(ask(wire.getAllChildrenNumber(path)).body);
    expect(of('/a')).toEqual({ totalNumber: 2 });
    expect(of('/ab')).toEqual({ totalNumber: 0 });
    expect(ask(wire.getAllChildrenNumber('/none')).error).toBe(ErrorCode.NONODE);
    expect(ask(wire.getAllChildrenNumber('/locked')).error).toBe(ErrorCode.NOAUTH);
  });
});

describe('whoAmI', () => {
  it('tells the schemes and users of the client', () => {
    const { ask } = serverWithClient();
    const reply = ask(wire.whoAmI());
    expect(decodeWhoAmIResponse(reply.body)).toEqual({ clientInfo: [{ authScheme: 'ip', user: '127.0.0.1' }] });
    expect(reply.body.remaining).toBe(0);
  });
});

describe('sync', () => {
  it.each(['', 'relative', '/none/', '/a//b', '/no\0ne'])('answers the path as it came, also %j', (path) => {
    const { server, client } = serverWithClient();
    client.request(wire.sync(path));
    server.confirmSyncs();
    const reply = client.reply();
    expect(reply.error).toBe(ErrorCode.OK);
    expect(reply.body.readString()).toBe(path);
  });

  it('answers no path with none', () => {
    const { server, client } = serverWithClient();
    client.request({ type: OpCode.SYNC, payload: new Uint8Array([0xff, 0xff, 0xff, 0xff]) });
    server.confirmSyncs();
    expect(client.reply().body.readString()).toBeNull();
  });
});

describe('reads of paths that cannot be', () => {
  it.each(['relative', '/a/', '/a//b', '/a/../b', '/.'])('%j is simply not there', (path) => {
    const { ask } = serverWithClient();
    for (const read of [wire.getData, wire.exists, wire.getChildren, wire.getAcl, wire.getAllChildrenNumber]) {
      expect(ask(read(path)).error).toBe(ErrorCode.NONODE);
    }
  });
});

describe('watch events', () => {
  it('carry the zxid of their txn', () => {
    const { client, ask, write } = serverWithClient();
    ask(wire.exists('/a', true));
    const { zxid } = write(wire.create('/a'));
    expect(client.events()).toMatchObject([{ path: '/a', zxid }]);
  });

  it('are not for those who may not read the znode (CVE-2024-23944)', () => {
    const { leader, server, client, ask, write } = serverWithClient();
    const insider = server.dial('10.0.0.7:4000');
    insider.send(wire.connectFrame());
    leader.commit();
    insider.connected();
    for (const each of [client, insider]) {
      ask(wire.addWatch('/', AddWatchMode.PERSISTENT_RECURSIVE), each);
      ask(wire.exists('/secret', true), each);
    }
    write(wire.create('/secret', { acl: OF_A_NETWORK }));
    write(wire.create('/open'));
    expect(seen(client)).toEqual([[WatchEventType.NODE_CREATED, '/open']]);
    expect(seen(insider)).toEqual([
      [WatchEventType.NODE_CREATED, '/secret'],
      [WatchEventType.NODE_CREATED, '/open'],
    ]);
  });

  it('of a deletion are filtered by the list that the znode had', () => {
    const { client, ask, write } = serverWithClient();
    write(wire.create('/a', { acl: UNREADABLE }));
    ask(wire.addWatch('/a', AddWatchMode.PERSISTENT));
    write(wire.remove('/a'));
    expect(seen(client)).toEqual([]);
  });
});

describe('malformed reads', () => {
  const truncated = ({ type, payload }: wire.RequestBody): wire.RequestBody => ({
    type,
    payload: payload.subarray(0, payload.length - 1),
  });

  it.each([
    ['addWatch', truncated(wire.addWatch('/', 0))],
    ['checkWatches', truncated(wire.checkWatches('/', 1))],
    ['removeWatches', truncated(wire.removeWatches('/', 1))],
    ['setWatches2', truncated(wire.setWatches2({}))],
    ['multiRead', truncated(wire.multiRead([]))],
    ['getEphemerals', truncated(wire.getEphemerals('/'))],
    ['getAllChildrenNumber', truncated(wire.getAllChildrenNumber('/'))],
    [
      'getAllChildrenNumber without a path',
      { type: OpCode.GET_ALL_CHILDREN_NUMBER, payload: new Uint8Array(4).fill(0xff) },
    ],
  ])('%s gets MARSHALLINGERROR without a body, and the connection stays', (_, request) => {
    const { client, ask } = serverWithClient();
    expect(ask(request)).toMatchObject({ error: ErrorCode.MARSHALLINGERROR, body: { remaining: 0 } });
    expect(client.closed).toBe(false);
  });
});
