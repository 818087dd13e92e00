import { ConnectionLossError, type ReadWriteProbe } from '@zebu/client';
import { decodeSetWatches } from '@zebu/jute';
import { ErrorCode, type ServerAddress, WatchEventType, Xid } from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { connectClient, type Fixture, nextConnection, rejection, startClient } from './fixture.ts';
import { settle } from './scripted-server.ts';

/** Servers that say that they write, once they are put in here. */
class Probes {
  readonly asked: ServerAddress[] = [];
  readonly readWrite = new Set<string>();
  /** They say nothing. */
  silent = false;
  abortedCount = 0;

  readonly probe: ReadWriteProbe = (server, signal) => {
    this.asked.push(server);
    if (this.silent) {
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          this.abortedCount++;
          reject(new Error('aborted'));
        });
      });
    }
    return Promise.resolve(this.readWrite.has(server.host));
  };
}

interface ReadOnlyFixture extends Fixture {
  readonly probes: Probes;
}

/** Connected to a server in read-only mode. */
async function readOnlyClient(): Promise<ReadOnlyFixture> {
  const probes = new Probes();
  const fixture = startClient({ readOnly: true, readWriteProbe: probes.probe });
  await settle();
  fixture.server.latest.accept({ readOnly: true, sessionId: 0x77n });
  await settle();
  return { ...fixture, probes };
}

async function pass({ clock }: Fixture, ms: number): Promise<void> {
  clock.advance(ms);
  await settle();
}

const types = ({ events }: Fixture): string[] => events.map(({ type }) => type);

describe('a client that is content with reads', () => {
  it('says so, and hears that it is connected to a read-only server', async () => {
    const fixture = await readOnlyClient();
    const { client, server, events } = fixture;
    expect(server.latest.handshake.readOnly).toBe(true);
    await client.connected();
    expect(client.state).toBe('connectedReadOnly');
    expect(events).toEqual([
      {
        type: 'connectedReadOnly',
        sessionId: 0x77n,
        timeoutMs: 9000,
        reattached: false,
        server: server.latest.server,
      },
    ]);
  });

  it('is simply connected to a server that writes, and searches for none', async () => {
    const probes = new Probes();
    const fixture = await connectClient({ readOnly: true, readWriteProbe: probes.probe });
    await pass(fixture, 5000);
    expect([fixture.client.state, types(fixture), probes.asked]).toEqual(['connected', ['connected'], []]);
  });

  it('reads; a write is refused with NOTREADONLY', async () => {
    const { client, server } = await readOnlyClient();
    const write = rejection(client.setData('/a', 'x'));
    await settle();
    server.latest.reply(server.latest.takeRequest().xid, undefined, { error: ErrorCode.NOTREADONLY });
    expect(await write).toMatchObject({ code: 'NOTREADONLY', path: '/a' });
    expect(client.state).toBe('connectedReadOnly');
  });

  it('closes its session', async () => {
    const fixture = await readOnlyClient();
    const closed = fixture.client.close();
    const { server } = fixture;
    await settle();
    server.latest.reply(server.latest.takeRequest().xid);
    await closed;
    await pass(fixture, 60_000);
    expect([types(fixture), fixture.probes.asked]).toEqual([['connectedReadOnly', 'closed'], []]);
  });
});

describe('the session of a read-only server', () => {
  it('is not shown to the next one, which gives a new session; watches go along', async () => {
    const fixture = await readOnlyClient();
    const { client, server } = fixture;
    const heard: string[] = [];
    const read = client.getChildren('/a', { watch: ({ type }) => heard.push(type) });
    await settle();
    server.latest.reply(server.latest.takeRequest().xid, (writer) => writer.writeInt(0));
    await read;
    server.latest.drop();
    await settle();
    const next = await nextConnection(fixture);
    expect(next.handshake).toMatchObject({ sessionId: 0n, lastZxidSeen: 7n, readOnly: true });
    next.accept({ sessionId: 0x99n });
    await settle();
    const [watches] = next.takeRequests();
    expect(watches?.xid).toBe(Xid.SET_WATCHES);
    expect(decodeSetWatches((watches as NonNullable<typeof watches>).body).childWatches).toEqual(['/a']);
    next.event(WatchEventType.NODE_CHILDREN_CHANGED, '/a');
    await settle();
    expect(heard).toEqual(['childrenChanged']);
    expect([client.state, client.sessionId]).toEqual(['connected', 0x99n]);
    expect(fixture.events.at(-1)).toMatchObject({ type: 'connected', reattached: false });
  });

  it('is not in a ticket', async () => {
    const { client } = await readOnlyClient();
    expect(client.detach().id).toBe(0n);
  });
});

