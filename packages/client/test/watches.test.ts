import type { WatchEvent, WatchListener } from '@zebu/client';
import { encodeExistsResponse, encodeGetChildrenResponse, encodeGetDataResponse } from '@zebu/jute';
import { ErrorCode, WatchEventType } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type ConnectedFixture, connectClient, STAT } from './fixture.ts';
import { eventFrame, replyFrame, settle } from './scripted-server.ts';

const data = (xid: number, text: string): Uint8Array =>
  replyFrame(xid, (writer) => encodeGetDataResponse(writer, { data: Buffer.from(text), stat: STAT }));
const children = (xid: number): Uint8Array =>
  replyFrame(xid, (writer) => encodeGetChildrenResponse(writer, { children: [] }));

/** Leaves a data, an exist and a child watch, each of which writes what it hears into `fired`. */
async function watchAll({ client, connection }: ConnectedFixture): Promise<string[]> {
  const fired: string[] = [];
  const hear =
    (kind: string) =>
    (event: WatchEvent): void => {
      fired.push(`${kind} ${event.type} ${event.path}`);
    };
  const reads = [
    client.getData('/n', { watch: hear('data') }),
    client.exists('/missing', { watch: hear('exist') }),
    client.getChildren('/n', { watch: hear('child') }),
  ];
  await settle();
  connection.push(data(1, ''), replyFrame(2, undefined, { error: ErrorCode.NONODE }), children(3));
  await Promise.all(reads);
  return fired;
}

describe('a watch', () => {
  it.each([
    [WatchEventType.NODE_DATA_CHANGED, '/n', ['data dataChanged /n']],
    [WatchEventType.NODE_CHILDREN_CHANGED, '/n', ['child childrenChanged /n']],
    [WatchEventType.NODE_DELETED, '/n', ['data deleted /n', 'child deleted /n']],
    [WatchEventType.NODE_CREATED, '/missing', ['exist created /missing']],
    [WatchEventType.NODE_CREATED, '/other', []],
    [99, '/n', []],
  ])('hears of event %i on %s what concerns it, once', async (type, path, expected) => {
    const fixture = await connectClient();
    const fired = await watchAll(fixture);
    fixture.connection.event(type, path);
    fixture.connection.event(type, path);
    await settle();
    expect(fired).toEqual(expected);
  });

  it('of exists on a znode that is there hears of its data', async () => {
    const { client, connection } = await connectClient();
    const fired: WatchEvent[] = [];
    const read = client.exists('/n', { watch: (event) => fired.push(event) });
    await settle();
    connection.reply(1, (writer) => encodeExistsResponse(writer, { stat: STAT }));
    await read;
    connection.event(WatchEventType.NODE_DATA_CHANGED, '/n');
    await settle();
    expect(fired).toEqual([{ type: 'dataChanged', path: '/n' }]);
  });

  it('is not left by a read that failed', async () => {
    const { client, connection } = await connectClient();
    const fired: WatchEvent[] = [];
    const read = client.getData('/n', { watch: (event) => fired.push(event) });
    await settle();
    connection.reply(1, undefined, { error: ErrorCode.NONODE });
    await Promise.allSettled([read]);
    connection.event(WatchEventType.NODE_CREATED, '/n');
    await settle();
    expect(fired).toEqual([]);
  });

  it('fires after the read that left it, and before the read of the new value, however the frames come', async () => {
    const { client, connection } = await connectClient();
    const order: string[] = [];
    const reads = Promise.all([
      client.getData('/n', { watch: () => order.push('event') }).then(() => order.push('old')),
      client.getData('/n').then(() => order.push('new')),
    ]);
    await settle();
    connection.push(data(1, 'old'), eventFrame(WatchEventType.NODE_DATA_CHANGED, '/n'), data(2, 'new'));
    await reads;
    await settle();
    expect(order).toEqual(['old', 'event', 'new']);
  });

  it('under a chroot speaks of the path that its caller knows', async () => {
    const { client, connection } = await connectClient({ servers: [{ host: 'a', port: 1 }], chroot: '/app' });
    const fired: WatchEvent[] = [];
    const reads = [
      client.getData('/', { watch: (event) => fired.push(event) }),
      client.getData('/n', { watch: (event) => fired.push(event) }),
    ];
    await settle();
    connection.push(data(1, ''), data(2, ''));
    await Promise.all(reads);
    connection.event(WatchEventType.NODE_DATA_CHANGED, '/app');
    connection.event(WatchEventType.NODE_DELETED, '/app/n');
    await settle();
    expect(fired).toEqual([
      { type: 'dataChanged', path: '/' },
      { type: 'deleted', path: '/n' },
    ]);
  });

  it('that throws or rejects disturbs no other', async () => {
    const errors: unknown[] = [];
    const silent = (): void => {};
    const logger = {
      debug: silent,
      info: silent,
      warn: silent,
      error: (_: string, fields?: unknown) => errors.push(fields),
    };
    const { client, connection } = await connectClient({ logger });
    const fired: string[] = [];
    const rejecting = async (): Promise<void> => {
      throw new Error('rejected');
    };
    const watches: WatchListener[] = [
      () => {
        throw new Error('thrown');
      },
      rejecting as WatchListener,
      () => {
        fired.push('heard');
      },
    ];
    const reads = watches.map((watch) => client.getData('/n', { watch }));
    await settle();
    connection.push(...[1, 2, 3].map((xid) => data(xid, '')));
    await Promise.all(reads);
    connection.event(WatchEventType.NODE_DELETED, '/n');
    await settle();
    expect(fired).toEqual(['heard']);
    expect(errors).toEqual([{ reason: 'Error: thrown' }, { reason: 'Error: rejected' }]);
  });
});

describe('a session listener', () => {
  it('hears no more once it was taken back', async () => {
    const { client, connection } = await connectClient();
    const heard: string[] = [];
    const stop = client.onSessionEvent((event) => heard.push(event.type));
    connection.drop();
    await settle();
    stop();
    await client.close();
    await settle();
    expect(heard).toEqual(['disconnected']);
  });
});
