// Znodes that the server makes and minds.

import { ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import type { Client } from '../harness/client.ts';
import type { Row } from '../harness/row.ts';
import { answering, rewriting, rewritingReply } from '../harness/switches.ts';

const quotaOf = (path: string): string => `/zookeeper/quota${path}`;

async function limit(client: Client, path: string, limits: string): Promise<void> {
  await client.create(quotaOf(path));
  await client.create(`${quotaOf(path)}/zookeeper_limits`, { data: limits });
  await client.create(`${quotaOf(path)}/zookeeper_stats`, { data: 'count=1,bytes=0' });
}

export const nodes: readonly Row[] = [
  {
    id: 'node-zookeeper',
    without: rewritingReply('getChildren', () => ({ children: [] })),
    async test({ open }) {
      const client = await open();
      expect(await client.children('/zookeeper')).toEqual(['config', 'quota']);
      await client.refused({ op: 'delete', path: '/zookeeper', version: -1 }, ErrorCode.BADARGUMENTS);
    },
  },
  {
    id: 'node-quota-stats',
    // A server that keeps no statistics: they stay as the client wrote them.
    without: rewritingReply('getData', (body) => ({ data: body['data'] === '' ? '' : 'count=1,bytes=0' })),
    async test({ open, root }) {
      const client = await open();
      await limit(client, root, 'count=1000,bytes=1000');
      await client.create(`${root}/a`, { data: '12345' });
      await client.setData(`${root}/a`, '1234567');
      const { data } = await client.getData(`${quotaOf(root)}/zookeeper_stats`);
      expect(data).toMatch(/^count=2,bytes=7\b/);
      await client.delete(`${root}/a`);
      expect((await client.getData(`${quotaOf(root)}/zookeeper_stats`)).data).toMatch(/^count=1,bytes=0\b/);
    },
  },
  {
    id: 'node-quota-soft',
    lines: ['enforceQuota=true'],
    // A server for which every limit is a hard one.
    without: rewriting('create', ({ data }) => ({
      data: data?.replace('count=1,bytes=3', 'count=1,bytes=3=;byteHardLimit=3;countHardLimit=1') ?? null,
    })),
    async test({ open, root }) {
      const client = await open();
      await limit(client, root, 'count=1,bytes=3');
      await client.create(`${root}/a`, { data: 'more than three' });
      expect(await client.children(root)).toEqual(['a']);
    },
  },
  {
    id: 'node-quota-hard',
    lines: ['enforceQuota=true'],
    without: { lines: ['enforceQuota=false'] },
    async test({ open, root }) {
      const client = await open();
      await limit(client, root, 'count=-1,bytes=-1=;byteHardLimit=5;countHardLimit=-1');
      await client.setData(root, '12345');
      await client.refused({ op: 'setData', path: root, data: '123456', version: -1 }, ErrorCode.QUOTAEXCEEDED);
      expect((await client.getData(root)).data).toBe('12345');
    },
  },
  {
    id: 'node-config',
    servers: 3,
    without: rewritingReply('getData', () => ({ data: '' })),
    async test({ open }) {
      const client = await open({ server: 2 });
      const { data } = await client.getData('/zookeeper/config');
      expect(data?.split('\n')).toHaveLength(4);
      expect(data).toMatch(/^server\.1=127\.0\.0\.1:\d+:\d+:participant(;.*)?$/m);
      expect(data).toMatch(/^version=\w+$/m);
    },
  },
  {
    id: 'node-config-read-only',
    servers: 3,
    without: answering('setData', ErrorCode.OK),
    async test({ open }) {
      const client = await open();
      expect((await client.ok({ op: 'getACL', path: '/zookeeper/config' })).acl).toEqual([
        { perms: 1, scheme: 'world', id: 'anyone' },
      ]);
      await client.refused({ op: 'setData', path: '/zookeeper/config', data: '', version: -1 }, ErrorCode.NOAUTH);
    },
  },
];
