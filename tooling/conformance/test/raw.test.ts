// The raw client against a server of a few lines: what it writes is golden bytes, what it reads is plain values.

import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeReply, encodeRequest, RawSession } from '@zebu/conformance/raw';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Answers the n-th frame with the n-th of these (hex, without length). */
async function serve(answers: readonly string[]): Promise<number> {
  const remaining = [...answers];
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      const payload = Buffer.from(remaining.shift() ?? '', 'hex');
      if (payload.length === 0) return socket.destroy();
      const length = Buffer.alloc(4);
      length.writeInt32BE(payload.length);
      socket.write(Buffer.concat([length, payload]));
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as { port: number }).port;
}

const handshake = `00000000${'00007530'}${'0100000000000001'}00000010${'ab'.repeat(16)}00`;

describe('requests', () => {
  it('writes a create as ZooKeeper does', () => {
    const acl = [{ perms: 31, scheme: 'world', id: 'anyone' }];
    expect(encodeRequest(7, { op: 'create', path: '/a', data: 'd', acl, flags: 1 }).toString('hex')).toBe(
      '0000000700000001' +
        '000000022f61' +
        '0000000164' +
        '000000010000001f00000005776f726c6400000006616e796f6e65' +
        '00000001',
    );
  });

  it('writes a multi with a header before each op and one after them', () => {
    const ops = [{ op: 'check', path: '/', version: 3 }] as const;
    expect(encodeRequest(1, { op: 'multi', ops }).toString('hex')).toBe(
      '000000010000000e' + '0000000d00ffffffff' + '000000012f00000003' + 'ffffffff01ffffffff',
    );
  });

  it('tells null from empty', () => {
    expect(encodeRequest(1, { op: 'setData', path: '', data: null, version: -1 }).toString('hex')).toBe(
      '0000000100000005' + '00000000' + 'ffffffff' + 'ffffffff',
    );
  });
});

describe('replies', () => {
  it('reads the results of a multi, failed ones too', () => {
    const header = '00000001' + '0000000000000009' + '00000000';
    const body = '0000000100' + '00000000' + '000000022f61' + 'ffffffff00ffffff9b' + 'ffffff9b' + 'ffffffff01ffffffff';
    expect(decodeReply(Buffer.from(header + body, 'hex'), { op: 'multi', ops: [] })).toEqual({
      xid: 1,
      zxid: 9n,
      err: 0,
      body: {
        results: [
          { type: 1, err: 0, body: { path: '/a' } },
          { type: -1, err: -101, body: { err: -101 } },
        ],
      },
    });
  });

  it('shows what it cannot read', () => {
    const frame = Buffer.from('00000001' + '0000000000000009' + '00000000' + '0000', 'hex');
    expect(decodeReply(frame, { op: 'sync', path: '/' })).toMatchObject({ undecoded: '0000' });
  });
});

describe('a session', () => {
  it('shakes hands, matches replies by xid and keeps events in their place', async () => {
    const reply = '00000001' + '0000000000000005' + '00000000' + '00000002' + '2f61';
    const port = await serve([handshake, reply]);
    const session = await RawSession.open(port);
    expect(session.connected).toMatchObject({ sessionId: 0x100000000000001n, timeoutMs: 30_000, readOnly: false });
    expect(await session.call({ op: 'sync', path: '/a' })).toEqual({ xid: 1, zxid: 5n, err: 0, body: { path: '/a' } });
    await session.drop();
  });

  it('tells waiting callers that the connection ended', async () => {
    const session = await RawSession.open(await serve([handshake, '']));
    await expect(session.call({ op: 'whoAmI' })).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    expect(session.connection.isClosed).toBe(true);
  });
});
