// Every four-letter word, asked of Apache ZooKeeper and of Zebu in the same state: once the values are taken out, the answers are the same.

import { type Client, createClient } from '@zebu/client';
import { freePorts } from '@zebu/ensemble/free-ports';
import { CreateMode } from '@zebu/protocol';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApacheServer } from './harness/apache.ts';
import { EnsembleProcesses } from './harness/ensemble-processes.ts';
import { ask, linesOf, namesOf, shapeOf } from './harness/four-letter-words.ts';

/** A server with one client, which owns an ephemeral and watches data and children. */
interface Subject {
  readonly port: number;
  readonly client: Client;
}

async function subject(port: number): Promise<Subject> {
  const client = createClient({ connectionString: `127.0.0.1:${port}`, sessionTimeoutMs: 20_000 });
  const watch = (): void => undefined;
  await client.create(`/watched-${port}`, 'data');
  await client.create(`/ephemeral-${port}`, 'data', { mode: CreateMode.EPHEMERAL });
  await client.getData(`/watched-${port}`, { watch });
  await client.exists(`/missing-${port}`, { watch });
  await client.getChildren('/', { watch });
  await client.sync('/');
  return { port, client };
}

/** What may come in another order, or whose place says nothing. */
const UNORDERED: ReadonlySet<string> = new Set(['cons', 'stat', 'wchc', 'wchp', 'dump']);

async function shape({ port }: Subject, word: string): Promise<string> {
  const text = shapeOf(await ask(port, word));
  return UNORDERED.has(word) ? linesOf(text).join('\n') : text;
}

/** Of Zebu's own, and what ZooKeeper 3.9 prints and 3.8 does not. */
const NEW_NAMES = new Set(
  'epoch last_zxid leader_id tree_digest non_mtls_remote_conn_count non_mtls_local_conn_count'
    .split(' ')
    .map((name) => `zk_${name}`),
);

const CLASSIC_NAMES = `version server_state avg_latency max_latency min_latency packets_received packets_sent num_alive_connections
  outstanding_requests uptime znode_count watch_count ephemerals_count approximate_data_size global_sessions local_sessions
  open_file_descriptor_count max_file_descriptor_count connection_drop_probability last_client_response_size max_client_response_size
  min_client_response_size outstanding_tls_handshake auth_failed_count connection_rejected connection_request_count bytes_received_count
  response_bytes watch_bytes sessionless_connections_expired unsuccessful_handshake tls_handshake_exceeded digest_mismatches_count
  proposal_count`;
const QUORUM_NAMES = 'peer_state quorum_size';
const LEADER_NAMES = `learners synced_followers synced_non_voting_followers synced_observers pending_syncs leader_uptime
  last_proposal_size max_proposal_size min_proposal_size`;

async function compareMonitorNames(zebu: Subject, apache: Subject, expected: string): Promise<void> {
  const [ours, theirs] = await Promise.all(
    [zebu, apache].map(async ({ port }) => namesOf(await ask(port, 'mntr'), '\t')),
  );
  const classic = expected
    .trim()
    .split(/\s+/)
    .map((name) => `zk_${name}`);
  expect(classic.filter((name) => !theirs?.includes(name))).toEqual([]);
  expect(classic.filter((name) => !ours?.includes(name))).toEqual([]);
  expect(ours?.filter((name) => !theirs?.includes(name) && !NEW_NAMES.has(name))).toEqual([]);
}

const WORDS = 'conf cons crst dirs dump gtmk hash isro mntr ruok srst srvr stat wchc wchp wchs envi stmk'.split(' ');
/** Compared line by line. */
const SAME = WORDS.filter((word) => !['mntr', 'envi', 'stmk', 'hash'].includes(word));

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'zebu-words-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe('a standalone server', () => {
  let apacheServer: ApacheServer;
  let ensemble: EnsembleProcesses;
  let apache: Subject;
  let zebu: Subject;
  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    apacheServer = new ApacheServer(join(directory, 'apache'), port);
    [ensemble] = await Promise.all([EnsembleProcesses.start({ servers: 1 }), apacheServer.start()]);
    zebu = await subject(ensemble.server(1).ports.client);
    apache = await subject(port);
  });
  afterAll(async () => {
    await Promise.all([zebu, apache].map(({ client }) => client.close()));
    await Promise.all([ensemble.dispose(), apacheServer.stop()]);
  });

  it.each(SAME)('%s', async (word) => {
    expect(await shape(zebu, word)).toBe(await shape(apache, word));
  });

  it('mntr: the names', () => compareMonitorNames(zebu, apache, CLASSIC_NAMES));

  it('envi: the names', async () => {
    const [ours, theirs] = await Promise.all([ask(zebu.port, 'envi'), ask(apache.port, 'envi')]);
    expect(namesOf(ours, '=')).toEqual(namesOf(theirs, '='));
    expect(ours.split('\n')[0]).toBe('Environment:');
  });

  it('stmk: takes eight bytes, and gtmk shows them', async () => {
    const mask = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0x33);
    for (const { port } of [zebu, apache]) {
      expect(await ask(port, 'stmk', mask)).toBe('307');
      expect(await ask(port, 'gtmk')).toBe('307');
    }
  });

  it('hash: after the same 128 zxids the same digest', async () => {
    for (const { client, port } of [zebu, apache]) {
      for (let i = 0; i < 130; i++) await client.setData(`/watched-${port}`, `${i}`);
    }
    const [ours, theirs] = await Promise.all([ask(zebu.port, 'hash'), ask(apache.port, 'hash')]);
    expect(ours).toMatch(/^80: -?\d+\n$/);
    expect(shapeOf(ours)).toBe(shapeOf(theirs));
  });

  it('srst and crst set the counts to zero', async () => {
    for (const { port } of [zebu, apache]) {
      await ask(port, 'srst');
      expect(await ask(port, 'srvr')).toMatch(/Latency min\/avg\/max: 0\/0\.0\/0\nReceived: 1\nSent: 1\n/);
      await ask(port, 'crst');
      const [line] = (await ask(port, 'cons')).match(/^.*sid=.*$/m) ?? [];
      expect(line).toMatch(
        /recved=0,sent=0,.*lop=NA,.*lzxid=0xffffffffffffffff,lresp=0,llat=0,minlat=0,avglat=0,maxlat=0\)/,
      );
    }
  });
});

