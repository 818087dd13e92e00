import {
  ClientClosedError,
  ClientOverloadedError,
  ConnectionLossError,
  createClient,
  SessionExpiredError,
} from '@zebu/client';
import { decodeDeleteRequest, decodeSetWatches, encodeExistsResponse } from '@zebu/jute';
import type { SessionId, Zxid } from '@zebu/protocol';
import { ErrorCode, OpCode, WatchEventType, Xid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { connectClient, nextConnection, rejection, STAT, startClient } from './fixture.ts';
import { PASSWORD, settle } from './scripted-server.ts';

describe('a new session', () => {
  it('is asked for with the timeout wanted, no id, no password and nothing seen', async () => {
    const { client, server } = startClient({ sessionTimeoutMs: 12_000 });
    await settle();
    expect(server.latest.handshake).toEqual({
      protocolVersion: 0,
      lastZxidSeen: 0n,
      timeoutMs: 12_000,
      sessionId: 0n,
      password: new Uint8Array(16),
      readOnly: false,
    });
    expect(client.state).toBe('connecting');
  });

  it('has the id and the timeout that the server gave', async () => {
    const { client, events, connection } = await connectClient();
    await client.connected();
    expect([client.state, client.sessionId, client.sessionTimeoutMs]).toEqual(['connected', 0x1000n, 9000]);
    expect(events).toEqual([
      { type: 'connected', sessionId: 0x1000n, timeoutMs: 9000, reattached: false, server: connection.server },
    ]);
  });

  it('tries the next server when one is unreachable, at once until each was tried', async () => {
    const { server, clock, client } = startClient();
    server.unreachable = new Error('refused');
    await settle();
    for (const dialCount of [2, 3]) {
      clock.advance(0);
      await settle();
      expect(server.dialCount).toBe(dialCount);
    }
    clock.advance(0);
    await settle();
    expect(server.dialCount).toBe(3);
    server.unreachable = undefined;
    clock.advance(50);
    await settle();
    server.latest.accept();
    await client.connected();
  });

  it('gives a server up that does not answer in time, and closes a connection that comes too late', async () => {
    const fixture = startClient({ connectTimeoutMs: 100 });
    await settle();
    fixture.clock.advance(99);
    expect(fixture.server.latest.closedByClient).toBe(false);
    fixture.clock.advance(1);
    expect(fixture.server.latest.closedByClient).toBe(true);
    const second = await nextConnection(fixture);
    expect(second.server).not.toEqual(fixture.server.connections[0]?.server);
  });
});

describe('calls without a connection', () => {
  it('wait for one, and are sent in order and in one write', async () => {
    const { client, server } = startClient();
    const calls = ['/a', '/b', '/c'].map((path) => client.delete(path));
    expect(client.pendingCount).toBe(3);
    await settle();
    server.latest.accept();
    await settle();
    const requests = server.latest.takeRequests();
    expect(requests.map(({ xid, body }) => [xid, decodeDeleteRequest(body).path])).toEqual([
      [1, '/a'],
      [2, '/b'],
      [3, '/c'],
    ]);
    expect(server.latest.writeCount).toBe(2);
    for (const { xid } of requests) server.latest.reply(xid);
    await Promise.all(calls);
    expect(client.pendingCount).toBe(0);
  });

  it('are refused beyond maxPendingRequests, and those before are not disturbed', async () => {
    const { client, server } = startClient({ maxPendingRequests: 2 });
    const first = [client.delete('/a'), client.delete('/b')];
    expect(await rejection(client.delete('/c'))).toBeInstanceOf(ClientOverloadedError);
    await settle();
    server.latest.accept();
    await settle();
    expect(await rejection(client.delete('/d'))).toBeInstanceOf(ClientOverloadedError);
    for (const { xid } of server.latest.takeRequests()) server.latest.reply(xid);
    await Promise.all(first);
  });
});

describe('a lost connection', () => {
  it('rejects the calls under way with ConnectionLoss, since nobody knows their outcome', async () => {
    const { client, connection, events } = await connectClient();
    const call = client.delete('/a');
    await settle();
    connection.drop(new Error('reset'));
    const error = await rejection(call);
    expect(error).toBeInstanceOf(ConnectionLossError);
    expect(error).toMatchObject({ code: 'CONNECTIONLOSS', cause: { code: 'CONNECTION', cause: { message: 'reset' } } });
    expect(client.state).toBe('connecting');
    expect(events.map((event) => event.type)).toEqual(['connected', 'disconnected']);
  });

  it('is replaced by one to the next server, with id, password and the last zxid seen', async () => {
    const fixture = await connectClient();
    const { client, connection } = fixture;
    const call = client.delete('/a');
    await settle();
    connection.reply(1, undefined, { zxid: 0x5_0000_0009n });
    await call;
    connection.drop();
    const next = await nextConnection(fixture);
    expect(next.server).not.toEqual(connection.server);
    expect(next.handshake).toMatchObject({ sessionId: 0x1000n, password: PASSWORD, lastZxidSeen: 0x5_0000_0009n });
    next.accept();
    await settle();
    expect(fixture.events.at(-1)).toMatchObject({ type: 'connected', reattached: true, server: next.server });
  });

  it('goes on with the numbers of requests, so that a late commit is not taken for another request', async () => {
    const fixture = await connectClient();
    const lost = rejection(fixture.client.delete('/a'));
    await settle();
    fixture.connection.drop();
    await lost;
    const call = fixture.client.delete('/b');
    const next = await nextConnection(fixture);
    next.accept();
    await settle();
    const { xid } = next.takeRequest();
    expect(xid).toBe(2);
    next.reply(xid);
    await call;
  });

  it('keeps the highest zxid seen, also when a reply has a lower one or none', async () => {
    const fixture = await connectClient();
    for (const [xid, zxid] of [
      [1, 9n],
      [2, 8n],
      [3, -1n],
    ] as const) {
      const call = fixture.client.delete('/a');
      await settle();
      fixture.connection.reply(xid, undefined, { zxid });
      await call;
    }
    fixture.connection.drop();
    expect((await nextConnection(fixture)).handshake.lastZxidSeen).toBe(9n);
  });

  it('goes to no server that is behind a watch event, and sets its watches again as of the last reply', async () => {
    const fixture = await connectClient();
    const watched = fixture.client.exists('/a', { watch: () => undefined });
    await settle();
    fixture.connection.reply(1, undefined, { zxid: 5n, error: ErrorCode.NONODE });
    await watched;
    fixture.connection.event(WatchEventType.NODE_CREATED, '/other', 8n);
    fixture.connection.event(WatchEventType.NODE_CREATED, '/another');
    fixture.connection.drop();
    const next = await nextConnection(fixture);
    expect(next.handshake.lastZxidSeen).toBe(8n);
    next.accept();
    await settle();
    const [setWatches] = next.takeRequests();
    expect(setWatches && decodeSetWatches(setWatches.body)).toMatchObject({ relativeZxid: 5n, existWatches: ['/a'] });
  });

  it('is noticed when sending fails', async () => {
    const { client, connection } = await connectClient();
    connection.sendError = new Error('broken pipe');
    expect(await rejection(client.delete('/a'))).toMatchObject({ code: 'CONNECTIONLOSS' });
    expect(connection.closedByClient).toBe(true);
  });

  it('is not replaced in a tight loop when a lone server greets and hangs up', async () => {
    const fixture = await connectClient({ servers: [{ host: 'a', port: 1 }] });
    for (const delayMs of [50, 100, 200]) {
      fixture.server.latest.drop();
      expect(fixture.clock.untilNext).toBe(delayMs);
      const next = await nextConnection(fixture, delayMs);
      next.accept();
      await settle();
    }
    fixture.clock.advance(1000);
    fixture.server.latest.drop();
    expect(fixture.clock.untilNext).toBe(0);
  });

  it('tells its end once, however it ends', async () => {
    const { connection, events, clock } = await connectClient();
    connection.drop(new Error('one'));
    connection.drop(new Error('two'));
    connection.push(new Uint8Array(3));
    await settle();
    expect(events.map((event) => event.type)).toEqual(['connected', 'disconnected']);
    expect(clock.timerCount).toBe(1);
  });
});

describe('watches over a reconnect', () => {
  it('are registered again relative to the last zxid seen, before anything else is sent', async () => {
    const fixture = await connectClient();
    const { client, connection } = fixture;
    const watch = (): void => {};
    const reads = Promise.allSettled([client.exists('/x', { watch }), client.exists('/missing', { watch })]);
    await settle();
    connection.reply(1, (writer) => encodeExistsResponse(writer, { stat: STAT }), { zxid: 20n });
    connection.reply(2, undefined, { error: ErrorCode.NONODE, zxid: 21n });
    await reads;
    connection.drop();
    const queued = client.delete('/q');
    const next = await nextConnection(fixture);
    next.accept();
    await settle();
    const [setWatches, deletion] = next.takeRequests();
    expect([setWatches?.xid, setWatches?.type]).toEqual([Xid.SET_WATCHES, OpCode.SET_WATCHES]);
    expect(setWatches && decodeSetWatches(setWatches.body)).toEqual({
      relativeZxid: 21n,
      dataWatches: ['/x'],
      existWatches: ['/missing'],
      childWatches: [],
    });
    next.reply(Xid.SET_WATCHES);
    next.reply(deletion?.xid ?? 0);
    await queued;
  });

  it('are not registered when there are none', async () => {
    const fixture = await connectClient();
    fixture.connection.drop();
    const next = await nextConnection(fixture);
    next.accept();
    await settle();
    expect(next.takeRequests()).toEqual([]);
  });
});

describe('an expired session', () => {
  it('rejects what waits and what comes, tells watches, and connects no more', async () => {
    const fixture = await connectClient();
    const { client, connection } = fixture;
    const fired: unknown[] = [];
    const read = client.exists('/x', { watch: (event) => fired.push(event) });
    await settle();
    connection.reply(1, undefined, { error: ErrorCode.NONODE });
    await read;
    connection.drop();
    const queued = rejection(client.delete('/q'));
    const waiting = rejection(client.connected());
    const next = await nextConnection(fixture);
    next.refuse();
    expect(await queued).toBeInstanceOf(SessionExpiredError);
    expect(await waiting).toBeInstanceOf(SessionExpiredError);
    expect(await rejection(client.delete('/late'))).toBeInstanceOf(SessionExpiredError);
    expect(await rejection(client.connected())).toBeInstanceOf(SessionExpiredError);
    expect(fired).toEqual([{ type: 'sessionLost', path: '/x' }]);
    expect(fixture.events.map((event) => event.type)).toEqual(['connected', 'disconnected', 'expired']);
    expect([client.state, next.closedByClient, fixture.clock.timerCount]).toEqual(['expired', true, 0]);
    await client.close();
    await settle();
    expect(fixture.events.at(-1)?.type).toBe('closed');
  });
});

describe('close', () => {
  it('ends the session at the server after the calls under way were answered', async () => {
    const { client, connection, events, clock } = await connectClient();
    const call = client.delete('/a');
    const closed = client.close();
    const late = rejection(client.delete('/late'));
    await settle();
    const [deletion, closeSession] = connection.takeRequests();
    expect([deletion?.type, closeSession?.type]).toEqual([OpCode.DELETE, OpCode.CLOSE_SESSION]);
    connection.reply(1);
    await call;
    connection.reply(2);
    await closed;
    await settle();
    expect(await late).toBeInstanceOf(ClientClosedError);
    expect([client.state, connection.closedByClient, clock.timerCount]).toEqual(['closed', true, 0]);
    expect(events.at(-1)).toEqual({ type: 'closed' });
  });

  it('ends pending calls when the server hangs up instead of answering', async () => {
    const { client, connection, server } = await connectClient();
    const call = rejection(client.delete('/a'));
    const closed = client.close();
    await settle();
    connection.drop();
    await closed;
    expect(await call).toBeInstanceOf(ConnectionLossError);
    await settle();
    expect(server.dialCount).toBe(1);
  });

  it('ends pending calls when the server says nothing', async () => {
    const { client, clock } = await connectClient();
    const call = rejection(client.delete('/a'));
    const closed = client.close();
    await settle();
    clock.advance(5000);
    await closed;
    expect(await call).toBeInstanceOf(ConnectionLossError);
  });

  it('ends queued calls and the search for a server at once', async () => {
    const { client, server, clock } = startClient();
    const call = rejection(client.delete('/a'));
    const waiting = rejection(client.connected());
    await client.close();
    expect(await call).toBeInstanceOf(ClientClosedError);
    expect(await waiting).toBeInstanceOf(ClientClosedError);
    await settle();
    expect(clock.timerCount).toBe(0);
    expect(server.connections.every((connection) => connection.closedByClient)).toBe(true);
  });

  it('may be called again, also from everywhere at once', async () => {
    const { client, connection } = await connectClient();
    const all = Promise.all([client.close(), client.close()]);
    await settle();
    connection.reply(1);
    await all;
    await client.close();
  });
});

describe('detach', () => {
  it('leaves a ticket with which another client goes on', async () => {
    const first = await connectClient();
    const call = rejection(first.client.delete('/a'));
    await settle();
    const ticket = first.client.detach();
    expect(first.connection.takeRequests().map(({ type }) => type)).toEqual([OpCode.DELETE]);
    expect(await call).toBeInstanceOf(ConnectionLossError);
    await first.client.close();

    const second = startClient({ session: ticket });
    await settle();
    expect(second.server.latest.handshake).toMatchObject({ sessionId: 0x1000n, password: PASSWORD });
    second.server.latest.accept();
    await settle();
    expect(second.events[0]).toMatchObject({ type: 'connected', reattached: true });
  });

  it('starts from the zxid of the ticket, also above 2^63', async () => {
    const lastZxidSeen = 0x7fff_ffff_ffff_fff0n as Zxid;
    const { server } = startClient({ session: { id: 5n as SessionId, password: PASSWORD, lastZxidSeen } });
    await settle();
    expect(server.latest.handshake.lastZxidSeen).toBe(lastZxidSeen);
  });
});

describe('createClient', () => {
  it('refuses options that make no client', () => {
    expect(() => createClient({})).toThrow('no server to connect to');
    expect(() => createClient({ connectionString: 'a', servers: [{ host: 'a', port: 1 }] })).toThrow('not both');
    expect(() => createClient({ connectionString: 'a', sessionTimeoutMs: 0 })).toThrow('sessionTimeoutMs is 0');
    expect(() => createClient({ connectionString: 'a', maxPendingRequests: Number.NaN })).toThrow('whole number');
    expect(() => createClient({ servers: [{ host: 'a', port: 1 }], chroot: 'x' })).toThrow('bad chroot');
  });
});
