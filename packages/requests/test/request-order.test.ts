import { decodeGetDataResponse, decodeSyncResponse } from '@zebu/jute';
import { ErrorCode, OPEN_ACL_UNSAFE, OpCode, WatchEventType, Xid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type TestClient, TestLeader } from './support/test-server.ts';
import * as wire from './support/wire.ts';

function ensemble() {
  const leader = new TestLeader();
  const server = leader.serve();
  return { leader, server, client: server.connect(), other: server.connect() };
}

const dataOf = (reply: wire.Reply): string =>
  new TextDecoder().decode(decodeGetDataResponse(reply.body).data ?? new Uint8Array(0));

describe('a session reads its own writes', () => {
  it('a read waits for the writes before it, and not for those after it', () => {
    const { leader, client } = ensemble();
    client.request(wire.create('/a', { data: wire.text('1') }), wire.getData('/a'), wire.setData('/a', '2'));
    client.request(wire.getData('/a'));
    expect(client.replies()).toEqual([]);
    leader.commit(); // both writes in one batch
    const [created, first, set, second] = client.replies() as [wire.Reply, wire.Reply, wire.Reply, wire.Reply];
    expect([created.xid, first.xid, set.xid, second.xid]).toEqual([1, 2, 3, 4]);
    expect([dataOf(first), dataOf(second)]).toEqual(['1', '2']);
    expect(first.zxid).toBe(created.zxid);
    expect(second.zxid).toBe(set.zxid);
  });

  it('reads of other sessions do not wait', () => {
    const { client, other } = ensemble();
    client.request(wire.create('/a'));
    other.request(wire.exists('/a'));
    expect(other.reply().error).toBe(ErrorCode.NONODE);
  });

  it('replies stay in order when everything is mixed', () => {
    const { leader, server, client } = ensemble();
    client.request(
      wire.exists('/'),
      wire.create('/a'),
      wire.getChildren('/'),
      wire.sync('/'),
      wire.getChildren2('/'),
      wire.remove('/a'),
      wire.getAcl('/'),
      { type: OpCode.WHO_AM_I, payload: new Uint8Array(0) },
      wire.setWatches({}),
    );
    expect(client.xids()).toEqual([1]);
    server.confirmSyncs();
    expect(client.xids()).toEqual([]);
    leader.commit(); // the create; the delete waits for the sync
    expect(client.xids()).toEqual([2, 3, 4, 5]);
    leader.commit();
    expect(client.xids()).toEqual([6, 7, 8, 9]);
  });

  it('zxids of replies never decrease', () => {
    const { leader, server, client, other } = ensemble();
    const zxids: bigint[] = [];
    const collect = () => zxids.push(...client.replies().map(({ zxid }) => zxid));
    client.request(wire.create('/a'), wire.sync('/'), wire.setData('/a', '1'), wire.exists('/a'));
    other.request(wire.create('/b'));
    client.request(wire.ping());
    leader.commit(1);
    collect();
    leader.commit();
    client.request(wire.ping());
    collect();
    server.confirmSyncs();
    other.request(wire.setData('/b', '1'));
    leader.commit();
    collect();
    expect(zxids.length).toBe(6);
    expect(zxids).toEqual([...zxids].sort((a, b) => (a < b ? -1 : 1)));
  });
});

describe('sync', () => {
  it('is answered with its path, once the leader has confirmed it', () => {
    const { server, client } = ensemble();
    client.request(wire.sync('/a/b'));
    expect(client.replies()).toEqual([]);
    server.confirmSyncs();
    const reply = client.reply();
    expect(reply.error).toBe(ErrorCode.OK);
    expect(decodeSyncResponse(reply.body)).toEqual({ path: '/a/b' });
  });

  it('of one step share a round, those of the next have their own', () => {
    const { server, client } = ensemble();
    client.request(wire.sync('/a'), wire.sync('/b'));
    client.request(wire.sync('/c'));
    expect(server.syncIds).toEqual([1, 2]);
    server.step({ type: 'syncConfirmed', syncId: 2 });
    expect(client.xids()).toEqual([]); // in order
    server.step({ type: 'syncConfirmed', syncId: 1 });
    expect(client.xids()).toEqual([1, 2, 3]);
    server.step({ type: 'syncConfirmed', syncId: 7 });
  });

  it('is asked for after the writes before it were submitted', () => {
    const { server, client } = ensemble();
    client.request(wire.create('/a'), wire.sync('/'));
    expect(server.effects.map(({ type }) => type)).toEqual(['submit', 'sync']);
  });

  it('waits for the writes before it although the leader was quicker', () => {
    const { leader, server, client } = ensemble();
    client.request(wire.create('/a'), wire.sync('/'));
    server.confirmSyncs();
    expect(client.xids()).toEqual([]);
    leader.commit();
    expect(client.xids()).toEqual([1, 2]);
  });

  it('holds back the writes after it, up to the next one', () => {
    const { leader, server, client } = ensemble();
    client.request(wire.sync('/'), wire.create('/a'), wire.create('/b'), wire.sync('/'), wire.create('/c'));
    expect(leader.uncommittedCount).toBe(0);
    server.confirmSyncs();
    expect(leader.uncommittedCount).toBe(2);
    leader.commit();
    expect(leader.uncommittedCount).toBe(1);
    leader.commit();
    expect(client.xids()).toEqual([1, 2, 3, 4, 5]);
  });

  it('once answered holds nothing back any more', () => {
    const { leader, server, client } = ensemble();
    client.request(wire.sync('/'));
    server.confirmSyncs();
    client.request(wire.create('/a'));
    expect(leader.uncommittedCount).toBe(1);
  });

  it('of a client that left is forgotten, with what waited behind it', () => {
    const { leader, server, client } = ensemble();
    client.request(wire.sync('/'), wire.create('/a'));
    client.disconnect();
    server.confirmSyncs();
    expect(leader.uncommittedCount).toBe(0);
    expect(server.processor.outstandingCount).toBe(0);
  });
});

