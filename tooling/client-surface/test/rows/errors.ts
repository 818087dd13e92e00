// Every error code that a client of this release can be given.

import { ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import { createOf } from '../harness/client.ts';
import { observer, RECONFIG, reconfig } from '../harness/reconfig.ts';
import type { Row } from '../harness/row.ts';
import { answering, rewritingMulti, withoutError } from '../harness/switches.ts';

const EPHEMERAL = 1;

export const errors: readonly Row[] = [
  {
    id: 'error-ok',
    without: answering('exists', ErrorCode.SYSTEMERROR),
    async test({ open, root }) {
      expect((await (await open()).reply({ op: 'exists', path: root, watch: false })).err).toBe(ErrorCode.OK);
    },
  },
  {
    id: 'error-runtimeinconsistency',
    without: rewritingMulti((ops) => ops.slice(0, 1)),
    async test({ open, root }) {
      const ops = [{ op: 'delete', path: `${root}/missing`, version: -1 } as const, createOf(`${root}/a`)];
      const { results } = await (await open()).ok({ op: 'multi', ops });
      expect(results.map(({ err }) => err)).toEqual([ErrorCode.NONODE, ErrorCode.RUNTIMEINCONSISTENCY]);
    },
  },
  {
    id: 'error-marshallingerror',
    without: withoutError(ErrorCode.MARSHALLINGERROR),
    async test({ open }) {
      const client = await open();
      await client.refused({ op: 'raw', type: 3, body: '\0\0\0\x63/' }, ErrorCode.MARSHALLINGERROR);
    },
  },
  {
    id: 'error-unimplemented',
    without: withoutError(ErrorCode.UNIMPLEMENTED),
    async test({ open }) {
      await (await open()).refused({ op: 'raw', type: 77, body: '' }, ErrorCode.UNIMPLEMENTED);
    },
  },
  {
    id: 'error-badarguments',
    without: withoutError(ErrorCode.BADARGUMENTS),
    async test({ open, root }) {
      await (await open()).refused(createOf(`${root}/`), ErrorCode.BADARGUMENTS);
    },
  },
  {
    id: 'error-nonode',
    without: withoutError(ErrorCode.NONODE),
    async test({ open, root }) {
      const client = await open();
      await client.refused({ op: 'getData', path: `${root}/a`, watch: false }, ErrorCode.NONODE);
      await client.refused(createOf(`${root}/a/b`), ErrorCode.NONODE);
    },
  },
  {
    id: 'error-noauth',
    without: withoutError(ErrorCode.NOAUTH),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`, { acl: [{ perms: 16, scheme: 'world', id: 'anyone' }] });
      await client.refused({ op: 'getData', path: `${root}/a`, watch: false }, ErrorCode.NOAUTH);
      await client.refused({ op: 'setData', path: `${root}/a`, data: '', version: -1 }, ErrorCode.NOAUTH);
      await client.refused(createOf(`${root}/a/b`), ErrorCode.NOAUTH);
    },
  },
  {
    id: 'error-badversion',
    without: withoutError(ErrorCode.BADVERSION),
    async test({ open, root }) {
      const client = await open();
      await client.refused({ op: 'setData', path: root, data: '', version: 9 }, ErrorCode.BADVERSION);
      await client.refused({ op: 'delete', path: root, version: 9 }, ErrorCode.BADVERSION);
    },
  },
  {
    id: 'error-nochildrenforephemerals',
    without: withoutError(ErrorCode.NOCHILDRENFOREPHEMERALS),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`, { flags: EPHEMERAL });
      await client.refused(createOf(`${root}/a/b`), ErrorCode.NOCHILDRENFOREPHEMERALS);
    },
  },
  {
    id: 'error-nodeexists',
    without: withoutError(ErrorCode.NODEEXISTS),
    async test({ open, root }) {
      await (await open()).refused(createOf(root), ErrorCode.NODEEXISTS);
    },
  },
  {
    id: 'error-notempty',
    without: withoutError(ErrorCode.NOTEMPTY),
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`);
      await client.refused({ op: 'delete', path: root, version: -1 }, ErrorCode.NOTEMPTY);
    },
  },
  {
    id: 'error-invalidacl',
    without: withoutError(ErrorCode.INVALIDACL),
    async test({ open, root }) {
      const client = await open();
      await client.refused(createOf(`${root}/a`, { acl: [] }), ErrorCode.INVALIDACL);
      const unknown = [{ perms: 31, scheme: 'nobody', id: 'x' }];
      await client.refused(createOf(`${root}/a`, { acl: unknown }), ErrorCode.INVALIDACL);
    },
  },
  {
    id: 'error-authfailed',
    without: withoutError(ErrorCode.AUTHFAILED),
    async test({ open }) {
      const client = await open();
      await client.refused({ op: 'auth', type: 0, scheme: 'nobody', auth: 'x' }, ErrorCode.AUTHFAILED);
      await client.ended();
    },
  },
  {
    id: 'error-reconfigdisabled',
    servers: 3,
    without: withoutError(ErrorCode.RECONFIGDISABLED),
    async test({ open }) {
      const leaving = { joiningServers: null, leavingServers: '3', newMembers: null, curConfigId: -1n };
      await (await open()).refused({ op: 'reconfig', ...leaving }, ErrorCode.RECONFIGDISABLED);
    },
  },
  {
    id: 'error-newconfignoquorum',
    lines: RECONFIG,
    servers: 3,
    without: withoutError(ErrorCode.NEWCONFIGNOQUORUM),
    async test({ open }) {
      const client = await open();
      await client.authenticate('super:secret');
      // Of six voters three are there.
      const joiningServers = [11, 12, 13].map((id) => observer(id).replace(':observer', '')).join(',');
      await client.refused(reconfig({ joiningServers }), ErrorCode.NEWCONFIGNOQUORUM);
    },
  },
  {
    id: 'error-reconfiginprogress',
    lines: RECONFIG,
    servers: 3,
    without: withoutError(ErrorCode.RECONFIGINPROGRESS),
    async test({ open }) {
      const client = await open();
      await client.authenticate('super:secret');
      // All at once: the second is there before the first is committed.
      const changes = Array.from({ length: 20 }, () => client.reply(reconfig({ joiningServers: observer(9) })));
      const codes = (await Promise.all(changes)).map(({ err }) => err);
      expect(codes[0]).toBe(ErrorCode.OK);
      expect(codes).toContain(ErrorCode.RECONFIGINPROGRESS);
    },
  },
  {
    id: 'error-quotaexceeded',
    lines: ['enforceQuota=true'],
    without: { lines: ['enforceQuota=false'] },
    async test({ open, root }) {
      const client = await open();
      await client.create(`/zookeeper/quota${root}`);
      const limits = 'count=-1,bytes=-1=;byteHardLimit=-1;countHardLimit=2';
      await client.create(`/zookeeper/quota${root}/zookeeper_limits`, { data: limits });
      await client.create(`/zookeeper/quota${root}/zookeeper_stats`, { data: 'count=1,bytes=0' });
      await client.create(`${root}/a`);
      await client.refused(createOf(`${root}/b`), ErrorCode.QUOTAEXCEEDED);
    },
  },
  {
    id: 'error-throttledop',
    lines: ['throttledOpWaitTime=1', 'requestThrottleLimit=1', 'requestThrottleStallTime=50'],
    without: { lines: ['throttledOpWaitTime=0', 'requestThrottleLimit=1', 'requestThrottleStallTime=5'] },
    async test({ open, root }) {
      const client = await open();
      const replies = await Promise.all(Array.from({ length: 40 }, (_, n) => client.reply(createOf(`${root}/${n}`))));
      const codes = replies.map(({ err }) => err);
      expect(codes).toContain(ErrorCode.THROTTLEDOP);
      expect(codes).toContain(ErrorCode.OK);
    },
  },
];
