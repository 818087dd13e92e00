// The TCP dialer on loopback. Everything else is tested without sockets.

import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import { type Client, createClient, tcpDialer, tcpProbe } from '@zebu/client';
import { encodeConnectResponse, encodeGetDataResponse, JuteReader } from '@zebu/jute';
import type { SessionId } from '@zebu/protocol';
import { OpCode } from '@zebu/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { rejection, STAT } from './fixture.ts';
import { frame, PASSWORD, replyFrame } from './scripted-server.ts';

const servers: Server[] = [];
const clients: Client[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.detach();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function listen(onSocket: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    onSocket(socket);
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return (server.address() as AddressInfo).port;
}

const greeting = frame((writer) =>
  encodeConnectResponse(writer, {
    protocolVersion: 0,
    timeoutMs: 9000,
    sessionId: 5n as SessionId,
    password: PASSWORD,
    readOnly: false,
  }),
);

/** Calls with the handshake (number 0) and each request, however the bytes were cut. */
function onEachFrame(socket: Socket, handle: (number: number, body: JuteReader) => void): void {
  let unread = Buffer.alloc(0);
  let count = 0;
  socket.on('data', (chunk: Buffer) => {
    unread = Buffer.concat([unread, chunk]);
    while (unread.length >= 4 && unread.length >= 4 + unread.readInt32BE(0)) {
      const end = 4 + unread.readInt32BE(0);
      handle(count++, new JuteReader(unread, 4, end));
      unread = unread.subarray(end);
    }
  });
}

function connectTo(ports: readonly number[], maxFrameBytes?: number): Client {
  const client = createClient({
    servers: ports.map((port) => ({ host: '127.0.0.1', port })),
    backoff: { initialMs: 1, maxMs: 2 },
    ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
  });
  clients.push(client);
  return client;
}

describe('over TCP', () => {
  it('a client connects, calls and closes, though the server writes every byte alone', async () => {
    const data = new Uint8Array(Buffer.from('x'.repeat(50)));
    const port = await listen((socket) => {
      socket.setNoDelay(true);
      onEachFrame(socket, (number, body) => {
        const xid = number === 0 ? 0 : body.readInt();
        const isRead = number > 0 && body.readInt() === OpCode.GET_DATA;
        const bytes =
          number === 0
            ? greeting
            : replyFrame(xid, isRead ? (w) => encodeGetDataResponse(w, { data, stat: STAT }) : undefined);
        for (const byte of bytes) socket.write(Uint8Array.of(byte));
      });
    });
    const client = connectTo([port]);
    const reads = await Promise.all([client.getData('/a'), client.getData('/b'), client.getData('/c')]);
    for (const read of reads) expect(read).toEqual({ data, stat: STAT });
    await client.close();
    expect(client.state).toBe('closed');
  });

  it('an oversized frame loses the connection, and the next server is tried', async () => {
    const bad = await listen((socket) => {
      onEachFrame(socket, (number) => socket.write(number === 0 ? greeting : Buffer.from('7fffffff', 'hex')));
    });
    const client = connectTo([bad], 1000);
    expect(await rejection(client.delete('/a'))).toMatchObject({
      code: 'CONNECTIONLOSS',
      cause: { code: 'CONNECTION', cause: { code: 'FRAME' } },
    });
    await client.connected();
  });

  it('a server that is away is passed over', async () => {
    const away = await listen(() => {});
    await new Promise((resolve) => servers.pop()?.close(resolve));
    const port = await listen((socket) => onEachFrame(socket, (number) => number === 0 && socket.write(greeting)));
    const client = connectTo([away, port]);
    await client.connected();
  });

  it('a server that hangs up loses the connection', async () => {
    const port = await listen((socket) => {
      onEachFrame(socket, (number) => (number === 0 ? socket.write(greeting) : socket.destroy()));
    });
    expect(await rejection(connectTo([port]).delete('/a'))).toMatchObject({ code: 'CONNECTIONLOSS' });
  });

  it('a dial can be aborted', async () => {
    const port = await listen(() => {});
    const dial = tcpDialer({ maxFrameBytes: 100 });
    const handler = { onFrames: () => {}, onClose: () => {} };
    const address = { host: '127.0.0.1', port };
    expect(await rejection(dial(address, handler, AbortSignal.abort()))).toMatchObject({ code: 'CONNECTION' });
    const abort = new AbortController();
    const dialling = rejection(dial(address, handler, abort.signal));
    abort.abort();
    expect(await dialling).toMatchObject({ code: 'CONNECTION' });
  });
});

describe('the question whether a server writes', () => {
  const ask = async (onSocket: (socket: Socket) => void, signal = new AbortController().signal): Promise<boolean> =>
    tcpProbe({ host: '127.0.0.1', port: await listen(onSocket) }, signal);

  const answering = (text: string) => (socket: Socket) => {
    socket.on('data', (word) => socket.end(word.toString() === 'isro' ? text : 'not asked'));
  };

  it.each([
    ['rw', true],
    ['rw\n', true],
    ['ro', false],
    ['null', false],
    ['isro is not executed because it is not in the whitelist.\n', false],
    ['', false],
  ])('is put by isro, and %j is %s', async (text, isReadWrite) => {
    expect(await ask(answering(text))).toBe(isReadWrite);
  });

  it('has no for an answer where nobody listens, and from a server that goes on and on', async () => {
    const port = await listen(() => undefined);
    const [server] = servers.splice(0);
    await new Promise((resolve) => server?.close(resolve));
    expect(await tcpProbe({ host: '127.0.0.1', port }, new AbortController().signal)).toBe(false);
    expect(await ask((socket) => void socket.on('data', () => socket.write('rw'.padEnd(100_000, '!'))))).toBe(false);
  });

  it('is given up when its signal says so', async () => {
    const abort = new AbortController();
    const answer = ask((socket) => void socket.on('data', () => abort.abort()), abort.signal);
    expect(await answer).toBe(false);
    expect(await ask(answering('rw'), abort.signal)).toBe(false);
  });
});
