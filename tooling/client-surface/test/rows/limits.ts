// Limits, throttles, and what no client should send.

import { createConnection } from 'node:net';
import { RawConnection } from '@zebu/conformance/raw';
import { ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import { createOf } from '../harness/client.ts';
import type { Row } from '../harness/row.ts';
import { answer, rewriting } from '../harness/switches.ts';
import { idOrNone } from './sessions.ts';

const NO_SESSION = 0n;
const EPHEMERAL = 1;
const LARGE = 'x'.repeat(20_000);

/** Sends bytes on a new connection; resolves with what came back until the server ended it, or undefined if it did not. */
function fate(port: number, bytes: Buffer, patienceMs = 2000): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = createConnection({ host: '127.0.0.1', port }, () => socket.write(bytes));
    const late = setTimeout(() => {
      socket.destroy();
      resolve(undefined);
    }, patienceMs);
    socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(late);
      resolve(answer);
    });
  });
}

/** A server that goes on as if nothing had been said. */
const NEVER_ENDS = { hidesEnd: true };

const badPath = (id: string, path: string): Row => ({
  id: `bad-path-${id}`,
  // A server that puts paths right by itself.
  without: rewriting('setData', () => ({ path: '/' })),
  async test({ open }) {
    const client = await open();
    await client.refused({ op: 'setData', path, data: '', version: -1 }, ErrorCode.BADARGUMENTS);
    // The session goes on.
    await client.exists('/');
  },
});

export const limits: readonly Row[] = [
  {
    id: 'limit-max-buffer',
    lines: ['jute.maxbuffer=10000'],
    without: { lines: ['jute.maxbuffer=100000'] },
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/small`, { data: 'x'.repeat(5000) });
      const request = client.reply(createOf(`${root}/large`, { data: LARGE }));
      await request.catch(() => undefined);
      await client.ended();
    },
  },
  {
    id: 'limit-oversized-reply',
    lines: ['jute.maxbuffer=10000'],
    // Apache ZooKeeper only closes the connection.
    without: { reply: (reply) => (reply.err === 0 ? undefined : 'drop') },
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`, { flags: EPHEMERAL });
      const { err } = await client.reply(createOf(`${root}/large`, { data: LARGE }));
      expect(err).not.toBe(ErrorCode.OK);
      await client.ended();
      const again = await open({ session: client.session.identity });
      expect(await again.children(root)).toEqual(['a']);
    },
  },
  {
    id: 'limit-large-requests',
    lines: ['largeRequestThreshold=1000', 'largeRequestMaxBytes=15000'],
    without: { lines: ['largeRequestThreshold=-1', 'largeRequestMaxBytes=15000'] },
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/fits`, { data: 'x'.repeat(10_000) });
      client.reply(createOf(`${root}/large`, { data: LARGE })).catch(() => undefined);
      await client.ended();
    },
  },
  {
    id: 'bad-frame-length',
    without: NEVER_ENDS,
    async test({ port }) {
      expect(await fate(port, Buffer.from('80000000', 'hex'))).toBe('');
      expect(await fate(port, Buffer.from('7fffffff', 'hex'))).toBe('');
      expect(await fate(port, Buffer.from('ffffffff00000000', 'hex'))).toBe('');
    },
  },
  {
    id: 'bad-connect-request',
    without: NEVER_ENDS,
    async test({ port }) {
      expect(await fate(port, Buffer.from('00000004ffffffff', 'hex'))).toBe('');
    },
  },
  {
    id: 'bad-record',
    // A server that reads what is not there as nothing.
    without: {
      request: (request) =>
        request.type === 1 ? { ...request, type: 3, body: Buffer.from('000000012f00', 'hex') } : undefined,
    },
    async test({ open }) {
      const client = await open();
      await client.refused({ op: 'raw', type: 1, body: '\0\0\0\x05/a' }, ErrorCode.MARSHALLINGERROR);
      await client.refused(
        { op: 'raw', type: 1, body: '\0\0\0\x02/a\xff\xff\xff\xff\x7f\xff\xff\xff' },
        ErrorCode.MARSHALLINGERROR,
      );
      // The session goes on.
      await client.exists('/');
    },
  },
  badPath('relative', 'a'),
  badPath('empty-component', '/a//b'),
  badPath('dot', '/a/./b'),
  badPath('dot-dot', '/a/../b'),
  badPath('nul', '/a\0b'),
  badPath('trailing-slash', '/a/'),
  {
    id: 'bad-input-harms-nobody',
    // A server that cuts off everybody for one.
    without: { request: (request) => (request.xid > 3 ? answer(request, ErrorCode.CONNECTIONLOSS) : undefined) },
    async test({ open, port, root }) {
      const healthy = await open();
      await healthy.create(`${root}/a`, { flags: EPHEMERAL });
      for (const bytes of ['80000000', '0000000400000000', '7fffffff', '000000080000000000000063']) {
        const connection = await RawConnection.open(port);
        connection.sendBytes(Buffer.from(bytes, 'hex'));
        await Promise.race([connection.closed, new Promise((resolve) => setTimeout(resolve, 100))]);
        await connection.drop();
        await healthy.setData(`${root}/a`, bytes);
        expect((await healthy.getData(`${root}/a`)).data).toBe(bytes);
      }
    },
  },
  {
    id: 'limit-max-client-cnxns',
    lines: ['maxClientCnxns=3'],
    without: { lines: ['maxClientCnxns=0'] },
    async test({ open }) {
      const ids = await Promise.all([1, 2, 3, 4, 5].map(() => idOrNone(open())));
      expect(ids.filter((id) => id !== NO_SESSION)).toHaveLength(3);
    },
  },
  {
    id: 'limit-max-cnxns',
    lines: ['maxCnxns=3'],
    without: { lines: ['maxCnxns=0'] },
    async test({ open }) {
      const ids = await Promise.all([1, 2, 3, 4, 5].map(() => idOrNone(open())));
      expect(ids.filter((id) => id !== NO_SESSION)).toHaveLength(3);
    },
  },
  {
    id: 'limit-connection-tokens',
    lines: ['connectionMaxTokens=3', 'connectionTokenFillTime=100000'],
    without: { lines: ['connectionMaxTokens=0'] },
    async test({ open }) {
      const ids: bigint[] = [];
      for (let n = 0; n < 6; n++) ids.push(await idOrNone(open()));
      expect(ids).toContain(NO_SESSION);
    },
  },
];
