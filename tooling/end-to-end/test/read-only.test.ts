// Reads without a quorum, on real processes: who is served, what is refused, and what becomes of the sessions when a quorum is back.

import { readFileSync, writeFileSync } from 'node:fs';
import { type Client, type ClientOptions, createClient, CreateMode, type SessionEvent } from '@zebu/client';
import { RawSession } from '@zebu/conformance/raw';
import { freePorts } from '@zebu/ensemble/free-ports';
import { afterEach, describe, expect, it } from 'vitest';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';
import { fourLetterWord } from './harness/four-letter-word.ts';
import type { ServerProcess } from './harness/server-process.ts';
import { until } from './harness/wait.ts';

const LINES = ['readonlymode.enabled=true', 'localSessionsEnabled=true', 'localSessionsUpgradingEnabled=true'];
const LIMIT_MS = 120_000;

let ensemble: EnsembleProcesses | undefined;
const clients: Client[] = [];

afterEach(async ({ task }) => {
  for (const client of clients.splice(0)) client.detach();
  await ensemble?.dispose(task.result?.state === 'fail');
});

interface Heard {
  readonly client: Client;
  readonly events: SessionEvent[];
}

function connect(options: ClientOptions): Heard {
  const client = createClient(options);
  clients.push(client);
  const events: SessionEvent[] = [];
  client.onSessionEvent((event) => events.push(event));
  return { client, events };
}

const text = (data: Uint8Array | null): string => new TextDecoder().decode(data ?? undefined);

const inMode = (server: ServerProcess, mode: string): Promise<boolean> =>
  until(`server ${server.id} to be ${mode}`, async () => (await server.mode()) === mode);

describe('an ensemble that loses its quorum', () => {
  it(
    'serves reads, refuses writes, and hands over to the next quorum',
    async () => {
      ensemble = await EnsembleProcesses.start({ lines: LINES });
      const { connectString: connectionString } = ensemble;
      const [first, second, third] = ensemble.servers as [ServerProcess, ServerProcess, ServerProcess];
      const owner = connect({ connectionString, readOnly: true });
      await owner.client.create('/a', 'before');
      await owner.client.create('/mine', 'owned', { mode: CreateMode.EPHEMERAL });
      const { sessionId: owned } = owner.client;
      await Promise.all([second.stop('SIGKILL'), third.stop('SIGKILL')]);
      await inMode(first, 'read-only');

      expect(await fourLetterWord(first.ports.client, 'isro')).toBe('ro');
      expect(await fourLetterWord(first.ports.client, 'mntr')).toContain('zk_server_state\tread-only\n');
      const reader = connect({ connectionString, readOnly: true });
      await reader.client.connected();
      expect(reader.client.state).toBe('connectedReadOnly');
      const { sessionId: fake } = reader.client;
      expect(text((await reader.client.getData('/a')).data)).toBe('before');
      expect(text((await reader.client.getData('/mine')).data)).toBe('owned');
      for (const refused of [
        () => reader.client.create('/b'),
        () => reader.client.setData('/a', 'x'),
        () => reader.client.multi([{ type: 'check', path: '/a', version: 0 }]),
        () => reader.client.sync('/a'),
      ]) {
        await expect(refused()).rejects.toMatchObject({ code: 'NOTREADONLY' });
      }
      await expect(RawSession.open(first.ports.client), 'a client that would write').rejects.toThrow();
      expect(owner.client.state, 'the session of a quorum is not taken up').toBe('connecting');

      second.start();
      third.start();
      await until('a server that writes', () => reader.client.state === 'connected');
      // The first election may not be the last.
      const mode = CreateMode.PERSISTENT_SEQUENTIAL;
      await until('a write', () => reader.client.create('/b-', 'after', { mode }).catch(() => false as const));
      expect(reader.client.sessionId).not.toBe(fake);
      await owner.client.connected();
      expect(owner.client.sessionId).toBe(owned);
      expect(owner.events.at(-1)).toMatchObject({ type: 'connected', reattached: true });
      expect((await owner.client.exists('/mine'))?.ephemeralOwner).toBe(owned);
      expect(text((await owner.client.getData('/a')).data)).toBe('before');
      await ensemble.serving();
      expect(new Set(await Promise.all(ensemble.servers.map((server) => server.digestAtRest()))).size).toBe(1);
    },
    LIMIT_MS,
  );

  it(
    'is left by its readers for the servers that have a quorum',
    async () => {
      ensemble = await EnsembleProcesses.create({ lines: LINES });
      const [first, second] = ensemble.servers as [ServerProcess, ServerProcess];
      await isolate(first);
      for (const server of ensemble.servers) server.start();
      await inMode(first, 'read-only');
      const servers = [first, second].map(({ ports }) => ({ host: '127.0.0.1', port: ports.client }));
      // In their order.
      const { client, events } = connect({ servers, readOnly: true, random: { below: (bound) => bound - 1 } });
      await until('a server with a quorum', () => client.state === 'connected');
      expect(events.map(({ type }) => type)).toEqual(['connectedReadOnly', 'disconnected', 'connected']);
      expect(events.at(-1)).toMatchObject({ server: servers[1], reattached: false });
      expect(await client.create('/a')).toBe('/a');
      expect(await first.mode()).toBe('read-only');
    },
    LIMIT_MS,
  );

  it(
    'serves nobody where read-only mode is off',
    async () => {
      ensemble = await EnsembleProcesses.start({ lines: ['localSessionsEnabled=true'] });
      const [first, ...others] = ensemble.servers as [ServerProcess, ...ServerProcess[]];
      await Promise.all(others.map((server) => server.stop('SIGKILL')));
      await until('server 1 to serve nobody', async () => (await first.mode()) === undefined);
      const { client } = connect({ connectionString: first.address, readOnly: true });
      await expect(client.connected({ signal: AbortSignal.timeout(4000) })).rejects.toThrow();
      expect(await fourLetterWord(first.ports.client, 'isro')).toBe('null');
    },
    LIMIT_MS,
  );
});

/** It and the others know each other by ports where nobody is. */
async function isolate(server: ServerProcess): Promise<void> {
  const numbers = await freePorts(6);
  const lines = readFileSync(server.configuration, 'utf8').split('\n');
  const elsewhere = lines.map((line) =>
    line.startsWith('server.') ? `${line.split('=')[0]}=127.0.0.1:${numbers.pop()}:${numbers.pop()}` : line,
  );
  writeFileSync(server.configuration, elsewhere.join('\n'));
}
