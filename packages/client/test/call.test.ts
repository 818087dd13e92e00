import { errorOfReply, isZooKeeperError, ZooKeeperError } from '@zebu/client';
import { ErrorCode, errorName, OpCode } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { connectClient, nextConnection, rejection, startClient } from './fixture.ts';
import { replyFrame, settle } from './scripted-server.ts';

describe('an AbortSignal', () => {
  it('that was aborted before rejects the call and sends nothing', async () => {
    const { client, connection } = await connectClient();
    const signal = AbortSignal.abort(new Error('too late'));
    expect(await rejection(client.delete('/a', { signal }))).toMatchObject({ message: 'too late' });
    expect(await rejection(client.connected({ signal }))).toMatchObject({ message: 'too late' });
    await settle();
    expect(connection.takeRequests()).toEqual([]);
  });

  it('takes a queued request back', async () => {
    const { client, server } = startClient();
    const abort = new AbortController();
    const call = rejection(client.delete('/a', { signal: abort.signal }));
    const kept = client.delete('/b');
    abort.abort();
    expect(await call).toMatchObject({ name: 'AbortError' });
    expect(client.pendingCount).toBe(1);
    await settle();
    server.latest.accept();
    await settle();
    server.latest.reply(server.latest.takeRequest().xid);
    await kept;
  });

  it('rejects a call under way, whose reply then disturbs nobody', async () => {
    const { client, connection } = await connectClient();
    const abort = new AbortController();
    const fired: unknown[] = [];
    const call = rejection(client.exists('/a', { signal: abort.signal, watch: (event) => fired.push(event) }));
    const next = client.delete('/b');
    await settle();
    abort.abort(new Error('changed my mind'));
    expect(await call).toMatchObject({ message: 'changed my mind' });
    connection.reply(1, undefined, { error: ErrorCode.NONODE });
    connection.event(1, '/a');
    connection.reply(2);
    await next;
    expect(fired).toEqual([]);
  });

  it('after the reply does nothing', async () => {
    const { client, connection } = await connectClient();
    const abort = new AbortController();
    const call = client.delete('/a', { signal: abort.signal });
    await settle();
    connection.reply(1);
    await call;
    abort.abort();
  });

  it('ends a wait for a connection', async () => {
    const { client } = startClient();
    const abort = new AbortController();
    const waiting = rejection(client.connected({ signal: abort.signal }));
    abort.abort();
    expect(await waiting).toMatchObject({ name: 'AbortError' });
  });

  it('is let go of when the call is settled', async () => {
    const { client, connection } = await connectClient();
    let listenerCount = 0;
    const signal = {
      aborted: false,
      addEventListener: () => listenerCount++,
      removeEventListener: () => listenerCount--,
    };
    const calls = [client.delete('/a', { signal }), client.delete('/b', { signal }), client.connected({ signal })];
    await settle();
    connection.reply(1);
    connection.reply(2, undefined, { error: ErrorCode.NONODE });
    await Promise.allSettled(calls);
    expect(listenerCount).toBe(0);
  });
});

describe('an error in a reply', () => {
  it('rejects with its name, its path and the class for its kind', async () => {
    const { client, connection } = await connectClient();
    const calls = ['/a', '/b', '/c'].map((path) => rejection(client.delete(path)));
    await settle();
    connection.push(
      replyFrame(1, undefined, { error: ErrorCode.NOTEMPTY }),
      replyFrame(2, undefined, { error: ErrorCode.SESSIONEXPIRED }),
      replyFrame(3, undefined, { error: -9999 }),
    );
    const [notEmpty, expired, unknown] = await Promise.all(calls);
    expect(notEmpty).toMatchObject({ name: 'ZooKeeperError', code: 'NOTEMPTY', path: '/a' });
    expect(expired).toMatchObject({ name: 'SessionExpiredError', code: 'SESSIONEXPIRED' });
    expect(unknown).toMatchObject({ code: 'UNKNOWN_CODE' });
    expect(isZooKeeperError(notEmpty, 'NOTEMPTY', 'NONODE')).toBe(true);
    expect(isZooKeeperError(notEmpty, 'NONODE')).toBe(false);
    expect(isZooKeeperError(new Error('other'))).toBe(false);
  });

  it('has a name for every code of the table', () => {
    for (const code of Object.values(ErrorCode)) {
      expect(errorOfReply(code, '/x')).toBeInstanceOf(ZooKeeperError);
      expect(errorOfReply(code, '/x').code).toBe(errorName(code));
    }
  });
});

