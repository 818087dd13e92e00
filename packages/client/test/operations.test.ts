import type { TransactionOperation } from '@zebu/client';
import { CreateMode, MultiError, Permission } from '@zebu/client';
import * as jute from '@zebu/jute';
import { ErrorCode, OPEN_ACL_UNSAFE, OpCode } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type ConnectedFixture, connectClient, rejection, STAT } from './fixture.ts';
import { settle } from './scripted-server.ts';

const ACL = [{ permissions: Permission.READ, scheme: 'world', id: 'anyone' }];
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

/** Sends one call, checks its request, answers it, and gives its value. */
async function exchange<T, R>(
  call: (client: ConnectedFixture['client']) => Promise<T>,
  request: { opCode: number; decode: (reader: jute.JuteReader) => R; value: R },
  answer?: (writer: jute.JuteWriter) => void,
  options: { chroot?: string } = {},
): Promise<T> {
  const { client, connection } = await connectClient({ servers: [{ host: 'a', port: 1 }], ...options });
  const result = call(client);
  await settle();
  const { xid, type, body } = connection.takeRequest();
  expect(type).toBe(request.opCode);
  expect(request.decode(body)).toEqual(request.value);
  expect(body.remaining).toBe(0);
  connection.reply(xid, answer);
  return result;
}

describe('create', () => {
  it.each(Object.entries(CreateMode).slice(0, 4))('sends the mode %s', async (_, mode) => {
    const path = await exchange(
      (client) => client.create('/a', 'é', { mode: mode as 0, acl: ACL }),
      {
        opCode: OpCode.CREATE,
        decode: jute.decodeCreateRequest,
        value: { path: '/a', data: bytes('é'), acl: ACL, flags: mode },
      },
      (writer) => writer.writeString('/a0000000001'),
    );
    expect(path).toBe('/a0000000001');
  });

  it('is persistent, without data and open to everybody untold', async () => {
    const value = { path: '/a', data: null, acl: [...OPEN_ACL_UNSAFE], flags: 0 };
    await exchange(
      (client) => client.create('/a'),
      { opCode: OpCode.CREATE, decode: jute.decodeCreateRequest, value },
      (writer) => writer.writeString('/a'),
    );
  });

  it('asks for a container by its own operation', async () => {
    const value = { path: '/a', data: null, acl: [...OPEN_ACL_UNSAFE], flags: CreateMode.CONTAINER };
    const request = { opCode: OpCode.CREATE_CONTAINER, decode: jute.decodeCreateRequest, value };
    const answer = (writer: jute.JuteWriter): void => jute.encodeCreate2Response(writer, { path: '/a', stat: STAT });
    const options = { mode: CreateMode.CONTAINER };
    expect(await exchange((client) => client.create('/a', null, options), request, answer)).toBe('/a');
    const created = await exchange((client) => client.createWithStat('/a', null, options), request, answer);
    expect(created).toEqual({ path: '/a', stat: STAT });
  });

  it.each([
    [{ ttlMs: 5000 }, CreateMode.PERSISTENT_WITH_TTL, 5000n],
    [{ ttlMs: 1, mode: CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL }, CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL, 1n],
    // The server says that it is none.
    [{ mode: CreateMode.PERSISTENT_WITH_TTL }, CreateMode.PERSISTENT_WITH_TTL, -1n],
  ])('asks for a TTL by its own operation: %s', async (options, flags, ttlMs) => {
    const value = { path: '/a', data: null, acl: [...OPEN_ACL_UNSAFE], flags, ttlMs };
    const path = await exchange(
      (client) => client.create('/a', null, options),
      { opCode: OpCode.CREATE_TTL, decode: jute.decodeCreateTtlRequest, value },
      (writer) => jute.encodeCreate2Response(writer, { path: '/a', stat: STAT }),
    );
    expect(path).toBe('/a');
  });

  it('answers the Stat too as createWithStat', async () => {
    const value = { path: '/a', data: bytes('x'), acl: [...OPEN_ACL_UNSAFE], flags: 1 };
    const created = await exchange(
      (client) => client.createWithStat('/a', bytes('x'), { mode: CreateMode.EPHEMERAL }),
      { opCode: OpCode.CREATE2, decode: jute.decodeCreateRequest, value },
      (writer) => jute.encodeCreate2Response(writer, { path: '/a', stat: STAT }),
    );
    expect(created).toEqual({ path: '/a', stat: STAT });
  });
});

