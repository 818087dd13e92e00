// Operations that change nothing, and those that stand outside the order of a session.

import { ErrorCode, Permission } from '@zebu/protocol';
import { expect } from 'vitest';
import { EventType, OPEN } from '../harness/client.ts';
import type { Row } from '../harness/row.ts';
import { answering, rewriting, rewritingReply, withoutEvents, withoutOp } from '../harness/switches.ts';

const EPHEMERAL = 1;
const PING_XID = -2;
const UNKNOWN = 99;
const EXISTS_ROOT = { type: 3, body: Buffer.from('000000012f00', 'hex') };

export const readOps: readonly Row[] = [
  {
    id: 'op-notification',
    without: withoutEvents(),
    async test({ open, root }) {
      const client = await open();
      await client.exists(root, true);
      await client.setData(root, 'x');
      expect(await client.events()).toEqual([{ type: EventType.DATA_CHANGED, path: root }]);
      const sender = await open();
      await sender.refused({ op: 'raw', type: 0, body: '' }, ErrorCode.UNIMPLEMENTED);
    },
  },
  {
    id: 'op-exists',
    without: withoutOp('exists'),
    async test({ open, root }) {
      const client = await open();
      expect((await client.exists(root)).stat).toMatchObject({ version: 0, numChildren: 0 });
      await client.refused({ op: 'exists', path: `${root}/a`, watch: false }, ErrorCode.NONODE);
    },
  },
  {
    id: 'op-get-data',
    without: withoutOp('getData'),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`, { data: 'hello' });
      expect(await client.getData(`${root}/a`)).toMatchObject({ data: 'hello', stat: { version: 0, dataLength: 5 } });
      await client.refused({ op: 'getData', path: `${root}/b`, watch: false }, ErrorCode.NONODE);
    },
  },
  {
    id: 'op-get-acl',
    without: withoutOp('getACL'),
    async test({ open, root }) {
      const client = await open();
      expect(await client.ok({ op: 'getACL', path: root })).toMatchObject({ acl: OPEN, stat: { aversion: 0 } });
    },
  },
  {
    id: 'op-get-acl-needs-permission',
    // A server that shows every ACL.
    without: rewriting('create', () => ({ acl: OPEN })),
    async test({ open, root }) {
      const client = await open();
      const visible = async (perms: number): Promise<number> => {
        const path = `${root}/${perms}`;
        await client.create(path, { acl: [{ perms, scheme: 'world', id: 'anyone' }] });
        return (await client.reply({ op: 'getACL', path })).err;
      };
      expect(await visible(Permission.READ)).toBe(ErrorCode.OK);
      expect(await visible(Permission.ADMIN)).toBe(ErrorCode.OK);
      expect(await visible(Permission.ALL & ~Permission.READ & ~Permission.ADMIN)).toBe(ErrorCode.NOAUTH);
    },
  },
  {
    id: 'op-get-acl-masks-digests',
    without: rewritingReply('getACL', () => ({ acl: [{ perms: 31, scheme: 'digest', id: 'user:secret' }] })),
    async test({ open, root }) {
      const owner = await open();
      const acl = [
        { perms: 31, scheme: 'digest', id: 'user:+Ir5sN1lGJEEs8xBZhZXKvjLJ7c=' },
        { perms: 1, scheme: 'world', id: 'anyone' },
      ];
      await owner.create(`${root}/a`, { acl });
      const reader = await open();
      const { acl: seen } = await reader.ok({ op: 'getACL', path: `${root}/a` });
      expect(seen).toEqual([{ ...acl[0], id: 'user:x' }, acl[1]]);
    },
  },
  {
    id: 'op-get-children',
    without: withoutOp('getChildren'),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`);
      await client.create(`${root}/b`);
      expect(await client.children(root)).toEqual(['a', 'b']);
    },
  },
  {
    id: 'op-get-children2',
    without: withoutOp('getChildren2'),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`);
      const { children, stat } = await client.ok({ op: 'getChildren2', path: root, watch: false });
      expect(children).toEqual(['a']);
      expect(stat).toMatchObject({ numChildren: 1, cversion: 1 });
    },
  },
  {
    id: 'op-sync',
    without: withoutOp('sync'),
    async test({ open, root }) {
      const client = await open();
      expect(await client.ok({ op: 'sync', path: root })).toEqual({ path: root });
    },
  },
  {
    id: 'op-ping',
    without: withoutOp('ping'),
    async test({ open }) {
      const client = await open();
      expect(await client.reply({ op: 'ping' })).toMatchObject({ xid: PING_XID, err: 0 });
    },
  },
  {
    id: 'op-multi-read',
    without: withoutOp('multiRead'),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`, { data: 'x' });
      const { results } = await client.ok({
        op: 'multiRead',
        ops: [
          { op: 'getData', path: `${root}/a`, watch: false },
          { op: 'getData', path: `${root}/missing`, watch: false },
          { op: 'getChildren', path: root, watch: false },
        ],
      });
      expect(results.map(({ type }) => type)).toEqual([4, -1, 8]);
      expect(results[0]?.body.data).toBe('x');
      expect(results[1]?.err).toBe(ErrorCode.NONODE);
      expect(results[2]?.body.children).toEqual(['a']);
    },
  },
  {
    id: 'op-get-ephemerals',
    without: withoutOp('getEphemerals'),
    async test({ open, root }) {
      const client = await open();
      const other = await open();
      await client.create(`${root}/mine`, { flags: EPHEMERAL });
      await other.create(`${root}/theirs`, { flags: EPHEMERAL });
      expect((await client.ok({ op: 'getEphemerals', prefixPath: root })).ephemerals).toEqual([`${root}/mine`]);
      expect((await client.ok({ op: 'getEphemerals', prefixPath: '/elsewhere' })).ephemerals).toEqual([]);
    },
  },
  {
    id: 'op-get-all-children-number',
    without: withoutOp('getAllChildrenNumber'),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`);
      await client.create(`${root}/a/b`);
      await client.create(`${root}/c`);
      expect((await client.ok({ op: 'getAllChildrenNumber', path: root })).totalNumber).toBe(3);
    },
  },
  {
    id: 'op-who-am-i',
    without: withoutOp('whoAmI'),
    async test({ open }) {
      const client = await open();
      const { clientInfo } = await client.ok({ op: 'whoAmI' });
      expect(clientInfo).toEqual([{ scheme: 'ip', user: '127.0.0.1' }]);
    },
  },
  {
    id: 'op-auth',
    without: answering('auth', ErrorCode.OK),
    async test({ open }) {
      const client = await open();
      await client.authenticate('user:password');
      const { clientInfo } = await client.ok({ op: 'whoAmI' });
      expect(clientInfo).toContainEqual({ scheme: 'digest', user: 'user' });
    },
  },
  {
    id: 'op-create-session',
    // Two sessions that are one.
    without: { connectResponse: sameSession() },
    async test({ open }) {
      const [one, two] = [await open(), await open()];
      expect(one.id).not.toBe(0n);
      expect(one.id).not.toBe(two.id);
      const sender = await open();
      await sender.refused({ op: 'raw', type: -10, body: '\0\0\x10\0' }, ErrorCode.UNIMPLEMENTED);
    },
  },
  {
    id: 'op-close-session',
    without: answering('closeSession', ErrorCode.OK),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`, { flags: EPHEMERAL });
      await client.ok({ op: 'closeSession' });
      await client.ended();
      const other = await open();
      await other.refused({ op: 'exists', path: `${root}/a`, watch: false }, ErrorCode.NONODE);
      expect((await open({ session: client.session.identity })).id).toBe(0n);
    },
  },
  {
    id: 'op-unknown',
    // A server that takes every request that it does not know for a read of the root.
    without: { request: (request) => (request.type === UNKNOWN ? { ...request, ...EXISTS_ROOT } : undefined) },
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`, { flags: EPHEMERAL });
      await client.refused({ op: 'raw', type: UNKNOWN, body: '' }, ErrorCode.UNIMPLEMENTED);
      await client.ended();
      const again = await open({ session: client.session.identity });
      expect((await again.exists(`${root}/a`)).stat.ephemeralOwner).toBe(client.id);
    },
  },
  {
    id: 'op-reads-leave-no-watch-unasked',
    without: rewriting('getData', () => ({ watch: true })),
    async test({ open, root }) {
      const client = await open();
      await client.getData(root);
      await client.setData(root, 'x');
      expect(await client.events()).toEqual([]);
    },
  },
];

function sameSession(): (payload: Buffer) => Buffer {
  let first: Buffer | undefined;
  return (payload) => (first ??= payload);
}
