// What ZooKeeper promises about order and freshness.

import { encode, JuteReader, operations } from '@zebu/conformance/raw';
import { ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import { createOf } from '../harness/client.ts';
import type { SeenReply, Tampering } from '../harness/proxy.ts';
import type { Row } from '../harness/row.ts';
import { answer } from '../harness/switches.ts';
import { eventually } from '../harness/wait.ts';

const GET_DATA = operations.getData.code;
const SET_DATA = operations.setData.code;
const SYNC = operations.sync.code;

export const guarantees: readonly Row[] = [
  {
    id: 'guarantee-fifo',
    // Writes take their time, and reads do not wait for them.
    without: { reply: (reply) => (reply.type === SET_DATA ? 'late' : undefined) },
    async test({ open, root }) {
      const client = await open();
      const order: string[] = [];
      const noting = (what: string, answered: Promise<unknown>): Promise<unknown> =>
        answered.then(() => order.push(what));
      await Promise.all([
        noting('write 1', client.setData(root, 'a')),
        noting('read 1', client.getData(root)),
        noting('write 2', client.setData(root, 'b')),
        noting('read 2', client.getData(root)),
      ]);
      expect(order).toEqual(['write 1', 'read 1', 'write 2', 'read 2']);
    },
  },
  {
    id: 'guarantee-own-writes',
    servers: 3,
    without: staleReads(),
    async test({ open, root }) {
      for (const server of [0, 1, 2]) {
        const client = await open({ server });
        await client.reply({ op: 'sync', path: '/' });
        await client.getData(root);
        const [, { data }] = await Promise.all([client.setData(root, `by ${server}`), client.getData(root)]);
        expect(data).toBe(`by ${server}`);
      }
    },
  },
  {
    id: 'guarantee-zxid-order',
    without: { reply: (reply) => ({ ...reply, zxid: reply.zxid - 2n * BigInt(reply.xid) }) },
    async test({ open, root }) {
      const client = await open();
      const replies = await Promise.all([
        client.reply({ op: 'exists', path: root, watch: false }),
        client.reply(createOf(`${root}/a`)),
        client.reply({ op: 'exists', path: root, watch: false }),
        client.reply(createOf(`${root}/a`)),
        client.reply({ op: 'exists', path: root, watch: false }),
      ]);
      const zxids = replies.map(({ zxid }) => zxid);
      expect(zxids).toEqual(zxids.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    },
  },
  {
    id: 'guarantee-no-older-server',
    // The server does not look at the zxid that the client has seen.
    without: {
      connectRequest: (payload) => Buffer.concat([payload.subarray(0, 4), Buffer.alloc(8), payload.subarray(12)]),
    },
    async test({ open, root }) {
      const client = await open();
      const { zxid } = await client.reply({ op: 'exists', path: root, watch: false });
      expect((await open({ lastZxidSeen: zxid })).id).not.toBe(0n);
      await expectNoSession(() => open({ lastZxidSeen: zxid + 0x1_0000_0000n }));
    },
  },
  {
    id: 'guarantee-event-before-new-value',
    // Events come behind the next answer.
    without: { reply: (reply) => (reply.type === undefined ? 'late' : undefined) },
    async test({ open, root }) {
      const [reader, writer] = [await open(), await open()];
      await reader.getData(root, true);
      reader.session.connection.takeArrivals();
      await writer.setData(root, 'new');
      await eventually('the new value is seen', async () => (await reader.getData(root)).data === 'new');
      const arrivals = reader.session.connection.takeArrivals();
      const event = arrivals.findIndex((each) => each.kind === 'event');
      const read = arrivals.findIndex((each) => each.kind === 'reply' && each.reply.body?.['data'] === 'new');
      expect(event).toBeGreaterThanOrEqual(0);
      expect(event).toBeLessThan(read);
    },
  },
  {
    id: 'guarantee-linearizable-writes',
    servers: 3,
    // Each server decides for itself.
    without: { request: (request) => (request.type === SET_DATA ? answer(request, ErrorCode.OK, A_STAT) : undefined) },
    async test({ open, root }) {
      const clients = [await open({ server: 0 }), await open({ server: 1 }), await open({ server: 2 })];
      // Ten rounds in which all three want to be the one that makes the next version.
      for (let version = 0; version < 10; version++) {
        const attempts = clients.map((client, index) =>
          client.reply({ op: 'setData', path: root, data: `${index}`, version }),
        );
        const codes = (await Promise.all(attempts)).map(({ err }) => err).toSorted((a, b) => b - a);
        expect(codes).toEqual([ErrorCode.OK, ErrorCode.BADVERSION, ErrorCode.BADVERSION]);
      }
    },
  },
  {
    id: 'guarantee-sync',
    servers: 3,
    without: staleReads(),
    async test({ open, root }) {
      const clients = [await open({ server: 0 }), await open({ server: 1 }), await open({ server: 2 })] as const;
      for (const client of clients) {
        await client.reply({ op: 'sync', path: root });
        await client.getData(root);
      }
      for (let round = 0; round < 10; round++) {
        await clients[round % 3]?.setData(root, `round ${round}`);
        for (const client of clients) {
          await client.ok({ op: 'sync', path: root });
          expect((await client.getData(root)).data).toBe(`round ${round}`);
        }
      }
    },
  },
];

const A_STAT = encode(operations.setData.reply, {
  stat: {
    czxid: 1n,
    mzxid: 1n,
    ctime: 0n,
    mtime: 0n,
    version: 1,
    cversion: 0,
    aversion: 0,
    ephemeralOwner: 0n,
    dataLength: 0,
    numChildren: 0,
    pzxid: 1n,
  },
});

/** Refused sessions are answered with id 0, or with nothing but the connection's end. */
async function expectNoSession(open: () => Promise<{ readonly id: bigint }>): Promise<void> {
  const id = await open().then(
    (client) => client.id,
    () => 0n,
  );
  expect(id).toBe(0n);
}

/** A server that has stopped learning: reads are answered as they were when it was first asked, whatever was written or synced since. */
function staleReads(): Tampering {
  const first = new Map<string, Buffer>();
  const asked = new Map<number, string>();
  return {
    request: (request) => {
      if (request.type === SYNC)
        return { answer: { xid: request.xid, zxid: 0n, err: 0, type: SYNC, body: request.body } };
      if (request.type === GET_DATA)
        asked.set(request.xid, operations.getData.request.read(new JuteReader(request.body)).path ?? '');
      return undefined;
    },
    reply: (reply): SeenReply | undefined => {
      const path = asked.get(reply.xid);
      if (reply.type !== GET_DATA || path === undefined || reply.err !== ErrorCode.OK) return undefined;
      const body = first.get(path) ?? reply.body;
      first.set(path, body);
      return { ...reply, body };
    },
  };
}