describe('writes', () => {
  it.each([
    [undefined, -1],
    [0, 0],
    [7, 7],
  ])('delete with version %s', async (version, sent) => {
    await exchange((client) => client.delete('/a', version === undefined ? {} : { version }), {
      opCode: OpCode.DELETE,
      decode: jute.decodeDeleteRequest,
      value: { path: '/a', version: sent },
    });
  });

  it('setData answers the new Stat', async () => {
    const stat = await exchange(
      (client) => client.setData('/a', null, { version: 3 }),
      { opCode: OpCode.SET_DATA, decode: jute.decodeSetDataRequest, value: { path: '/a', data: null, version: 3 } },
      (writer) => jute.encodeSetDataResponse(writer, { stat: STAT }),
    );
    expect(stat).toEqual(STAT);
  });
});

describe('ACLs and identities', () => {
  it('setAcl answers the new Stat', async () => {
    const stat = await exchange(
      (client) => client.setAcl('/a', ACL, { version: 3 }),
      { opCode: OpCode.SET_ACL, decode: jute.decodeSetAclRequest, value: { path: '/a', acl: ACL, version: 3 } },
      (writer) => jute.encodeSetAclResponse(writer, { stat: STAT }),
    );
    expect(stat).toEqual(STAT);
  });

  it('whoAmI answers identities', async () => {
    const clientInfo = [{ authScheme: 'digest', user: 'ann' }];
    const infos = await exchange(
      (client) => client.whoAmI(),
      { opCode: OpCode.WHO_AM_I, decode: () => undefined, value: undefined },
      (writer) => jute.encodeWhoAmIResponse(writer, { clientInfo }),
    );
    expect(infos).toEqual(clientInfo);
  });
});

describe('listings', () => {
  it.each([
    [undefined, '', '/'],
    ['/a/', '', '/a/'],
    ['/', '/app', '/app/'],
    ['/lock-', '/app', '/app/lock-'],
  ])('getEphemerals below %s with the chroot "%s"', async (prefix, chroot, prefixPath) => {
    const paths = await exchange(
      (client) => client.getEphemerals(prefix),
      { opCode: OpCode.GET_EPHEMERALS, decode: jute.decodeGetEphemeralsRequest, value: { prefixPath } },
      (writer) => jute.encodeGetEphemeralsResponse(writer, { ephemerals: [`${chroot}/x`] }),
      { chroot },
    );
    expect(paths).toEqual(['/x']);
  });

  it('getAllChildrenNumber answers a number', async () => {
    const { decodeGetAllChildrenNumberRequest: decode } = jute;
    const count = await exchange(
      (client) => client.getAllChildrenNumber('/a'),
      { opCode: OpCode.GET_ALL_CHILDREN_NUMBER, decode, value: { path: '/a' } },
      (writer) => jute.encodeGetAllChildrenNumberResponse(writer, { totalNumber: 7 }),
    );
    expect(count).toBe(7);
  });
});

