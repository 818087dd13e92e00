import { decodeCreate2Response, decodeMultiResponse, decodeTxn, type MultiOperation } from '@zebu/jute';
import {
  CreateMode,
  ErrorCode,
  NO_SESSION,
  OPEN_ACL_UNSAFE,
  OpCode,
  type SessionId,
  type TxnBytes,
} from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { PrepSetup } from './support/prep-setup.ts';
import { TestLeader } from './support/test-server.ts';
import * as wire from './support/wire.ts';

const { CONTAINER, EPHEMERAL, PERSISTENT, PERSISTENT_SEQUENTIAL, PERSISTENT_WITH_TTL } = CreateMode;
const SEQUENTIAL_TTL = CreateMode.PERSISTENT_SEQUENTIAL_WITH_TTL;
const MAX_TTL_MS = 2n ** 40n - 1n;
const CONTAINER_OWNER = -(2n ** 63n);
const ttlOwner = (ttlMs: bigint): bigint => BigInt.asIntN(64, (0xffn << 56n) | ttlMs);

const withTtls = (): PrepSetup => new PrepSetup({ extendedTypesEnabled: true });
const created = (path: string, flags: number) => ({ path, data: null, acl: OPEN_ACL_UNSAFE, flags });

describe('createContainer', () => {
  it.each([
    ['CONTAINER', CONTAINER, '/c'],
    ['PERSISTENT', PERSISTENT, '/c'],
    ['EPHEMERAL', EPHEMERAL, '/c'],
    ['PERSISTENT_SEQUENTIAL', PERSISTENT_SEQUENTIAL, '/c0000000000'],
  ])('makes a container, also with the flags of %s, which only say whether it is numbered', (_, flags, path) => {
    const setup = new PrepSetup();
    const txns = setup.prepare([wire.createContainer('/c', { flags }), wire.create(`${path}/child`)]);
    expect(decodeTxn(txns[0] as TxnBytes)).toMatchObject({
      header: { type: OpCode.CREATE_CONTAINER },
      txn: { type: 'createContainer', path, parentCVersion: 1 },
    });
    setup.apply(txns);
    expect(setup.tree.lookup(path)).toMatchObject({ ephemeralOwner: CONTAINER_OWNER, childCount: 1 });
    setup.apply(setup.prepare([wire.closeSession()]));
    expect(setup.tree.lookup(path)).toBeDefined();
  });

  it('create with the flags of CONTAINER makes a persistent znode, as in ZooKeeper', () => {
    const setup = new PrepSetup();
    setup.do(wire.create('/a', { flags: CONTAINER }), wire.create2('/b', { flags: CONTAINER }));
    expect(setup.tree.lookup('/a')?.ephemeralOwner).toBe(0n);
    expect(setup.tree.lookup('/b')?.ephemeralOwner).toBe(0n);
  });

  it('has no TTL', () => {
    expect(withTtls().error(wire.createContainer('/c', { flags: PERSISTENT_WITH_TTL }))).toBe(ErrorCode.BADARGUMENTS);
  });
});

