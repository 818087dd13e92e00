// Four-letter words: in the words that ZooKeeper's tools look for.

import { expect } from 'vitest';
import type { Row, Surface } from '../harness/row.ts';

const EPHEMERAL = 1;
/** A server whose whitelist has none of them. */
const without = { lines: ['4lw.commands.whitelist=none'] };

const word = (name: string, test: (surface: Surface) => Promise<void>): Row => ({ id: `word-${name}`, without, test });

const hexId = (id: bigint): string => `0x${BigInt.asUintN(64, id).toString(16)}`;
/** `key=value` or `key<tab>value` lines. */
const keys = (answer: string, separator: string): string[] =>
  answer.split('\n').flatMap((line) => (line.includes(separator) ? [line.split(separator)[0] as string] : []));

export const words: readonly Row[] = [
  word('conf', async ({ word }) => {
    const answer = await word('conf');
    expect(keys(answer, '=')).toEqual(
      expect.arrayContaining([
        'clientPort',
        'dataDir',
        'dataLogDir',
        'tickTime',
        'maxClientCnxns',
        'minSessionTimeout',
        'maxSessionTimeout',
        'serverId',
      ]),
    );
    expect(answer).toMatch(/^clientPort=\d+$/m);
    expect(answer).toContain('minSessionTimeout=400');
  }),
  word('cons', async ({ word, open }) => {
    const client = await open();
    await client.exists('/');
    const line = (await word('cons')).split('\n').find((each) => each.includes(`sid=${hexId(client.id)}`));
    expect(line ?? '').toMatch(
      /^ \/127\.0\.0\.1:\d+\[1\]\(queued=0,recved=\d+,sent=\d+,sid=0x[0-9a-f]+,lop=\w+,est=\d+,to=\d+,/,
    );
  }),
  word('crst', async ({ word, open }) => {
    const client = await open();
    for (let n = 0; n < 20; n++) await client.exists('/');
    expect(await word('crst')).toBe('Connection stats reset.\n');
    const line = (await word('cons')).split('\n').find((each) => each.includes(`sid=${hexId(client.id)}`));
    expect(Number(/recved=(\d+)/.exec(line ?? '')?.[1])).toBeLessThan(20);
  }),
  word('dirs', async ({ word }) => {
    expect(await word('dirs')).toMatch(/^datadir_size: \d+\nlogdir_size: \d+\n$/);
  }),
  word('dump', async ({ word, open, root }) => {
    const client = await open();
    await client.create(`${root}/a`, { flags: EPHEMERAL });
    const answer = await word('dump');
    expect(answer).toMatch(/^SessionTracker dump:$/m);
    expect(answer).toMatch(/^ephemeral nodes dump:$/m);
    expect(answer).toContain(`${hexId(client.id)}:\n\t${root}/a\n`);
  }),
  word('envi', async ({ word }) => {
    const answer = await word('envi');
    expect(answer).toMatch(/^Environment:\n/);
    expect(keys(answer, '=')).toEqual(
      expect.arrayContaining(['zookeeper.version', 'host.name', 'os.name', 'user.dir']),
    );
  }),
  word('gtmk', async ({ word }) => {
    expect(await word('gtmk')).toMatch(/^\d+\n?$/);
  }),
  word('stmk', async ({ word }) => {
    // The word is followed by the mask, a long.
    expect(await word('stmk\0\0\0\0\0\0\0\x20')).toMatch(/^32\n?$/);
  }),
  word('ruok', async ({ word }) => {
    expect(await word('ruok')).toBe('imok');
  }),
  word('srst', async ({ word, open }) => {
    const client = await open();
    for (let n = 0; n < 50; n++) await client.exists('/');
    expect(await word('srst')).toBe('Server stats reset.\n');
    expect(Number(/^Received: (\d+)$/m.exec(await word('srvr'))?.[1])).toBeLessThan(50);
  }),
  // Always on the whitelist: ZooKeeper's own scripts ask it.
  {
    id: 'word-srvr',
    without: { text: () => 'srvr is not executed because it is not in the whitelist.\n' },
    test: async ({ word }) => {
      const answer = await word('srvr');
      for (const line of [
        /^Latency min\/avg\/max: [\d.]+\/[\d.]+\/[\d.]+$/m,
        /^Received: \d+$/m,
        /^Sent: \d+$/m,
        /^Connections: \d+$/m,
        /^Outstanding: \d+$/m,
        /^Zxid: 0x[0-9a-f]+$/m,
        /^Mode: standalone$/m,
        /^Node count: \d+$/m,
      ]) {
        expect(answer).toMatch(line);
      }
      expect(answer).toMatch(/^Zookeeper version: /);
    },
  },
  word('stat', async ({ word, open }) => {
    await open();
    const answer = await word('stat');
    expect(answer).toMatch(/^Zookeeper version: .*\nClients:\n/);
    expect(answer).toMatch(/^ \/127\.0\.0\.1:\d+\[1\]\(queued=0,recved=\d+,sent=\d+\)$/m);
    expect(answer).toMatch(/^Mode: standalone$/m);
  }),
  word('wchc', async ({ word, open, root }) => {
    const client = await open();
    await client.exists(root, true);
    expect(await word('wchc')).toContain(`${hexId(client.id)}\n\t${root}\n`);
  }),
  word('wchp', async ({ word, open, root }) => {
    const client = await open();
    await client.exists(root, true);
    expect(await word('wchp')).toContain(`${root}\n\t${hexId(client.id)}\n`);
  }),
  word('wchs', async ({ word, open, root }) => {
    await (await open()).exists(root, true);
    expect(await word('wchs')).toMatch(/^\d+ connections watching \d+ paths\nTotal watches:\d+\n?$/);
  }),
  word('mntr', async ({ word, open }) => {
    await open();
    const answer = await word('mntr');
    const wanted = [
      'zk_version',
      'zk_server_state',
      'zk_avg_latency',
      'zk_packets_received',
      'zk_packets_sent',
      'zk_num_alive_connections',
      'zk_outstanding_requests',
      'zk_znode_count',
      'zk_watch_count',
      'zk_ephemerals_count',
      'zk_approximate_data_size',
      'zk_open_file_descriptor_count',
      'zk_max_file_descriptor_count',
    ];
    expect(keys(answer, '\t')).toEqual(expect.arrayContaining(wanted));
    expect(answer).toMatch(/^zk_server_state\tstandalone$/m);
  }),
  word('isro', async ({ word }) => {
    expect(await word('isro')).toBe('rw');
  }),
  word('hash', async ({ word, open, root }) => {
    await (await open()).setData(root, 'x');
    expect(await word('hash')).toEqual(expect.any(String));
    expect(await word('hash')).not.toMatch(/whitelist|release/);
  }),
  {
    id: 'word-whitelist',
    lines: ['4lw.commands.whitelist=ruok'],
    without: { lines: ['4lw.commands.whitelist=*'] },
    async test({ word }) {
      expect(await word('ruok')).toBe('imok');
      expect(await word('conf')).toMatch(/^conf is not executed because it is not in the whitelist\.\n?$/);
    },
  },
];
