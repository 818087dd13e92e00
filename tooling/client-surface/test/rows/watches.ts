// Watches: the one-shot ones that reads leave, the standing ones of addWatch, and what brings them back after a reconnect.

import { ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import { type Client, EventType } from '../harness/client.ts';
import type { Row } from '../harness/row.ts';
import { rewriting, withoutError, withoutEvents, withoutOp } from '../harness/switches.ts';

const PERSISTENT = 0;
const PERSISTENT_RECURSIVE = 1;
const WatcherType = { CHILDREN: 1, DATA: 2, ANY: 3, PERSISTENT: 4, PERSISTENT_RECURSIVE: 5 } as const;
const { CREATED, DELETED, DATA_CHANGED, CHILDREN_CHANGED } = EventType;
const NONE = { relativeZxid: 0n, dataWatches: [], existWatches: [], childWatches: [] } as const;

/** A session that comes back to another connection, with what changed in between. */
async function reconnected(client: Client, open: (options: object) => Promise<Client>): Promise<Client> {
  await client.drop();
  return open({ session: client.session.identity });
}

export const watches: readonly Row[] = [
  {
    id: 'watch-data',
    without: rewriting('getData', () => ({ watch: false })),
    async test({ open, root }) {
      const client = await open();
      await client.getData(root, true);
      await client.setData(root, 'a');
      await client.setData(root, 'b');
      expect(await client.events(), 'once').toEqual([{ type: DATA_CHANGED, path: root }]);
      await client.getData(root, true);
      await client.delete(root);
      expect(await client.events()).toEqual([{ type: DELETED, path: root }]);
    },
  },
  {
    id: 'watch-exists',
    without: withoutEvents(({ type }) => type === CREATED),
    async test({ open, root }) {
      const client = await open();
      await client.refused({ op: 'exists', path: `${root}/a`, watch: true }, ErrorCode.NONODE);
      await client.create(`${root}/a`);
      expect(await client.events()).toEqual([{ type: CREATED, path: `${root}/a` }]);
    },
  },
  {
    id: 'watch-children',
    without: rewriting('getChildren', () => ({ watch: false })),
    async test({ open, root }) {
      const client = await open();
      await client.children(root, true);
      await client.setData(root, 'no business of a child watch');
      await client.create(`${root}/a`);
      await client.create(`${root}/b`);
      expect(await client.events()).toEqual([{ type: CHILDREN_CHANGED, path: root }]);
    },
  },
  {
    id: 'op-add-watch',
    without: withoutOp('addWatch'),
    async test({ open, root }) {
      const client = await open();
      await client.ok({ op: 'addWatch', path: root, mode: PERSISTENT });
      await client.setData(root, 'a');
      await client.setData(root, 'b');
      await client.create(`${root}/a`);
      await client.setData(`${root}/a`, 'not below');
      const path = root;
      expect(await client.events()).toEqual([
        { type: DATA_CHANGED, path },
        { type: DATA_CHANGED, path },
        { type: CHILDREN_CHANGED, path },
      ]);
    },
  },
  {
    id: 'watch-recursive',
    without: rewriting('addWatch', () => ({ mode: PERSISTENT })),
    async test({ open, root }) {
      const client = await open();
      await client.ok({ op: 'addWatch', path: root, mode: PERSISTENT_RECURSIVE });
      await client.create(`${root}/a`);
      await client.create(`${root}/a/b`);
      await client.setData(`${root}/a/b`, 'x');
      await client.delete(`${root}/a/b`);
      expect(await client.events(), 'without children events').toEqual([
        { type: CREATED, path: `${root}/a` },
        { type: CREATED, path: `${root}/a/b` },
        { type: DATA_CHANGED, path: `${root}/a/b` },
        { type: DELETED, path: `${root}/a/b` },
      ]);
    },
  },
  {
    id: 'op-check-watches',
    without: withoutOp('checkWatches'),
    async test({ open, root }) {
      const client = await open();
      await client.getData(root, true);
      await client.ok({ op: 'checkWatches', path: root, type: WatcherType.DATA });
      await client.ok({ op: 'checkWatches', path: root, type: WatcherType.ANY });
      await client.refused({ op: 'checkWatches', path: root, type: WatcherType.CHILDREN }, ErrorCode.NOWATCHER);
    },
  },
  {
    id: 'op-remove-watches',
    without: withoutOp('removeWatches'),
    async test({ open, root }) {
      const client = await open();
      await client.getData(root, true);
      await client.children(root, true);
      await client.ok({ op: 'removeWatches', path: root, type: WatcherType.DATA });
      await client.setData(root, 'x');
      expect(await client.events()).toEqual([]);
      await client.ok({ op: 'addWatch', path: root, mode: PERSISTENT_RECURSIVE });
      await client.ok({ op: 'removeWatches', path: root, type: WatcherType.ANY });
      await client.create(`${root}/a`);
      expect(await client.events()).toEqual([]);
      await client.refused({ op: 'removeWatches', path: root, type: WatcherType.ANY }, ErrorCode.NOWATCHER);
    },
  },
  {
    id: 'op-set-watches',
    without: withoutOp('setWatches'),
    async test({ open, root }) {
      const client = await open();
      const { zxid: seen } = await client.reply({ op: 'exists', path: root, watch: false });
      await client.setData(root, 'while away');
      const again = await reconnected(client, open);
      await again.ok({ ...NONE, op: 'setWatches', relativeZxid: seen, dataWatches: [root], childWatches: [root] });
      expect(await again.events(), 'what was missed').toEqual([{ type: DATA_CHANGED, path: root }]);
      await again.create(`${root}/a`);
      expect(await again.events()).toEqual([{ type: CHILDREN_CHANGED, path: root }]);
    },
  },
  {
    id: 'op-set-watches2',
    without: withoutOp('setWatches2'),
    async test({ open, root }) {
      const client = await open();
      const { zxid } = await client.reply({ op: 'exists', path: root, watch: false });
      const again = await reconnected(client, open);
      const standing = { persistentWatches: [root], persistentRecursiveWatches: [`${root}/a`] };
      await again.ok({ ...NONE, op: 'setWatches2', relativeZxid: zxid, ...standing });
      await again.create(`${root}/a`);
      await again.create(`${root}/a/b`);
      expect(await again.events()).toEqual([
        { type: CREATED, path: `${root}/a` },
        { type: CHILDREN_CHANGED, path: root },
        { type: CREATED, path: `${root}/a/b` },
      ]);
    },
  },
  {
    id: 'watch-event-zxid',
    without: { reply: (reply) => (reply.xid === -1 ? { ...reply, zxid: -1n } : undefined) },
    async test({ open, root }) {
      const client = await open();
      await client.getData(root, true);
      const { zxid } = await client.reply({ op: 'setData', path: root, data: 'x', version: -1 });
      const events = await client.session.events();
      expect(events.map((event) => event.zxid)).toEqual([zxid]);
    },
  },
  {
    id: 'watch-needs-read',
    // A server that tells everybody: an event for what the watcher may not read (CVE-2024-23944).
    without: tellsEverybody(),
    async test({ open, root }) {
      const watcher = await open();
      await watcher.ok({ op: 'addWatch', path: root, mode: PERSISTENT_RECURSIVE });
      const owner = await open();
      await owner.authenticate('user:password');
      await owner.create(`${root}/private`, { acl: [{ perms: 31, scheme: 'auth', id: '' }] });
      await owner.create(`${root}/public`);
      await watcher.ok({ op: 'sync', path: '/' });
      expect(await watcher.events()).toEqual([{ type: CREATED, path: `${root}/public` }]);
    },
  },
  {
    id: 'error-nowatcher',
    without: withoutError(ErrorCode.NOWATCHER),
    async test({ open, root }) {
      const client = await open();
      await client.refused({ op: 'removeWatches', path: root, type: WatcherType.DATA }, ErrorCode.NOWATCHER);
    },
  },
];

function tellsEverybody(): Row['without'] {
  return rewriting('create', () => ({ acl: [{ perms: 31, scheme: 'world', id: 'anyone' }] }));
}
