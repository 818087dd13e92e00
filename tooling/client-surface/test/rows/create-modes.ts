// The seven ways to create a znode.

import { ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import { createOf } from '../harness/client.ts';
import type { Row } from '../harness/row.ts';
import { rewriting } from '../harness/switches.ts';
import { eventually } from '../harness/wait.ts';

const Mode = {
  PERSISTENT: 0,
  EPHEMERAL: 1,
  PERSISTENT_SEQUENTIAL: 2,
  EPHEMERAL_SEQUENTIAL: 3,
  CONTAINER: 4,
  PERSISTENT_WITH_TTL: 5,
  PERSISTENT_SEQUENTIAL_WITH_TTL: 6,
} as const;
/** A server that knows no flags. */
const without = rewriting('create', () => ({ flags: Mode.PERSISTENT }));
const EXTENDED = ['extendedTypesEnabled=true', 'znode.container.checkIntervalMs=100'];
const NO_EXTENDED = { lines: ['extendedTypesEnabled=false', 'znode.container.checkIntervalMs=100'] };

export const createModes: readonly Row[] = [
  {
    id: 'mode-persistent',
    // A server on which everything ends with its session.
    without: rewriting('create', () => ({ flags: Mode.EPHEMERAL })),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`, { flags: Mode.PERSISTENT });
      await client.session.close();
      const { stat } = await (await open()).exists(`${root}/a`);
      expect(stat.ephemeralOwner).toBe(0n);
    },
  },
  {
    id: 'mode-ephemeral',
    without,
    async test({ open, root }) {
      const [client, other] = [await open(), await open()];
      await client.create(`${root}/a`, { flags: Mode.EPHEMERAL });
      expect((await other.exists(`${root}/a`)).stat.ephemeralOwner).toBe(client.id);
      await client.refused(createOf(`${root}/a/b`), ErrorCode.NOCHILDRENFOREPHEMERALS);
      await client.session.close();
      await other.refused({ op: 'exists', path: `${root}/a`, watch: false }, ErrorCode.NONODE);
    },
  },
  {
    id: 'mode-persistent-sequential',
    without,
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/counts-too`);
      expect((await client.create(`${root}/n-`, { flags: Mode.PERSISTENT_SEQUENTIAL })).path).toBe(
        `${root}/n-0000000001`,
      );
      await client.delete(`${root}/n-0000000001`);
      expect((await client.create(`${root}/n-`, { flags: Mode.PERSISTENT_SEQUENTIAL })).path).toBe(
        `${root}/n-0000000002`,
      );
    },
  },
  {
    id: 'mode-ephemeral-sequential',
    without,
    async test({ open, root }) {
      const client = await open();
      const { path } = await client.create(`${root}/n-`, { flags: Mode.EPHEMERAL_SEQUENTIAL });
      expect(path).toBe(`${root}/n-0000000000`);
      expect((await client.exists(`${root}/n-0000000000`)).stat.ephemeralOwner).toBe(client.id);
    },
  },
  {
    id: 'mode-container',
    lines: ['znode.container.checkIntervalMs=100'],
    // Nobody collects.
    without: { lines: ['znode.container.checkIntervalMs=100000000'] },
    async test({ open, root }) {
      const client = await open();
      const container = `${root}/a`;
      await client.ok({ ...createOf(container, { flags: Mode.CONTAINER }), op: 'createContainer' });
      await client.create(`${container}/child`);
      await client.delete(`${container}/child`);
      await eventually('the empty container is gone', async () => !(await client.children(root)).includes('a'));
    },
  },
  {
    id: 'mode-persistent-with-ttl',
    lines: EXTENDED,
    without: NO_EXTENDED,
    async test({ open, root }) {
      const client = await open();
      const ttl = (path: string, ttlMs: bigint) =>
        client.ok({ ...createOf(path, { flags: Mode.PERSISTENT_WITH_TTL }), op: 'createTTL', ttl: ttlMs });
      await ttl(`${root}/short`, 1n);
      await ttl(`${root}/long`, 1_000_000n);
      await eventually('the short-lived one is gone', async () => !(await client.children(root)).includes('short'));
      expect(await client.children(root)).toEqual(['long']);
    },
  },
  {
    id: 'mode-persistent-sequential-with-ttl',
    lines: EXTENDED,
    without: NO_EXTENDED,
    async test({ open, root }) {
      const client = await open();
      const request = createOf(`${root}/n-`, { flags: Mode.PERSISTENT_SEQUENTIAL_WITH_TTL });
      const { path } = await client.ok({ ...request, op: 'createTTL', ttl: 1_000_000n });
      expect(path).toBe(`${root}/n-0000000000`);
    },
  },
];