describe('the session of a server that writes', () => {
  it('is shown to every server from then on, read-only or not', async () => {
    const fixture = await connectClient({ readOnly: true, readWriteProbe: new Probes().probe });
    fixture.connection.drop();
    await settle();
    // A read-only server hangs up: the session is the quorum's.
    const readOnly = await nextConnection(fixture);
    expect(readOnly.handshake).toMatchObject({ sessionId: 0x1000n, readOnly: true });
    readOnly.drop();
    await settle();
    const third = await nextConnection(fixture);
    expect(third.handshake.sessionId).toBe(0x1000n);
    third.accept();
    await settle();
    expect(fixture.events.at(-1)).toMatchObject({ type: 'connected', reattached: true });
  });

  it('may come as a ticket', async () => {
    const { server } = startClient({
      readOnly: true,
      session: { id: 5n as never, password: new Uint8Array(16), lastZxidSeen: 0n as never },
    });
    await settle();
    expect(server.latest.handshake.sessionId).toBe(5n);
  });
});

describe('the search for a server that writes', () => {
  it('asks the others in turn, ever more seldom', async () => {
    const fixture = await readOnlyClient();
    const { probes, server } = fixture;
    const current = server.latest.server.host;
    const times: number[] = [];
    for (let ms = 10; ms <= 7000; ms += 10) {
      const before = probes.asked.length;
      // The server answers pings: the connection lasts.
      if (ms % 1000 === 0) server.latest.reply(Xid.PING);
      await pass(fixture, 10);
      if (probes.asked.length > before) times.push(ms);
    }
    expect(times).toEqual([100, 300, 700, 1500, 3100, 6300]);
    const hosts = probes.asked.map(({ host }) => host);
    expect(hosts).not.toContain(current);
    expect(new Set(hosts).size).toBe(2);
    expect(hosts.slice(0, 2)).toEqual(hosts.slice(2, 4));
  });

  it('goes over to the one that it finds: reads under way are lost, calls wait, the session is a new one', async () => {
    const fixture = await readOnlyClient();
    const { client, server, probes } = fixture;
    const before = server.latest;
    const [readWrite] = ['a', 'b', 'c'].filter((host) => host !== before.server.host);
    probes.readWrite.add(readWrite as string);
    const lost = rejection(client.getData('/a'));
    await pass(fixture, 100);
    await pass(fixture, 200);
    await pass(fixture, 0);
    expect(await lost).toBeInstanceOf(ConnectionLossError);
    expect(before.closedByClient).toBe(true);
    expect(server.latest.server.host).toBe(readWrite);
    const write = client.delete('/a');
    server.latest.accept({ sessionId: 0x99n });
    await settle();
    server.latest.reply(server.latest.takeRequest().xid);
    await write;
    expect(types(fixture)).toEqual(['connectedReadOnly', 'disconnected', 'connected']);
    await pass(fixture, 500);
    expect(server.connections.length).toBe(2);
  });

  it('gives up on a server that does not answer within a second', async () => {
    const fixture = await readOnlyClient();
    fixture.probes.silent = true;
    await pass(fixture, 100);
    await pass(fixture, 999);
    expect(fixture.probes.abortedCount).toBe(0);
    await pass(fixture, 1);
    expect(fixture.probes.abortedCount).toBe(1);
    fixture.probes.silent = false;
    await pass(fixture, 200);
    expect(fixture.probes.asked.length).toBe(2);
  });

  it('ends with the connection, and with the client, whatever a server says then', async () => {
    for (const end of ['drop', 'close'] as const) {
      const fixture = await readOnlyClient();
      fixture.probes.silent = true;
      await pass(fixture, 100);
      if (end === 'drop') fixture.server.latest.drop();
      else void fixture.client.close();
      await settle();
      expect(fixture.probes.abortedCount).toBe(1);
      const { length } = fixture.probes.asked;
      if (end === 'drop') (await nextConnection(fixture)).accept();
      await pass(fixture, 3000);
      expect(fixture.probes.asked.length).toBe(length);
    }
  });

  it('is not made where there is one server, or a dialer without a probe', async () => {
    const probes = new Probes();
    const alone = startClient({ servers: [{ host: 'a', port: 1 }], readOnly: true, readWriteProbe: probes.probe });
    await settle();
    alone.server.latest.accept({ readOnly: true });
    await settle();
    await pass(alone, 1000);
    expect([probes.asked, alone.client.state]).toEqual([[], 'connectedReadOnly']);
  });
});

it('a listener that closes the client when it is connected read-only ends the search before it begins', async () => {
  const probes = new Probes();
  const fixture = startClient({ readOnly: true, readWriteProbe: probes.probe });
  const closed = fixture.client.connected().then(() => fixture.client.close());
  await settle();
  fixture.server.latest.accept({ readOnly: true });
  await settle();
  fixture.server.latest.drop();
  await closed;
  await pass(fixture, 5000);
  expect(probes.asked).toEqual([]);
});