describe('createTTL', () => {
  it('keeps the TTL in the owner, and may be numbered', () => {
    const setup = withTtls();
    const txns = setup.prepare([
      wire.createTtl('/t', 1n),
      wire.createTtl('/s-', MAX_TTL_MS, { flags: SEQUENTIAL_TTL }),
      wire.create('/t/child'),
    ]);
    expect(txns.map((txn) => decodeTxn(txn))).toMatchObject([
      { header: { type: OpCode.CREATE_TTL }, txn: { type: 'createTTL', path: '/t', parentCVersion: 1, ttlMs: 1 } },
      { txn: { path: '/s-0000000001', parentCVersion: 2, ttlMs: Number(MAX_TTL_MS) } },
      {},
    ]);
    setup.apply(txns);
    expect(setup.tree.lookup('/t')?.ephemeralOwner).toBe(ttlOwner(1n));
    expect(setup.tree.lookup('/s-0000000001')?.ephemeralOwner).toBe(ttlOwner(MAX_TTL_MS));
  });

  it.each([
    ['no TTL', 0n, PERSISTENT_WITH_TTL],
    ['a negative one', -1n, PERSISTENT_WITH_TTL],
    ['the least of all', -(2n ** 63n), PERSISTENT_WITH_TTL],
    ['more than fits', MAX_TTL_MS + 1n, SEQUENTIAL_TTL],
    ['a mode that has none', 5n, PERSISTENT],
    ['a mode that has none, and none', -1n, PERSISTENT],
    ['a container', 5n, CONTAINER],
    ['no mode', 5n, 9],
  ])('is refused for %s', (_, ttlMs, flags) => {
    const setup = withTtls();
    expect(setup.error(wire.createTtl('/t', ttlMs, { flags }))).toBe(ErrorCode.BADARGUMENTS);
    expect(setup.error(wire.createTtl('bad', ttlMs, { flags }), { session: 9n as never })).toBe(ErrorCode.BADARGUMENTS);
  });

  it('needs extendedTypesEnabled before anything else', () => {
    const setup = new PrepSetup();
    expect(setup.error(wire.createTtl('bad', 0n), { session: 9n as never })).toBe(ErrorCode.UNIMPLEMENTED);
    expect(setup.error(wire.create('/a', { flags: SEQUENTIAL_TTL }))).toBe(ErrorCode.UNIMPLEMENTED);
  });

  it('the modes of TTL need its op', () => {
    for (const request of [wire.create, wire.create2]) {
      expect(withTtls().error(request('/a', { flags: PERSISTENT_WITH_TTL }))).toBe(ErrorCode.BADARGUMENTS);
    }
  });
});

describe('in a multi', () => {
  const parts = (operations: readonly MultiOperation[]): unknown => {
    const setup = withTtls();
    const [txn] = setup.prepare([wire.multi(operations)]);
    const decoded = decodeTxn(txn as TxnBytes).txn;
    if (decoded.type === 'error') return decoded.error;
    setup.apply([txn as TxnBytes]);
    return decoded.type === 'multi' ? decoded.parts.map(({ opCode }) => opCode) : decoded;
  };

  it('the flags say container where the type does not, and the type says TTL only with the flags', () => {
    expect(
      parts([
        { type: 'create', ...created('/a', CONTAINER) },
        { type: 'create2', ...created('/b', CONTAINER) },
        { type: 'createContainer', ...created('/c', PERSISTENT) },
        { type: 'createTTL', ...created('/d', PERSISTENT_WITH_TTL), ttlMs: 5n },
        { type: 'createTTL', ...created('/e', PERSISTENT), ttlMs: 5n },
        { type: 'createTTL', ...created('/f', CONTAINER), ttlMs: 5n },
      ]),
    ).toEqual([
      OpCode.CREATE_CONTAINER,
      OpCode.CREATE_CONTAINER,
      OpCode.CREATE_CONTAINER,
      OpCode.CREATE_TTL,
      OpCode.CREATE,
      OpCode.CREATE_CONTAINER,
    ]);
  });

  it.each(['create', 'create2', 'createContainer'] as const)(
    '%s with flags that it cannot have is unreadable',
    (type) => {
      for (const flags of [-1, 7, PERSISTENT_WITH_TTL, SEQUENTIAL_TTL]) {
        expect(parts([{ type, ...created('/a', flags) }])).toBe(ErrorCode.MARSHALLINGERROR);
      }
    },
  );

  it('a TTL or mode that is wrong fails its operation alone', () => {
    const setup = withTtls();
    for (const [flags, ttlMs] of [
      [9, 5n],
      [PERSISTENT_WITH_TTL, 0n],
    ] as const) {
      const good: MultiOperation = { type: 'create', ...created('/good', PERSISTENT) };
      const bad: MultiOperation = { type: 'createTTL', ...created('/bad', flags), ttlMs };
      expect(setup.txn(wire.multi([good, bad]))).toMatchObject({
        parts: [{ opCode: OpCode.CREATE }, { txn: { type: 'error', error: ErrorCode.BADARGUMENTS } }],
      });
    }
  });

  it('a null ACL makes it unreadable, but for a TTL znode', () => {
    const nullAcl = (type: number, ttl: boolean): wire.RequestBody => ({
      type: OpCode.MULTI,
      payload: wire.encoded((out) => {
        out.writeInt(type);
        out.writeBool(false);
        out.writeInt(-1);
        out.writeString('/a');
        out.writeBuffer(null);
        out.writeInt(-1);
        out.writeInt(ttl ? PERSISTENT_WITH_TTL : PERSISTENT);
        if (ttl) out.writeLong(5n);
        out.writeInt(-1);
        out.writeBool(true);
        out.writeInt(-1);
      }),
    });
    expect(withTtls().error(nullAcl(OpCode.CREATE, false))).toBe(ErrorCode.MARSHALLINGERROR);
    expect(withTtls().txn(nullAcl(OpCode.CREATE_TTL, true))).toMatchObject({
      parts: [{ txn: { type: 'error', error: ErrorCode.INVALIDACL } }],
    });
  });
});

