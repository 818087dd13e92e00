import { OpCode, Xid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { type ConnectedFixture, connectClient, nextConnection, rejection } from './fixture.ts';
import { settle } from './scripted-server.ts';

/** The session timeout is 9 s: a ping after 3 s without a request, silence for 6 s is the end. */
/** What is left of a third of a second added to it and taken away again is less than that third. */
const AWKWARD_TIME_MS = 100.1;

async function pass({ clock }: ConnectedFixture, byMs: number): Promise<void> {
  clock.advance(byMs);
  await settle();
}

describe('a quiet connection', () => {
  it('is pinged a third of the timeout after the last request', async () => {
    const fixture = await connectClient();
    await pass(fixture, 2000);
    const call = fixture.client.delete('/a');
    await settle();
    fixture.connection.reply(fixture.connection.takeRequest().xid);
    await call;
    await pass(fixture, 2999);
    expect(fixture.connection.takeRequests()).toEqual([]);
    await pass(fixture, 1);
    expect(fixture.connection.takeRequest()).toMatchObject({ xid: Xid.PING, type: OpCode.PING });
  });

  it('is pinged every ten seconds at least, however long the timeout', async () => {
    const fixture = await connectClient();
    fixture.connection.drop();
    const next = await nextConnection(fixture);
    next.accept({ timeoutMs: 600_000 });
    await pass(fixture, 10_000);
    expect(next.takeRequest().xid).toBe(Xid.PING);
  });

  it('is pinged when the timer says so, at times that are fractions', async () => {
    const fixture = await connectClient();
    const { clock, connection } = fixture;
    clock.advance(AWKWARD_TIME_MS);
    connection.drop();
    const next = await nextConnection(fixture);
    next.accept({ timeoutMs: 1000 });
    await settle();
    clock.runNext();
    await settle();
    expect(next.takeRequest().xid).toBe(Xid.PING);
  });

  it('lives for as long as the server answers', async () => {
    const fixture = await connectClient();
    for (let i = 0; i < 20; i++) {
      await pass(fixture, 3000);
      expect(fixture.connection.takeRequest().xid).toBe(Xid.PING);
      fixture.connection.reply(Xid.PING);
    }
    expect(fixture.client.state).toBe('connected');
  });
});

describe('a silent server', () => {
  it('is given up after two thirds of the timeout', async () => {
    const fixture = await connectClient();
    const call = rejection(fixture.client.delete('/a'));
    await pass(fixture, 5999);
    expect(fixture.client.state).toBe('connected');
    await pass(fixture, 1);
    expect(await call).toMatchObject({ code: 'CONNECTIONLOSS', cause: { message: expect.stringContaining('silent') } });
    expect(fixture.connection.closedByClient).toBe(true);
  });

  it('is not judged by a late timer before its bytes were read', async () => {
    const fixture = await connectClient();
    fixture.clock.stall(60_000);
    const { clock, connection, client } = fixture;
    // The check is due long since; it asks for one more turn of the loop, in which the unread bytes arrive.
    const due = clock.untilNext;
    expect(due).toBe(0);
    clock.runNext();
    expect(client.state).toBe('connected');
    connection.reply(Xid.PING);
    await pass(fixture, 0);
    expect(client.state).toBe('connected');
    await pass(fixture, 6000);
    expect(client.state).toBe('connecting');
  });
});