describe('reads', () => {
  it('exists answers the Stat', async () => {
    const stat = await exchange(
      (client) => client.exists('/a'),
      { opCode: OpCode.EXISTS, decode: jute.decodeExistsRequest, value: { path: '/a', watch: false } },
      (writer) => jute.encodeExistsResponse(writer, { stat: STAT }),
    );
    expect(stat).toEqual(STAT);
  });

  it('exists of a missing znode answers undefined', async () => {
    const { client, connection } = await connectClient();
    const call = client.exists('/a');
    await settle();
    connection.reply(1, undefined, { error: ErrorCode.NONODE });
    expect(await call).toBeUndefined();
  });

  it.each([null, new Uint8Array(0), bytes('data')])('getData answers data %s and Stat', async (data) => {
    const value = { path: '/a', watch: true };
    const read = await exchange(
      (client) => client.getData('/a', { watch: () => {} }),
      { opCode: OpCode.GET_DATA, decode: jute.decodeGetDataRequest, value },
      (writer) => jute.encodeGetDataResponse(writer, { data, stat: STAT }),
    );
    expect(read).toEqual({ data, stat: STAT });
  });

  it('getData answers bytes of its own', async () => {
    const { client, connection } = await connectClient();
    const call = client.getData('/a');
    await settle();
    const writer = new jute.JuteWriter();
    writer.writeInt(16 + 8 + 68);
    jute.encodeReplyHeader(writer, { xid: 1, zxid: STAT.mzxid, error: 0 });
    jute.encodeGetDataResponse(writer, { data: bytes('data'), stat: STAT });
    const frames = Buffer.from(writer.take());
    connection.handler.onFrames(frames);
    frames.fill(0);
    expect((await call).data).toEqual(bytes('data'));
  });

  it('getChildren answers names', async () => {
    const children = await exchange(
      (client) => client.getChildren('/a'),
      { opCode: OpCode.GET_CHILDREN, decode: jute.decodeGetChildrenRequest, value: { path: '/a', watch: false } },
      (writer) => jute.encodeGetChildrenResponse(writer, { children: ['x', 'y'] }),
    );
    expect(children).toEqual(['x', 'y']);
  });

  it('getChildrenWithStat answers the Stat too', async () => {
    const read = await exchange(
      (client) => client.getChildrenWithStat('/a', { watch: () => {} }),
      { opCode: OpCode.GET_CHILDREN2, decode: jute.decodeGetChildren2Request, value: { path: '/a', watch: true } },
      (writer) => jute.encodeGetChildren2Response(writer, { children: ['x'], stat: STAT }),
    );
    expect(read).toEqual({ children: ['x'], stat: STAT });
  });

  it('getAcl answers ACL and Stat', async () => {
    const read = await exchange(
      (client) => client.getAcl('/a'),
      { opCode: OpCode.GET_ACL, decode: jute.decodeGetAclRequest, value: { path: '/a' } },
      (writer) => jute.encodeGetAclResponse(writer, { acl: ACL, stat: STAT }),
    );
    expect(read).toEqual({ acl: ACL, stat: STAT });
  });

  it('sync answers nothing', async () => {
    const value = await exchange(
      (client) => client.sync('/a'),
      { opCode: OpCode.SYNC, decode: jute.decodeSyncRequest, value: { path: '/a' } },
      (writer) => jute.encodeSyncResponse(writer, { path: '/a' }),
    );
    expect(value).toBeUndefined();
  });
});

