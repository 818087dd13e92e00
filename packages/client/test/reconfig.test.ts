import { isZooKeeperError } from '@zebu/client';
import * as jute from '@zebu/jute';
import { ErrorCode, OpCode, WatchEventType } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { connectClient, nextConnection, rejection, STAT } from './fixture.ts';
import { settle } from './scripted-server.ts';

const TEXT = `server.1=127.0.0.1:2888:3888:participant;0.0.0.0:2181
server.12=[::1]:2889:3889:observer
group.1=1
weight.1=1
version=10000000a`;
const answer = (text: string) => (writer: jute.JuteWriter) =>
  jute.encodeGetDataResponse(writer, { data: new Uint8Array(Buffer.from(text)), stat: STAT });
const CONFIGURATION = {
  text: TEXT,
  version: 0x1_0000_000an,
  servers: new Map([
    [1, '127.0.0.1:2888:3888:participant;0.0.0.0:2181'],
    [12, '[::1]:2889:3889:observer'],
  ]),
  stat: STAT,
};

describe('getConfig', () => {
  it('reads the znode of the configuration, past the chroot, and takes it apart', async () => {
    const { client, connection } = await connectClient({ servers: [{ host: 'a', port: 1 }], chroot: '/app' });
    const read = client.getConfig();
    await settle();
    const { xid, type, body } = connection.takeRequest();
    expect(type).toBe(OpCode.GET_DATA);
    expect(jute.decodeGetDataRequest(body)).toEqual({ path: '/zookeeper/config', watch: false });
    connection.reply(xid, answer(TEXT));
    expect(await read).toEqual(CONFIGURATION);
  });

  it('knows no servers and version 0 where the servers have no configuration', async () => {
    const { client, connection } = await connectClient();
    const read = client.getConfig();
    await settle();
    connection.reply(connection.takeRequest().xid, answer(''));
    expect(await read).toEqual({ text: '', version: 0n, servers: new Map(), stat: STAT });
  });

  it('leaves a watch, which fires once and is set again on another connection', async () => {
    const fixture = await connectClient({ servers: [{ host: 'a', port: 1 }], chroot: '/app' });
    const { client, connection } = fixture;
    const events: unknown[] = [];
    const read = client.getConfig({ watch: (event) => events.push(event) });
    await settle();
    const { xid, body } = connection.takeRequest();
    expect(jute.decodeGetDataRequest(body).watch).toBe(true);
    connection.reply(xid, answer(TEXT));
    await read;
    connection.drop();
    const next = await nextConnection(fixture, 10_000);
    next.accept();
    await settle();
    const [setWatches] = next.takeRequests();
    expect(setWatches && jute.decodeSetWatches(setWatches.body).dataWatches).toEqual(['/zookeeper/config']);
    next.event(WatchEventType.NODE_DATA_CHANGED, '/zookeeper/config');
    next.event(WatchEventType.NODE_DATA_CHANGED, '/zookeeper/config');
    await settle();
    expect(events).toEqual([{ type: 'dataChanged', path: '/zookeeper/config' }]);
  });
});

describe('reconfig', () => {
  const NOTHING = { joiningServers: null, leavingServers: null, newMembers: null, currentConfigId: -1n };
  it.each([
    [
      'a list of joining servers',
      { joining: ['server.4=h:1:2;3', 'server.5=i:1:2:observer;3'] },
      {},
      { ...NOTHING, joiningServers: 'server.4=h:1:2;3,server.5=i:1:2:observer;3' },
    ],
    ['ids of leaving servers', { leaving: [4, 5] }, {}, { ...NOTHING, leavingServers: '4,5' }],
    [
      'both, from a version',
      { joining: ['server.4=h:1:2;3'], leaving: [1] },
      { fromVersion: 0x1_0000_0000n },
      { ...NOTHING, joiningServers: 'server.4=h:1:2;3', leavingServers: '1', currentConfigId: 0x1_0000_0000n },
    ],
    [
      'all members',
      { members: ['server.1=h:1:2;3', 'group.1=1'] },
      {},
      { ...NOTHING, newMembers: 'server.1=h:1:2;3,group.1=1' },
    ],
  ])('sends %s, and answers the new configuration', async (_name, change, options, request) => {
    const { client, connection } = await connectClient();
    const changed = client.reconfig(change, options);
    await settle();
    const { xid, type, body } = connection.takeRequest();
    expect(type).toBe(OpCode.RECONFIG);
    expect(jute.decodeReconfigRequest(body)).toEqual(request);
    connection.reply(xid, answer(TEXT));
    expect(await changed).toEqual(CONFIGURATION);
  });

  it.each([
    'RECONFIGDISABLED',
    'NOAUTH',
    'BADARGUMENTS',
    'BADVERSION',
    'RECONFIGINPROGRESS',
    'NEWCONFIGNOQUORUM',
  ] as const)('rejects with %s', async (code) => {
    const { client, connection } = await connectClient();
    const changed = rejection(client.reconfig({ leaving: [3] }));
    await settle();
    connection.reply(connection.takeRequest().xid, undefined, { error: ErrorCode[code] });
    const error = await changed;
    expect(isZooKeeperError(error, code) && error.path).toBe('/zookeeper/config');
  });
});
