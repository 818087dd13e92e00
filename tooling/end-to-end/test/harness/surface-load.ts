// What ZooKeeper's newer operations leave in a tree: containers, TTLs, ACLs, quotas and multis; and everything that a client
// who may see it all sees of it.

import { type Acl, type PlainRequest, RawSession, type Reply, type Request, type Stat } from '@zebu/conformance/raw';
import { expect } from 'vitest';
import { until } from './wait.ts';

/** Where it is; not everybody may list it. */
export const SURFACE = '/surface';

/** For servers that are to take `surfaceLoad`. */
export const SURFACE_LINES = ['extendedTypesEnabled=true', 'enforceQuota=true'];

export interface SurfaceZnode {
  readonly path: string;
  readonly data: unknown;
  readonly stat: Stat;
  readonly acl: readonly Acl[];
}

const ANYONE: Acl = { perms: 31, scheme: 'world', id: 'anyone' };
const READER: Acl = { perms: 1, scheme: 'world', id: 'anyone' };
const MYSELF: Acl = { perms: 31, scheme: 'auth', id: '' };
const NEIGHBOURS: Acl = { perms: 3, scheme: 'ip', id: '127.0.0.0/8' };
const Mode = { PERSISTENT: 0, EPHEMERAL: 1, SEQUENTIAL: 2, CONTAINER: 4, TTL: 5, SEQUENTIAL_TTL: 6 } as const;
const DAY_MS = 86_400_000n;
const NO_NODE = -101;
const NO_AUTH = -102;
const QUOTA_EXCEEDED = -125;
const ROOTS = [SURFACE, '/zookeeper/quota'];

const create = (path: string, flags: number = Mode.PERSISTENT, acl: Acl[] = [ANYONE]) =>
  ({ op: 'create', path, data: `of ${path}`, acl, flags }) as const;
const container = (path: string) =>
  ({ op: 'createContainer', path, data: null, acl: [ANYONE], flags: Mode.CONTAINER }) as const;
const withTtl = (path: string, ttl: bigint, flags: number = Mode.TTL) =>
  ({ op: 'createTTL', path, data: 'for a while', acl: [ANYONE, MYSELF], flags, ttl }) as const;

async function asAnn(port: number): Promise<RawSession> {
  const session = await RawSession.open(port);
  await demand(session, { op: 'auth', type: 0, scheme: 'digest', auth: 'ann:secret' });
  return session;
}

async function demand(session: RawSession, request: Request): Promise<Reply> {
  const reply = await session.call(request);
  expect([request, reply.err]).toEqual([request, 0]);
  return reply;
}

/** Of a server with SURFACE_LINES that looks for unused znodes several times a second. */
export async function surfaceLoad(port: number): Promise<void> {
  const session = await asAnn(port);
  await demand(session, create('/surface'));
  await limitedTree(session);
  await unusedZnodes(session);
  await lists(session);
  await multis(session);
  await demand(session, create('/surface/ephemeral', Mode.EPHEMERAL));
  // The session and its znode outlive the connection.
  await session.drop();
}

/** A quota whose hard limits have refused something. */
async function limitedTree(session: RawSession): Promise<void> {
  await demand(session, create('/surface/limited'));
  const quota = '/zookeeper/quota/surface';
  for (const path of [quota, `${quota}/limited`]) await demand(session, create(path));
  const limits = 'count=4,bytes=-1=;byteHardLimit=1000;countHardLimit=10';
  for (const [name, data] of [
    ['zookeeper_limits', limits],
    ['zookeeper_stats', 'count=0,bytes=0'],
  ] as const) {
    await demand(session, { ...create(`${quota}/limited/${name}`), data });
  }
  for (let n = 0; n < 9; n++) await demand(session, create('/surface/limited/n-', Mode.SEQUENTIAL));
  const refused = await session.call(create('/surface/limited/one-too-many'));
  const tooLong = await session.call({ op: 'setData', path: '/surface/limited', data: 'x'.repeat(1001), version: -1 });
  expect([refused.err, tooLong.err]).toEqual([QUOTA_EXCEEDED, QUOTA_EXCEEDED]);
  await demand(session, { op: 'delete', path: '/surface/limited/n-0000000003', version: 0 });
}