describe('submit', () => {
  it('pipelines in one write, and hands the replies over in order', async () => {
    const { client, connection } = await connectClient();
    const before = connection.writeCount;
    const zxids: bigint[] = [];
    const handler = { onReply: (reply: { zxid: bigint }) => zxids.push(reply.zxid), onFailure: () => zxids.push(-1n) };
    for (let i = 0; i < 100; i++) client.submit(OpCode.SYNC, (writer) => writer.writeString('/'), handler);
    await settle();
    expect(connection.writeCount).toBe(before + 1);
    const requests = connection.takeRequests();
    expect(requests.map(({ type }) => type)).toEqual(Array.from({ length: 100 }, () => OpCode.SYNC));
    connection.push(...requests.map(({ xid }) => replyFrame(xid, undefined, { zxid: BigInt(xid) + 0xf000_0000n })));
    expect(zxids).toEqual(requests.map(({ xid }) => BigInt(xid) + 0xf000_0000n));
  });

  it('may submit again from a reply, and what it submits leaves with the rest of that turn', async () => {
    const { client, connection } = await connectClient();
    let left = 10;
    const handler = {
      onReply: (): void => {
        if (left-- > 0) client.submit(OpCode.SYNC, undefined, handler);
      },
      onFailure: (): void => {},
    };
    for (let i = 0; i < 5; i++) client.submit(OpCode.SYNC, undefined, handler);
    await settle();
    const before = connection.writeCount;
    connection.push(...connection.takeRequests().map(({ xid }) => replyFrame(xid)));
    expect(connection.writeCount).toBe(before + 1);
    expect(connection.takeRequests()).toHaveLength(5);
  });

  it('may submit again from a failure, and then waits for the next connection', async () => {
    const fixture = await connectClient();
    let failures = 0;
    const handler = {
      onReply: (): void => {},
      onFailure: (): void => {
        if (failures++ === 0) fixture.client.submit(OpCode.SYNC, undefined, handler);
      },
    };
    fixture.client.submit(OpCode.SYNC, undefined, handler);
    await settle();
    fixture.connection.drop();
    const next = await nextConnection(fixture);
    next.accept();
    await settle();
    expect(next.takeRequest().type).toBe(OpCode.SYNC);
    expect(failures).toBe(1);
  });

  it('survives a handler that throws, and encode that throws reaches the caller', async () => {
    const errors: string[] = [];
    const silent = (): void => {};
    const error = (_: string, fields?: object): unknown => errors.push(JSON.stringify(fields));
    const { client, connection } = await connectClient({
      logger: { debug: silent, info: silent, warn: silent, error },
    });
    const boom = (): never => {
      throw new Error('boom');
    };
    expect(() => client.submit(OpCode.SYNC, boom, { onReply: silent, onFailure: silent })).toThrow('boom');
    client.submit(OpCode.SYNC, undefined, { onReply: boom, onFailure: boom });
    const call = client.delete('/a');
    client.submit(OpCode.SYNC, undefined, { onReply: boom, onFailure: boom });
    await settle();
    connection.reply(1);
    connection.reply(2);
    await call;
    connection.drop();
    expect(errors).toEqual(['{"reason":"Error: boom"}', '{"reason":"Error: boom"}']);
  });
});