describe('a server that has a whitelist', () => {
  it('refuses the others in the same words', async () => {
    const [port = 0] = await freePorts(1);
    const lines = ['4lw.commands.whitelist=ruok'];
    const apache = new ApacheServer(join(directory, 'whitelist'), port, lines);
    const [ensemble] = await Promise.all([EnsembleProcesses.start({ servers: 1, lines }), apache.start()]);
    for (const word of WORDS.filter((word) => word !== 'srvr'))
      expect(await ask(ensemble.server(1).ports.client, word)).toBe(await ask(port, word));
    await Promise.all([ensemble.dispose(), apache.stop()]);
  });
});

describe('an ensemble', () => {
  const apacheServers: ApacheServer[] = [];
  let ensemble: EnsembleProcesses;
  const roles: Record<'leader' | 'follower', { zebu: Subject; apache: Subject }> = {} as never;
  beforeAll(async () => {
    const ports = await freePorts(9);
    const clientPorts = ports.slice(0, 3);
    const servers = [0, 1, 2].map((i) => `server.${i + 1}=127.0.0.1:${ports[3 + 2 * i]}:${ports[4 + 2 * i]}`);
    for (const [i, port] of clientPorts.entries()) {
      const home = join(directory, `apache-${i + 1}`);
      const server = new ApacheServer(home, port, ['initLimit=20', 'syncLimit=6', ...servers]);
      mkdirSync(server.dataDirectory, { recursive: true });
      writeFileSync(join(server.dataDirectory, 'myid'), `${i + 1}\n`);
      apacheServers.push(server);
    }
    [ensemble] = await Promise.all([EnsembleProcesses.start(), ...apacheServers.map((server) => server.start())]);
    const zebuPorts = ensemble.servers.map(({ ports: { client } }) => client);
    for (const role of ['leader', 'follower'] as const) {
      roles[role] = {
        zebu: await subject(await portOf(zebuPorts, role)),
        apache: await subject(await portOf(clientPorts, role)),
      };
    }
    // Who watches the root hears of the second client's znodes; then all is as it was.
    await Promise.all(
      Object.values(roles).flatMap(({ zebu, apache }) => [zebu.client.sync('/'), apache.client.sync('/')]),
    );
  });
  afterAll(async () => {
    await Promise.all(Object.values(roles).flatMap(({ zebu, apache }) => [zebu.client.close(), apache.client.close()]));
    await Promise.all([ensemble.dispose(), ...apacheServers.map((server) => server.stop())]);
  });

  async function portOf(ports: readonly number[], mode: string): Promise<number> {
    for (const port of ports) if ((await ask(port, 'srvr')).includes(`Mode: ${mode}`)) return port;
    throw new Error(`no ${mode} among ${ports.join(', ')}`);
  }

  describe.each(['leader', 'follower'] as const)('its %s', (role) => {
    it.each(SAME)('%s', async (word) => {
      const { zebu, apache } = roles[role];
      expect(await shape(zebu, word)).toBe(await shape(apache, word));
    });

    it('mntr: the names', async () => {
      const { zebu, apache } = roles[role];
      const names = `${CLASSIC_NAMES} ${QUORUM_NAMES} ${role === 'leader' ? LEADER_NAMES : ''}`;
      await compareMonitorNames(zebu, apache, names);
      expect(await ask(zebu.port, 'mntr')).toContain(
        `zk_server_state\t${role}\nzk_peer_state\t${role === 'leader' ? 'leading' : 'following'} - broadcast\n`,
      );
    });
  });
});