/** Some that stay, and some that the server has deleted by itself. */
async function unusedZnodes(session: RawSession): Promise<void> {
  await demand(session, container('/surface/kept'));
  await demand(session, create('/surface/kept/child'));
  await demand(session, container('/surface/never-used'));
  await demand(session, withTtl('/surface/day', DAY_MS));
  await demand(session, withTtl('/surface/numbered-', DAY_MS, Mode.SEQUENTIAL_TTL));
  await demand(session, withTtl('/surface/instant', 1n));
  await demand(session, container('/surface/used'));
  await demand(session, create('/surface/used/child'));
  await demand(session, { op: 'delete', path: '/surface/used/child', version: -1 });
  for (const path of ['/surface/instant', '/surface/used']) await untilGone(session, path);
}

async function lists(session: RawSession): Promise<void> {
  await demand(session, create('/surface/mine', Mode.PERSISTENT, [READER, MYSELF]));
  await demand(session, { op: 'setACL', path: '/surface/mine', acl: [MYSELF, READER, NEIGHBOURS], version: 0 });
  await demand(session, create('/surface/private', Mode.PERSISTENT, [MYSELF]));
  for (let version = 0; version < 3; version++) {
    await demand(session, { op: 'setACL', path: '/surface/kept', acl: [ANYONE, NEIGHBOURS], version });
  }
}

async function multis(session: RawSession): Promise<void> {
  const ops: PlainRequest[] = [
    create('/surface/in-multi'),
    { ...create('/surface/in-multi/a'), op: 'create2' },
    container('/surface/in-multi/c'),
    withTtl('/surface/in-multi/t', DAY_MS),
    { op: 'setData', path: '/surface/in-multi', data: 'set', version: 0 },
    { op: 'check', path: '/surface/in-multi', version: 1 },
    { op: 'delete', path: '/surface/in-multi/a', version: 0 },
  ];
  expect((await demand(session, { op: 'multi', ops })).body).toMatchObject({ results: ops.map(() => ({ err: 0 })) });
  const failing = [...ops, { op: 'check', path: '/surface', version: 7 } as const];
  const reply = await demand(session, { op: 'multi', ops: failing });
  expect(reply.body).toMatchObject({ results: [{ type: -1 }, ...ops.map(() => ({ type: -1, err: -2 }))] });
}

const untilGone = (session: RawSession, path: string): Promise<unknown> =>
  until(`${path} to be deleted`, async () => {
    const { err } = await session.call({ op: 'exists', path, watch: false });
    return err === NO_NODE;
  });

/** Data, Stat and ACL of everything below ROOTS. */
export async function listSurface(port: number): Promise<SurfaceZnode[]> {
  const session = await asAnn(port);
  const listed: SurfaceZnode[] = [];
  const pending = [...ROOTS];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const { body: data } = await demand(session, { op: 'getData', path, watch: false });
    const { body: acl } = await demand(session, { op: 'getACL', path });
    const { body: children } = await demand(session, { op: 'getChildren', path, watch: false });
    listed.push({ path, ...data, ...acl } as unknown as SurfaceZnode);
    for (const name of (children as { children: readonly string[] }).children) pending.push(`${path}/${name}`);
  }
  await session.close();
  expect(listed.length).toBeGreaterThan(25);
  return listed.sort((left, right) => (left.path < right.path ? -1 : 1));
}

/** What the server makes of the owners and ACLs in its files: a container goes with its child, and strangers are refused. */
export async function surfaceActs(port: number): Promise<void> {
  const stranger = await RawSession.open(port);
  const write = { op: 'setData', path: '/surface/private', data: 'x', version: -1 } as const;
  expect((await stranger.call(write)).err).toBe(NO_AUTH);
  expect((await stranger.call({ op: 'getData', path: '/surface/private', watch: false })).err).toBe(NO_AUTH);
  await stranger.close();
  const session = await asAnn(port);
  await demand(session, write);
  await demand(session, create('/surface/limited/one-again'));
  expect((await session.call(create('/surface/limited/one-too-many'))).err).toBe(QUOTA_EXCEEDED);
  await demand(session, { op: 'delete', path: '/surface/kept/child', version: -1 });
  await untilGone(session, '/surface/kept');
  await demand(session, { op: 'exists', path: '/surface/day', watch: false });
  await demand(session, create('/surface/day/child'));
  await session.close();
}