describe('multi', () => {
  const OPERATIONS: TransactionOperation[] = [
    { type: 'create', path: '/a', data: 'x' },
    { type: 'create2', path: '/s-', mode: CreateMode.EPHEMERAL_SEQUENTIAL, acl: ACL },
    { type: 'delete', path: '/b' },
    { type: 'setData', path: '/c', data: null },
    { type: 'check', path: '/', version: 4 },
  ];
  const sent = (root: string): jute.MultiOperation[] => [
    { type: 'create', path: `${root}/a`, data: bytes('x'), acl: [...OPEN_ACL_UNSAFE], flags: 0 },
    { type: 'create2', path: `${root}/s-`, data: null, acl: ACL, flags: 3 },
    { type: 'delete', path: `${root}/b`, version: -1 },
    { type: 'setData', path: `${root}/c`, data: null, version: -1 },
    { type: 'check', path: root === '' ? '/' : root, version: 4 },
  ];
  const results = (root: string): jute.MultiResult[] => [
    { type: 'create', path: `${root}/a` },
    { type: 'create2', path: `${root}/s-1`, stat: STAT },
    { type: 'delete' },
    { type: 'setData', stat: STAT },
    { type: 'check' },
  ];

  it.each(['', '/app'])('sends all operations and answers their results, chroot "%s"', async (chroot) => {
    const answers = await exchange(
      (client) => client.multi(OPERATIONS),
      { opCode: OpCode.MULTI, decode: jute.decodeMultiRequest, value: sent(chroot) },
      (writer) => jute.encodeMultiResponse(writer, results(chroot)),
      { chroot },
    );
    expect(answers).toEqual(results(''));
  });

  it('sends containers and TTLs as their own operations', async () => {
    const acl = [...OPEN_ACL_UNSAFE];
    await exchange(
      (client) =>
        client.multi([
          { type: 'create', path: '/c', mode: CreateMode.CONTAINER },
          { type: 'create', path: '/t', ttlMs: 5 },
        ]),
      {
        opCode: OpCode.MULTI,
        decode: jute.decodeMultiRequest,
        value: [
          { type: 'createContainer', path: '/c', data: null, acl, flags: CreateMode.CONTAINER },
          { type: 'createTTL', path: '/t', data: null, acl, flags: CreateMode.PERSISTENT_WITH_TTL, ttlMs: 5n },
        ],
      },
      (writer) => jute.encodeMultiResponse(writer, []),
    );
  });

  it('rejects with the operation at fault, and the results', async () => {
    const { client, connection } = await connectClient();
    const call = rejection(client.multi(OPERATIONS));
    await settle();
    const refused: jute.MultiResult[] = [0, ErrorCode.NODEEXISTS, -2, -2, -2].map((error) => ({
      type: 'error',
      error,
    }));
    connection.reply(1, (writer) => jute.encodeMultiResponse(writer, refused));
    const error = await call;
    expect(error).toBeInstanceOf(MultiError);
    expect(error).toMatchObject({ code: 'NODEEXISTS', operationIndex: 1, results: refused });
  });

  it('of nothing answers nothing', async () => {
    const request = { opCode: OpCode.MULTI, decode: jute.decodeMultiRequest, value: [] };
    expect(
      await exchange(
        (c) => c.multi([]),
        request,
        (writer) => jute.encodeMultiResponse(writer, []),
      ),
    ).toEqual([]);
  });
});

describe('paths', () => {
  it('that are bad are refused before anything is sent', async () => {
    const { client, connection } = await connectClient();
    const calls = [
      client.create('a'),
      client.delete('/a/'),
      client.exists('/a//b'),
      client.getData(''),
      client.multi([{ type: 'delete', path: '/..' }]),
    ];
    for (const call of calls) expect(await rejection(call)).toMatchObject({ code: 'BADARGUMENTS' });
    await settle();
    expect(connection.takeRequests()).toEqual([]);
  });

  it('of a sequential create may end in a slash', async () => {
    const value = { path: '/app/', data: null, acl: [...OPEN_ACL_UNSAFE], flags: 2 };
    const path = await exchange(
      (client) => client.create('/', null, { mode: CreateMode.PERSISTENT_SEQUENTIAL }),
      { opCode: OpCode.CREATE, decode: jute.decodeCreateRequest, value },
      (writer) => writer.writeString('/app/0000000003'),
      { chroot: '/app' },
    );
    expect(path).toBe('/0000000003');
  });

  it('are moved under the chroot and back', async () => {
    await exchange(
      (client) => client.getChildren('/'),
      { opCode: OpCode.GET_CHILDREN, decode: jute.decodeGetChildrenRequest, value: { path: '/app', watch: false } },
      (writer) => jute.encodeGetChildrenResponse(writer, { children: [] }),
      { chroot: '/app' },
    );
  });
});
