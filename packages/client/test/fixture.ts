import type { Client, ClientOptions, SessionEvent } from '@zebu/client';
import { createClient } from '@zebu/client';
import type { Random } from '@zebu/interfaces';
import type { Stat } from '@zebu/protocol';
import type { SessionId, Zxid } from '@zebu/protocol';
import { ManualClock } from './manual-clock.ts';
import type { ScriptedConnection } from './scripted-server.ts';
import { ScriptedServer, settle } from './scripted-server.ts';

export const noJitter: Random = { below: (bound) => bound - 1 };

export const STAT: Stat = {
  czxid: 1n as Zxid,
  mzxid: 2n as Zxid,
  ctime: 3,
  mtime: 4,
  version: 5,
  cversion: 6,
  aversion: 7,
  ephemeralOwner: 8n as SessionId,
  dataLength: 9,
  numChildren: 10,
  pzxid: 11n as Zxid,
};

export interface Fixture {
  readonly client: Client;
  readonly server: ScriptedServer;
  readonly clock: ManualClock;
  readonly events: SessionEvent[];
}

export function startClient(options: ClientOptions = {}): Fixture {
  const server = new ScriptedServer();
  const clock = new ManualClock();
  const target = options.servers === undefined ? { connectionString: 'a:1,b:2,c:3' } : {};
  const client = createClient({ ...target, dialer: server.dialer, clock, random: noJitter, ...options });
  const events: SessionEvent[] = [];
  client.onSessionEvent((event) => events.push(event));
  return { client, server, clock, events };
}

export interface ConnectedFixture extends Fixture {
  readonly connection: ScriptedConnection;
}

export async function connectClient(options: ClientOptions = {}): Promise<ConnectedFixture> {
  const fixture = startClient(options);
  await settle();
  fixture.server.latest.accept();
  await settle();
  return { ...fixture, connection: fixture.server.latest };
}

/** After the connection was lost: the next one, at once if its time has come. */
export async function nextConnection({ clock, server }: Fixture, afterMs = 0): Promise<ScriptedConnection> {
  const before = server.connections.length;
  clock.advance(afterMs);
  await settle();
  if (server.connections.length !== before + 1) throw new Error('the client has not dialled again');
  return server.latest;
}

/** What a promise rejected with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error('the promise was fulfilled');
}