describe('answers', () => {
  const ask = (...requests: wire.RequestBody[]): wire.Reply[] => {
    const leader = new TestLeader({ extendedTypesEnabled: true });
    const client = leader.serve().connect();
    client.request(...requests);
    leader.commit();
    return client.replies();
  };

  it('createContainer and createTTL answer the Stat too, which shows no owner', () => {
    const [container, ttl] = ask(wire.createContainer('/c'), wire.createTtl('/t', 5n));
    expect(decodeCreate2Response((container as wire.Reply).body)).toMatchObject({
      path: '/c',
      stat: { czxid: container?.zxid, ephemeralOwner: 0n },
    });
    expect(decodeCreate2Response((ttl as wire.Reply).body)).toMatchObject({
      path: '/t',
      stat: { czxid: ttl?.zxid, ephemeralOwner: 0n },
    });
    expect(container?.body.remaining).toBe(0);
  });

  it('in a multi both answer as create2 does', () => {
    const [reply] = ask(
      wire.multi([
        { type: 'createContainer', ...created('/c', CONTAINER) },
        { type: 'createTTL', ...created('/t', PERSISTENT_WITH_TTL), ttlMs: 5n },
        { type: 'create', ...created('/a', CONTAINER) },
        { type: 'createTTL', ...created('/b', PERSISTENT), ttlMs: 5n },
      ]),
    );
    expect(decodeMultiResponse((reply as wire.Reply).body)).toMatchObject([
      { type: 'create2', path: '/c' },
      { type: 'create2', path: '/t' },
      { type: 'create2', path: '/a' },
      { type: 'create', path: '/b' },
    ]);
  });
});

