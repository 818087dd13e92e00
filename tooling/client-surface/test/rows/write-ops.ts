// Operations that change the tree.

import { ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import { createOf, OPEN } from '../harness/client.ts';
import type { Tampering } from '../harness/proxy.ts';
import { observer, RECONFIG, reconfig } from '../harness/reconfig.ts';
import type { Row } from '../harness/row.ts';
import { answering, rewriting, rewritingMulti, rewritingStat, withoutOp } from '../harness/switches.ts';

const CONTAINER = 4;
const TTL = 5;
const EXTENDED = ['extendedTypesEnabled=true'];
/** An op of a multi that failed: the error's own type. */
const FAILED = -1;
/** Of an event. */
const DATA_CHANGED = 3;

export const writeOps: readonly Row[] = [
  {
    id: 'op-create',
    without: withoutOp('create'),
    async test({ open, root }) {
      const client = await open();
      expect(await client.create(`${root}/a`, { data: 'hello' })).toEqual({ path: `${root}/a` });
      expect((await client.getData(`${root}/a`)).data).toBe('hello');
    },
  },
  {
    id: 'op-create2',
    without: withoutOp('create2'),
    async test({ open, root }) {
      const client = await open();
      const { path, stat } = await client.ok({ ...createOf(`${root}/a`, { data: 'hello' }), op: 'create2' });
      expect(path).toBe(`${root}/a`);
      expect(stat).toMatchObject({ version: 0, dataLength: 5, numChildren: 0, czxid: stat.mzxid, pzxid: stat.czxid });
      expect((await client.exists(`${root}/a`)).stat).toEqual(stat);
    },
  },
  {
    id: 'op-delete',
    without: withoutOp('delete'),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`);
      await client.refused({ op: 'delete', path: `${root}/a`, version: 1 }, ErrorCode.BADVERSION);
      await client.delete(`${root}/a`, 0);
      await client.refused({ op: 'exists', path: `${root}/a`, watch: false }, ErrorCode.NONODE);
    },
  },
  {
    id: 'op-set-data',
    without: withoutOp('setData'),
    async test({ open, root }) {
      const client = await open();
      const { stat } = await client.setData(root, 'new', 0);
      expect(stat).toMatchObject({ version: 1, dataLength: 3 });
      expect(await client.getData(root)).toEqual({ data: 'new', stat });
      await client.refused({ op: 'setData', path: root, data: '', version: 0 }, ErrorCode.BADVERSION);
    },
  },
  {
    id: 'op-any-version',
    without: rewriting('setData', ({ version }) => ({ version: version === -1 ? 0 : version })),
    async test({ open, root }) {
      const client = await open();
      await client.setData(root, 'a', -1);
      expect((await client.setData(root, 'b', -1)).stat.version).toBe(2);
      await client.create(`${root}/a`);
      await client.setData(`${root}/a`, 'c', -1);
      await client.delete(`${root}/a`, -1);
    },
  },
  {
    id: 'op-set-acl',
    without: withoutOp('setACL'),
    async test({ open, root }) {
      const client = await open();
      const acl = [{ perms: 17, scheme: 'world', id: 'anyone' }];
      const { stat } = await client.ok({ op: 'setACL', path: root, acl, version: 0 });
      expect(stat.aversion).toBe(1);
      expect((await client.ok({ op: 'getACL', path: root })).acl).toEqual(acl);
      await client.refused({ op: 'setACL', path: root, acl: OPEN, version: 0 }, ErrorCode.BADVERSION);
    },
  },
  {
    id: 'op-check',
    // A check that never minds.
    without: rewritingMulti((ops) => ops.map((op) => (op.op === 'check' ? { ...op, version: -1 } : op))),
    async test({ open, root }) {
      const client = await open();
      const checked = (version: number) => ({
        op: 'multi' as const,
        ops: [{ op: 'check' as const, path: root, version }, createOf(`${root}/a`)],
      });
      const { results: refused } = await client.ok(checked(3));
      expect(refused.map(({ err }) => err)).toEqual([ErrorCode.BADVERSION, ErrorCode.RUNTIMEINCONSISTENCY]);
      const { results } = await client.ok(checked(0));
      expect(results.map(({ type }) => type)).toEqual([13, 1]);
    },
  },
  {
    id: 'op-multi',
    without: withoutOp('multi'),
    async test({ open, root }) {
      const client = await open();
      const { results } = await client.ok({
        op: 'multi',
        ops: [
          createOf(`${root}/a`),
          { ...createOf(`${root}/b`), op: 'create2' },
          { op: 'setData', path: `${root}/a`, data: 'x', version: 0 },
          { op: 'check', path: `${root}/a`, version: 1 },
          { op: 'delete', path: `${root}/b`, version: -1 },
        ],
      });
      expect(results.map(({ type }) => type)).toEqual([1, 15, 5, 13, 2]);
      expect(results[2]?.body.stat.version).toBe(1);
      expect(await client.children(root)).toEqual(['a']);
    },
  },
  {
    id: 'op-multi-all-or-nothing',
    // A server that does what it can: the first op stays although the second fails.
    without: rewritingMulti((ops) => ops.slice(0, 1)),
    async test({ open, root }) {
      const client = await open();
      const { results } = await client.ok({
        op: 'multi',
        ops: [createOf(`${root}/a`), { op: 'delete', path: `${root}/missing`, version: -1 }, createOf(`${root}/b`)],
      });
      expect(results.map(({ type }) => type)).toEqual([FAILED, FAILED, FAILED]);
      expect(results.map(({ err }) => err)).toEqual([ErrorCode.OK, ErrorCode.NONODE, ErrorCode.RUNTIMEINCONSISTENCY]);
      expect(await client.children(root)).toEqual([]);
    },
  },
  {
    id: 'op-reconfig',
    lines: RECONFIG,
    without: withoutOp('reconfig'),
    servers: 3,
    async test({ open }) {
      const watcher = await open({ server: 1 });
      const before = (await watcher.getData('/zookeeper/config', true)).data ?? '';
      const client = await open({ server: 2 });
      await client.authenticate('super:secret');
      const joined = await client.ok(reconfig({ joiningServers: observer(9) }));
      expect(joined.data).toContain(`${observer(9)}\n`);
      await watcher.ok({ op: 'sync', path: '/' });
      expect(await watcher.events()).toEqual([{ type: DATA_CHANGED, path: '/zookeeper/config' }]);
      expect((await watcher.getData('/zookeeper/config')).data).toBe(joined.data);
      const from = BigInt(`0x${joined.data?.split('version=')[1]}`);
      const left = await client.ok(reconfig({ leavingServers: '9', curConfigId: from }));
      const withoutVersion = (text = ''): string => text.replace(/version=.*/, '');
      expect(withoutVersion(left.data ?? '')).toBe(withoutVersion(before));
    },
  },
  {
    id: 'op-create-container',
    without: withoutOp('createContainer'),
    async test({ open, root }) {
      const client = await open();
      const request = { ...createOf(`${root}/a`, { flags: CONTAINER }), op: 'createContainer' } as const;
      const { path, stat } = await client.ok(request);
      expect(path).toBe(`${root}/a`);
      // What makes it a container is not for clients to see.
      expect(stat).toMatchObject({ version: 0, ephemeralOwner: 0n });
    },
  },
  {
    id: 'op-delete-container',
    // A server that obeys: the client gets OK, as Apache ZooKeeper gives it.
    without: answering('deleteContainer', ErrorCode.OK),
    async test({ open, root }) {
      const client = await open();
      await client.ok({ ...createOf(`${root}/a`, { flags: CONTAINER }), op: 'createContainer' });
      await client.refused({ op: 'deleteContainer', path: `${root}/a` }, ErrorCode.UNIMPLEMENTED);
      const other = await open();
      await other.exists(`${root}/a`);
    },
  },
  {
    id: 'op-create-ttl',
    lines: EXTENDED,
    without: { lines: ['extendedTypesEnabled=false'] },
    async test({ open, root }) {
      const client = await open();
      const { stat } = await client.ok({ ...createOf(`${root}/a`, { flags: TTL }), op: 'createTTL', ttl: 60_000n });
      expect(stat).toMatchObject({ version: 0, ephemeralOwner: 0n });
    },
  },
  {
    id: 'op-failed-write-is-a-txn',
    // A server that answers with the last zxid: no number is spent on a failure.
    without: zxidOfLastSuccess(),
    async test({ open, root }) {
      const client = await open();
      const { zxid: before } = await client.reply(createOf(`${root}/a`));
      const failed = await client.reply(createOf(`${root}/a`));
      expect(failed.err).toBe(ErrorCode.NODEEXISTS);
      expect(failed.zxid).toBeGreaterThan(before);
    },
  },
  {
    id: 'stat-versions',
    without: rewritingStat('exists', { cversion: 0 }),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`);
      await client.create(`${root}/b`);
      await client.delete(`${root}/b`);
      await client.setData(root, 'x');
      const { stat } = await client.exists(root);
      // Twice the creates below it, less the children that there are.
      expect(stat).toMatchObject({ version: 1, cversion: 3, aversion: 0, numChildren: 1 });
      expect(stat.pzxid).toBeGreaterThan(stat.czxid);
      expect(stat.mzxid).toBeGreaterThan(stat.pzxid);
    },
  },
];

function zxidOfLastSuccess(): Tampering {
  let last = 0n;
  return {
    reply: (reply) => {
      if (reply.err === ErrorCode.OK) last = reply.zxid;
      return { ...reply, zxid: last };
    },
  };
}
