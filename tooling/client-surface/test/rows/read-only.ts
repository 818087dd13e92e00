// What a server without a quorum does for clients that are content with reads. What becomes of them when a quorum is back is played end to end.

import { ConnectionClosedError } from '@zebu/conformance/raw';
import { ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import { createOf, OPEN } from '../harness/client.ts';
import type { Row } from '../harness/row.ts';
import { ONE_OF_THREE } from '../harness/servers.ts';
import { withoutError, withoutOp } from '../harness/switches.ts';

const withoutQuorum = {
  servers: ONE_OF_THREE,
  lines: ['readonlymode.enabled=true', 'localSessionsEnabled=true'],
} as const;
const READ_ONLY = { readOnly: true } as const;

export const readOnly: readonly Row[] = [
  {
    id: 'read-only-reads',
    ...withoutQuorum,
    without: withoutOp('getChildren2'),
    async test({ open }) {
      const client = await open(READ_ONLY);
      expect((await client.exists('/zookeeper')).stat.version).toBe(0);
      expect((await client.getData('/zookeeper/quota', true)).data).toBe('');
      const { children } = await client.ok({ op: 'getChildren2', path: '/', watch: true });
      expect(children).toEqual(['zookeeper']);
      await client.ok({ op: 'multiRead', ops: [{ op: 'getChildren', path: '/', watch: false }] });
      await client.ok({ op: 'checkWatches', path: '/', type: 1 });
      await client.authenticate('ann:secret');
      const { clientInfo } = await client.ok({ op: 'whoAmI' });
      expect(clientInfo.map(({ scheme }) => scheme).toSorted()).toEqual(['digest', 'ip']);
    },
  },
  {
    id: 'error-notreadonly',
    ...withoutQuorum,
    without: withoutError(ErrorCode.NOTREADONLY),
    async test({ open }) {
      const client = await open(READ_ONLY);
      const path = '/a';
      const plain = { path, data: '', acl: OPEN, flags: 0 } as const;
      for (const request of [
        createOf(path),
        { op: 'create2', ...plain },
        { op: 'createContainer', ...plain, flags: 4 },
        { op: 'delete', path, version: -1 },
        { op: 'deleteContainer', path },
        { op: 'setData', path, data: '', version: -1 },
        { op: 'setACL', path, acl: OPEN, version: -1 },
        { op: 'sync', path },
        { op: 'multi', ops: [{ op: 'check', path: '/', version: -1 }] },
        { op: 'multi', ops: [] },
      ] as const) {
        await client.refused(request, ErrorCode.NOTREADONLY);
      }
      expect(client.isClosed).toBe(false);
    },
  },
  {
    id: 'read-only-response',
    ...withoutQuorum,
    // The flag is the last byte.
    without: { connectResponse: (payload) => Buffer.concat([payload.subarray(0, -1), Buffer.of(0)]) },
    async test({ open }) {
      expect((await open(READ_ONLY)).session.connected.readOnly).toBe(true);
    },
  },
  {
    id: 'read-only-request',
    ...withoutQuorum,
    without: { connectRequest: (payload) => Buffer.concat([payload.subarray(0, 44), Buffer.of(1)]) },
    async test({ open }) {
      await expect(open()).rejects.toThrow(ConnectionClosedError);
      await expect(open({ readOnly: 'omitted' })).rejects.toThrow(ConnectionClosedError);
      await open(READ_ONLY);
    },
  },
  {
    id: 'read-only-session',
    ...withoutQuorum,
    without: withoutOp('closeSession'),
    async test({ open }) {
      const first = await open(READ_ONLY);
      const again = await open({ ...READ_ONLY, session: first.session.connected });
      expect(again.id).toBe(first.id);
      await first.ended();
      await again.ok({ op: 'closeSession' });
      await again.ended();
      const over = await open({ ...READ_ONLY, session: first.session.connected });
      expect(over.id).toBe(0n);
    },
  },
  {
    id: 'read-only-words',
    ...withoutQuorum,
    without: {
      text: (text) => text.replaceAll('read-only', 'follower').replaceAll('READ-ONLY', '').replace(/^ro$/, 'rw'),
    },
    async test({ word }) {
      expect(await word('isro')).toBe('ro');
      expect(await word('srvr')).toMatch(/^READ-ONLY mode; serving only read-only clients$/m);
      expect(await word('stat')).toMatch(/^Mode: read-only$/m);
      expect(await word('mntr')).toMatch(/^zk_server_state\tread-only$/m);
    },
  },
];
