import { type Client, type WatchEvent, ZooKeeperError } from '@zebu/client';
import { decodeAddWatchRequest, decodeRemoveWatchesRequest, decodeSetWatches, decodeSetWatches2 } from '@zebu/jute';
import { AddWatchMode, ErrorCode, OpCode, WatcherType, WatchEventType, Xid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type ConnectedFixture, connectClient, nextConnection, rejection } from './fixture.ts';
import { settle } from './scripted-server.ts';

async function answered<T>(
  { connection }: ConnectedFixture,
  call: Promise<T>,
  error: number = ErrorCode.OK,
): Promise<T> {
  await settle();
  const { xid } = connection.takeRequest();
  connection.reply(xid, undefined, { error });
  return call;
}

async function watch(fixture: ConnectedFixture, path: string, recursive: boolean): Promise<string[]> {
  const heard: string[] = [];
  const listener = ({ type, path: at }: WatchEvent): void => void heard.push(`${type} ${at}`);
  await answered(fixture, fixture.client.addWatch(path, listener, { recursive }));
  return heard;
}

describe('addWatch', () => {
  it.each([
    [false, AddWatchMode.PERSISTENT, WatcherType.PERSISTENT],
    [true, AddWatchMode.PERSISTENT_RECURSIVE, WatcherType.PERSISTENT_RECURSIVE],
  ])('and removeWatch say which, recursive %s', async (recursive, mode, type) => {
    const { client, connection } = await connectClient({ servers: [{ host: 'a', port: 1 }], chroot: '/app' });
    const added = client.addWatch('/a', () => {}, { recursive });
    await settle();
    const addition = connection.takeRequest();
    expect([addition.type, decodeAddWatchRequest(addition.body)]).toEqual([OpCode.ADD_WATCH, { path: '/app/a', mode }]);
    connection.reply(addition.xid);
    await added;
    const removed = client.removeWatch('/a', { recursive });
    await settle();
    const removal = connection.takeRequest();
    expect([removal.type, decodeRemoveWatchesRequest(removal.body)]).toEqual([
      OpCode.REMOVE_WATCHES,
      { path: '/app/a', type },
    ]);
    connection.reply(removal.xid);
    await removed;
  });

  it('hears of its znode again and again, until it is removed', async () => {
    const fixture = await connectClient();
    const heard = await watch(fixture, '/a', false);
    for (const type of [WatchEventType.NODE_CREATED, WatchEventType.NODE_CHILDREN_CHANGED])
      fixture.connection.event(type, '/a');
    fixture.connection.event(WatchEventType.NODE_CREATED, '/a/b');
    await settle();
    expect(heard).toEqual(['created /a', 'childrenChanged /a']);
    await answered(fixture, fixture.client.removeWatch('/a'));
    fixture.connection.event(WatchEventType.NODE_DELETED, '/a');
    await settle();
    expect(heard.length).toBe(2);
  });

  it.each(['/a', '/'])('hears of all below %s when it is recursive, but for childrenChanged', async (path) => {
    const fixture = await connectClient();
    const heard = await watch(fixture, path, true);
    fixture.connection.event(WatchEventType.NODE_CHILDREN_CHANGED, '/a');
    fixture.connection.event(WatchEventType.NODE_CREATED, '/a');
    fixture.connection.event(WatchEventType.NODE_DATA_CHANGED, '/a/b/c');
    fixture.connection.event(WatchEventType.NODE_DELETED, '/aa');
    await settle();
    expect(heard).toEqual(['created /a', 'dataChanged /a/b/c', ...(path === '/' ? ['deleted /aa'] : [])]);
  });

  it('is no watch when the server refuses it', async () => {
    const fixture = await connectClient();
    const refused = fixture.client.addWatch('/a', () => {});
    expect(await rejection(answered(fixture, refused, ErrorCode.BADARGUMENTS))).toBeInstanceOf(ZooKeeperError);
    fixture.connection.drop();
    const again = await nextConnection(fixture, 60_000);
    again.accept();
    await settle();
    expect(again.takeRequests()).toEqual([]);
  });

  it('is set again on the next connection, and one that fires once as before', async () => {
    const fixture = await connectClient();
    await watch(fixture, '/stays', false);
    await watch(fixture, '/all', true);
    fixture.connection.drop();
    const again = await nextConnection(fixture, 60_000);
    again.accept();
    await settle();
    const { xid, type, body } = again.takeRequest();
    expect([xid, type]).toEqual([Xid.SET_WATCHES, OpCode.SET_WATCHES2]);
    expect(decodeSetWatches2(body)).toMatchObject({
      persistentWatches: ['/stays'],
      persistentRecursiveWatches: ['/all'],
    });
  });

  it('leaves the older request where no watch stays, which older servers know', async () => {
    const fixture = await connectClient();
    await leaveExistWatch(fixture.client, fixture);
    fixture.connection.drop();
    const again = await nextConnection(fixture, 60_000);
    again.accept();
    await settle();
    const { type, body } = again.takeRequest();
    expect(type).toBe(OpCode.SET_WATCHES);
    expect(decodeSetWatches(body)).toMatchObject({ existWatches: ['/once'] });
  });

  it('hears sessionLost when the client is closed', async () => {
    const fixture = await connectClient();
    const heard = await watch(fixture, '/a', true);
    fixture.client.detach();
    await settle();
    expect(heard).toEqual(['sessionLost /a']);
  });
});

async function leaveExistWatch(client: Client, fixture: ConnectedFixture): Promise<void> {
  await answered(fixture, client.exists('/once', { watch: () => {} }), ErrorCode.NONODE);
}