describe('watch events', () => {
  const watched = (client: TestClient) => client.request(wire.getData('/a', true), wire.getChildren('/a', true));

  it('come before the reply of whatever lets the client see the change', () => {
    const { leader, client, other } = ensemble();
    other.request(wire.create('/a'));
    leader.commit();
    other.reply();
    watched(client);
    expect(client.xids()).toEqual([1, 2]);
    client.request(wire.setData('/a', '2'), wire.getData('/a'));
    leader.commit();
    const [event, set, read] = client.replies() as [wire.Reply, wire.Reply, wire.Reply];
    expect(event.xid).toBe(Xid.NOTIFICATION);
    expect(wire.decodeEvent(event)).toEqual({ type: WatchEventType.NODE_DATA_CHANGED, state: 3, path: '/a' });
    expect(event.zxid).toBe(set.zxid); // ZOOKEEPER-4655: the zxid of the change
    expect([set.xid, read.xid]).toEqual([3, 4]);
    expect(dataOf(read)).toBe('2');
  });

  it('reach the watchers among all sessions, once', () => {
    const { leader, server, client, other } = ensemble();
    const third = server.connect();
    other.request(wire.create('/a'));
    leader.commit();
    other.reply();
    for (const each of [client, third]) {
      each.request(wire.getData('/a', true));
      each.replies();
    }
    other.request(wire.setData('/a', '1'), wire.setData('/a', '2'));
    leader.commit();
    for (const each of [client, third]) expect(each.events()).toMatchObject([{ path: '/a' }]);
    expect(other.xids()).toEqual([2, 3]);
  });

  it('of a deleted and of a created znode tell which', () => {
    const { leader, client, other } = ensemble();
    client.request(wire.exists('/a', true), wire.getChildren2('/', true));
    client.replies();
    other.request(wire.create('/a'));
    leader.commit();
    expect(client.events().map(({ type, path }) => [type, path])).toEqual([
      [WatchEventType.NODE_CREATED, '/a'],
      [WatchEventType.NODE_CHILDREN_CHANGED, '/'],
    ]);
    client.request(wire.exists('/a', true));
    client.replies();
    other.request(wire.remove('/a'));
    leader.commit();
    expect(client.events()).toMatchObject([{ type: WatchEventType.NODE_DELETED, path: '/a' }]);
  });

  it('are one array for all who get nothing else in the step, and lie in their place for the others', () => {
    const { leader, server, client, other } = ensemble();
    const third = server.connect();
    for (const each of [client, third]) each.request(wire.exists('/a', true));
    other.request(wire.exists('/a', true), wire.create('/a'));
    for (const each of [client, third, other]) each.replies();
    leader.commit();
    const sends = server.effects.flatMap((effect) => (effect.type === 'clientSend' ? [effect] : []));
    const bytesOf = (connection: number): Uint8Array | undefined =>
      sends.find((send) => send.connection === connection)?.bytes;
    expect(bytesOf(client.connection)).toBe(bytesOf(third.connection));
    expect(other.replies().map(({ xid }) => xid)).toEqual([Xid.NOTIFICATION, 2]);
    expect([client.events(), third.events()]).toMatchObject([[{ path: '/a' }], [{ path: '/a' }]]);
  });

  it('of one multi are told for each znode', () => {
    const { leader, client, other } = ensemble();
    client.request(wire.exists('/a', true), wire.exists('/b', true));
    client.replies();
    const create = { type: 'create', data: null, acl: OPEN_ACL_UNSAFE, flags: 0 } as const;
    other.request(
      wire.multi([
        { ...create, path: '/a' },
        { ...create, path: '/b' },
      ]),
    );
    leader.commit();
    expect(client.events().map(({ path }) => path)).toEqual(['/a', '/b']);
  });

  it('of setWatches come before its reply', () => {
    const { leader, client, other } = ensemble();
    other.request(wire.create('/a'));
    leader.commit();
    client.send(
      wire.requestFrame(Xid.SET_WATCHES, wire.setWatches({ dataWatches: ['/a', '/gone'], existWatches: ['/b'] })),
    );
    const replies = client.replies();
    expect(replies.map(({ xid }) => xid)).toEqual([Xid.NOTIFICATION, Xid.NOTIFICATION, Xid.SET_WATCHES]);
    const events = replies.slice(0, 2).map(wire.decodeEvent);
    expect(events).toMatchObject([
      { type: WatchEventType.NODE_DATA_CHANGED, path: '/a' },
      { type: WatchEventType.NODE_DELETED, path: '/gone' },
    ]);
    other.request(wire.create('/b'));
    leader.commit();
    expect(client.events()).toMatchObject([{ type: WatchEventType.NODE_CREATED, path: '/b' }]);
  });

  it('do not come any more after the connection is gone', () => {
    const { leader, server, client, other } = ensemble();
    client.request(wire.getChildren('/', true));
    expect(server.tree.watchCount).toBe(1);
    client.disconnect();
    expect(server.tree.watchCount).toBe(0);
    other.request(wire.create('/a'));
    leader.commit();
    expect(client.replies().map(({ xid }) => xid)).toEqual([1]);
  });
});