describe('deleteContainer, which only servers ask for', () => {
  const collect = (setup: PrepSetup, path: string): number =>
    setup.error(wire.deleteContainer(path), { session: NO_SESSION });

  it('deletes a container without children, without a session and without a permission', () => {
    const setup = new PrepSetup();
    setup.do(wire.create('/locked', { acl: [{ permissions: 4, scheme: 'world', id: 'anyone' }] }));
    setup.do(wire.createContainer('/locked/c'), wire.create('/locked/c/child'), wire.remove('/locked/c/child'));
    const txns = setup.prepare([wire.deleteContainer('/locked/c')], { session: NO_SESSION });
    expect(decodeTxn(txns[0] as TxnBytes)).toMatchObject({
      header: { type: OpCode.DELETE_CONTAINER, sessionId: NO_SESSION },
      txn: { type: 'delete', path: '/locked/c' },
    });
    setup.apply(txns);
    expect(setup.tree.lookup('/locked/c')).toBeUndefined();
    expect(setup.tree.lookup('/locked')).toMatchObject({ cversion: 1, childCount: 0, pzxid: 0x100000005n });
  });

  it.each([
    ['a missing znode', '/none', ErrorCode.NONODE],
    ['a path that is none', 'none', ErrorCode.BADARGUMENTS],
    ['the root', '/', ErrorCode.BADARGUMENTS],
    ['a container with children', '/c', ErrorCode.NOTEMPTY],
    ['a persistent znode', '/p', ErrorCode.BADVERSION],
    ['an ephemeral one', '/e', ErrorCode.BADVERSION],
    ['one whose TTL has not passed', '/t', ErrorCode.BADVERSION],
  ])('is refused for %s', (_, path, error) => {
    const setup = withTtls();
    setup.do(
      wire.create('/p'),
      wire.create('/e', { flags: EPHEMERAL }),
      wire.createTtl('/t', 1000n),
      wire.createContainer('/c'),
      wire.create('/c/child'),
    );
    setup.wallClock += 1000;
    expect(collect(setup, path)).toBe(error);
  });

  it('is refused for a container that never had a child, as one that has taken the place of another since', () => {
    const setup = new PrepSetup();
    setup.do(wire.createContainer('/c'), wire.create('/c/child'), wire.remove('/c/child'));
    setup.prepare([wire.remove('/c'), wire.createContainer('/c')]);
    expect(collect(setup, '/c')).toBe(ErrorCode.BADVERSION);
    setup.wallClock += 1_000_000_000;
    expect(collect(setup, '/c')).toBe(ErrorCode.BADVERSION);
  });

  it('deletes a container that is not used for as long as it may be', () => {
    const setup = new PrepSetup({}, undefined, 1000);
    setup.do(wire.createContainer('/c'));
    setup.wallClock += 1000;
    expect(collect(setup, '/c')).toBe(ErrorCode.BADVERSION);
    setup.wallClock += 1;
    expect(collect(setup, '/c')).toBe(ErrorCode.OK);
  });

  it('a TTL begins anew when data is written, also by a txn that is not applied yet', () => {
    const setup = withTtls();
    setup.do(wire.createTtl('/t', 1000n));
    setup.wallClock += 1001;
    setup.prepare([wire.setData('/t', 'x')]);
    expect(collect(setup, '/t')).toBe(ErrorCode.BADVERSION);
    setup.wallClock += 1001;
    expect(collect(setup, '/t')).toBe(ErrorCode.OK);
  });
});

describe('a TTL znode that ZooKeeper 3.5.3 wrote', () => {
  /** It looks like an ephemeral one of a session that began with this bit. */
  const owner = BigInt.asIntN(64, (1n << 63n) | 60_000n) as SessionId;

  function withOldTtl(emulate353TtlNodes: boolean): PrepSetup {
    const setup = new PrepSetup({ extendedTypesEnabled: true, emulate353TtlNodes });
    setup.sessions.track(owner, 10_000, 0);
    setup.apply(setup.prepare([wire.create('/t', { flags: EPHEMERAL })], { session: owner }));
    return setup;
  }

  it('is one with emulate353TTLNodes: it may have children, and is deleted in time', () => {
    const setup = withOldTtl(true);
    setup.do(wire.create('/t/child'), wire.remove('/t/child'));
    const collect = (): number => setup.error(wire.deleteContainer('/t'), { session: NO_SESSION });
    setup.wallClock += 60_000;
    expect(collect()).toBe(ErrorCode.BADVERSION);
    setup.wallClock += 1;
    expect(collect()).toBe(ErrorCode.OK);
  });

  it('is ephemeral without', () => {
    const setup = withOldTtl(false);
    setup.wallClock += 60_001;
    expect(setup.error(wire.create('/t/child'))).toBe(ErrorCode.NOCHILDRENFOREPHEMERALS);
    expect(setup.error(wire.deleteContainer('/t'), { session: NO_SESSION })).toBe(ErrorCode.BADVERSION);
  });
});
