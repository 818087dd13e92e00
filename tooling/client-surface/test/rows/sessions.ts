// Sessions: how long they last, who may take them up again, and what their end does.

import { ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import { type Client, createOf, EventType, type OpenOptions } from '../harness/client.ts';
import { javaRandomBytes } from '../harness/java-random.ts';
import type { Tampering } from '../harness/proxy.ts';
import type { Row } from '../harness/row.ts';
import { withoutError } from '../harness/switches.ts';
import { eventually } from '../harness/wait.ts';

const EPHEMERAL = 1;
const NO_SESSION = 0n;
const PASSWORD_SALT = 0xb3415c00n;
const LOCAL = ['localSessionsEnabled=true', 'localSessionsUpgradingEnabled=true'];

/** Refused sessions are answered with id 0, or with nothing but the connection's end. */
export const idOrNone = (opening: Promise<Client>): Promise<bigint> =>
  opening.then(
    (client) => client.id,
    () => NO_SESSION,
  );

/** The server gives every session a new one. */
const WITHOUT_REATTACH: Tampering = {
  connectRequest: (payload) => Buffer.concat([payload.subarray(0, 16), Buffer.alloc(8), payload.subarray(24)]),
};

export const sessions: readonly Row[] = [
  {
    id: 'session-timeout',
    lines: ['minSessionTimeout=3000', 'maxSessionTimeout=9000'],
    without: { lines: ['minSessionTimeout=1', 'maxSessionTimeout=1000000'] },
    async test({ open }) {
      const negotiated = async (timeoutMs: number): Promise<number> =>
        (await open({ timeoutMs })).session.connected.timeoutMs;
      expect(await negotiated(100)).toBe(3000);
      expect(await negotiated(5000)).toBe(5000);
      expect(await negotiated(60_000)).toBe(9000);
    },
  },
  {
    id: 'session-password',
    without: { connectResponse: (payload) => flipped(payload, 25) },
    async test({ open }) {
      const { session, id } = await open();
      expect(Buffer.from(session.connected.password ?? '', 'latin1')).toEqual(javaRandomBytes(id ^ PASSWORD_SALT, 16));
    },
  },
  {
    id: 'session-id',
    servers: 3,
    without: { connectResponse: (payload) => flipped(payload, 8) },
    async test({ open }) {
      for (const server of [0, 1, 2]) {
        const { id } = await open({ server });
        expect(BigInt.asUintN(64, id) >> 56n).toBe(BigInt(server + 1));
      }
    },
  },
  {
    id: 'session-reattach',
    without: WITHOUT_REATTACH,
    async test({ open, root }) {
      const client = await open();
      await client.create(`${root}/a`, { flags: EPHEMERAL });
      await client.drop();
      const again = await open({ session: client.session.identity });
      expect(again.id).toBe(client.id);
      expect((await again.exists(`${root}/a`)).stat.ephemeralOwner).toBe(client.id);
    },
  },
  {
    id: 'session-reattach-elsewhere',
    servers: 3,
    without: WITHOUT_REATTACH,
    async test({ open, root }) {
      const client = await open({ server: 0 });
      await client.create(`${root}/a`, { flags: EPHEMERAL });
      await client.drop();
      for (const server of [1, 2, 0]) {
        const again = await open({ server, session: client.session.identity });
        expect(again.id).toBe(client.id);
        await again.reply({ op: 'sync', path: root });
        expect((await again.exists(`${root}/a`)).stat.ephemeralOwner).toBe(client.id);
        await again.drop();
      }
    },
  },
  {
    id: 'session-wrong-password',
    without: WITHOUT_REATTACH,
    async test({ open }) {
      const { session, id } = await open();
      const stranger = await open({ session: { sessionId: id, password: 'x'.repeat(16) } });
      expect(stranger.id).toBe(NO_SESSION);
      await stranger.ended();
      expect((await session.call({ op: 'exists', path: '/', watch: false })).err).toBe(ErrorCode.OK);
    },
  },
  {
    id: 'session-expiry',
    // Clients whose sessions never end: the server gives them a longer one than they want.
    without: { connectRequest: (payload) => longTimeout(payload) },
    async test({ open, root }) {
      const [dying, watcher] = [await open({ timeoutMs: 400 }), await open()];
      await dying.create(`${root}/a`, { flags: EPHEMERAL });
      await watcher.exists(`${root}/a`, true);
      await dying.drop();
      await eventually('the ephemeral is gone', async () => !(await watcher.children(root)).includes('a'));
      const arrivals = watcher.session.connection.takeArrivals();
      const deleted = { type: EventType.DELETED, path: `${root}/a` };
      expect(arrivals.flatMap((each) => (each.kind === 'event' ? [each.event] : []))).toMatchObject([deleted]);
      expect(await idOrNone(open({ session: dying.session.identity }))).toBe(NO_SESSION);
    },
  },
  {
    id: 'session-ping-keeps-it',
    without: {
      request: (request) =>
        request.type === 11 ? { answer: { ...request, zxid: 0n, err: 0, body: Buffer.alloc(0) } } : undefined,
    },
    async test({ open, root }) {
      const client = await open({ timeoutMs: 400 });
      await client.create(`${root}/a`, { flags: EPHEMERAL });
      const end = Date.now() + 1500;
      while (Date.now() < end) {
        await client.reply({ op: 'ping' });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      expect((await client.exists(`${root}/a`)).stat.ephemeralOwner).toBe(client.id);
    },
  },
  {
    id: 'session-local',
    lines: LOCAL,
    servers: 3,
    without: { lines: ['localSessionsEnabled=false'] },
    async test({ open }) {
      const here = await open({ server: 0 });
      // Only this server knows it.
      expect(await idOrNone(open({ server: 1, session: here.session.identity }))).toBe(NO_SESSION);
    },
  },
  {
    id: 'session-local-upgrade',
    lines: LOCAL,
    servers: 3,
    without: { lines: ['localSessionsEnabled=true', 'localSessionsUpgradingEnabled=false'] },
    async test({ open, root }) {
      const client = await open({ server: 0 });
      await client.create(`${root}/a`, { flags: EPHEMERAL });
      await client.drop();
      const elsewhere = await open({ server: 1, session: client.session.identity });
      expect(elsewhere.id).toBe(client.id);
    },
  },
  {
    id: 'error-ephemeralonlocalsession',
    lines: ['localSessionsEnabled=true', 'localSessionsUpgradingEnabled=false'],
    servers: 3,
    without: { lines: LOCAL },
    async test({ open, root }) {
      const client = await open({ server: 0 });
      await client.refused(createOf(`${root}/a`, { flags: EPHEMERAL }), ErrorCode.EPHEMERALONLOCALSESSION);
    },
  },
  {
    id: 'error-sessionexpired',
    lines: LOCAL,
    servers: 3,
    without: withoutError(ErrorCode.SESSIONEXPIRED),
    async test({ open, root }) {
      const client = await open({ server: 0 });
      // An ephemeral by an operation that upgrades nothing: the ensemble knows no such session.
      const request = { ...createOf(`${root}/a`, { flags: EPHEMERAL }), op: 'createContainer' } as const;
      await client.refused(request, ErrorCode.SESSIONEXPIRED);
    },
  },
  {
    id: 'session-moved',
    servers: 3,
    without: { hidesEnd: true },
    async test({ open }) {
      const left = await open({ server: 0 });
      const moved = await open({ server: 0, session: left.session.identity });
      expect(moved.id).toBe(left.id);
      // The connection that had it before is cut off.
      await left.ended();
    },
  },
  {
    id: 'session-moved-is-refused',
    servers: 3,
    without: { hidesEnd: true },
    async test({ open, root }) {
      const left = await open({ server: 1 });
      const moved = await open({ server: 2, session: left.session.identity });
      await moved.setData(root, 'by the one that has it');
      // SESSIONMOVED is no reply: it ends the connection that the session has left.
      left.reply({ op: 'setData', path: root, data: 'late', version: -1 }).catch(() => undefined);
      await left.ended();
      expect((await moved.getData(root)).data).toBe('by the one that has it');
    },
  },
  {
    id: 'session-read-only-flag',
    without: { connectResponse: (payload) => payload.subarray(0, 36) },
    async test({ open }) {
      const flag = async (readOnly: NonNullable<OpenOptions['readOnly']>): Promise<boolean | undefined> =>
        (await open({ readOnly })).session.connected.readOnly;
      expect(await flag('omitted')).toBeUndefined();
      expect(await flag(false)).toBe(false);
      expect(await flag(true), 'by a server that can write').toBe(false);
    },
  },
];

const flipped = (payload: Buffer, at: number): Buffer => {
  const copy = Buffer.from(payload);
  copy[at] = (copy[at] ?? 0) ^ 0xff;
  return copy;
};

function longTimeout(payload: Buffer): Buffer {
  const copy = Buffer.from(payload);
  copy.writeInt32BE(40_000, 12);
  return copy;
}
