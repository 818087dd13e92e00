import { decodeTxn } from '@zebu/jute';
import {
  type Acl,
  CreateMode,
  ErrorCode,
  OPEN_ACL_UNSAFE,
  OpCode,
  type ServerId,
  type SessionId,
  TXN_HEADER_BYTES,
  type TxnBytes,
} from '@zebu/protocol';
import { describe, expect, it } from 'vitest';
import { OTHER, PrepSetup, SERVER, SESSION } from './support/prep-setup.ts';
import * as wire from './support/wire.ts';

const EPHEMERAL = CreateMode.EPHEMERAL;
/** Version and digest at the end of a txn. */
const TXN_DIGEST_BYTES = 12;
const SEQUENTIAL = CreateMode.PERSISTENT_SEQUENTIAL;

const world = (permissions: number): Acl => ({ permissions, scheme: 'world', id: 'anyone' });

describe('create is refused', () => {
  it.each([
    ['a create mode that is none', '/a', { flags: -1 }, ErrorCode.BADARGUMENTS],
    ['a TTL, which is not enabled', '/a', { flags: CreateMode.PERSISTENT_WITH_TTL }, ErrorCode.UNIMPLEMENTED],
    ['no slash', 'a', {}, ErrorCode.BADARGUMENTS],
    ['NUL', '/a\0', {}, ErrorCode.BADARGUMENTS],
    ['an empty path', '', {}, ErrorCode.BADARGUMENTS],
    ['no ACL', '/a', { acl: [] }, ErrorCode.INVALIDACL],
    ['a bad ACL before the missing parent', '/no/a', { acl: [] }, ErrorCode.INVALIDACL],
    ['a missing parent', '/no/a', {}, ErrorCode.NONODE],
    ['a relative parent', 'no/a', {}, ErrorCode.NONODE],
    ['a bad path under a missing parent', '/no//a', {}, ErrorCode.NONODE],
    ['a parent without CREATE', '/locked/a', {}, ErrorCode.NOAUTH],
    ['no CREATE before the bad path', '/locked/..', {}, ErrorCode.NOAUTH],
    ['a bad path', '/there/..', {}, ErrorCode.BADARGUMENTS],
    ['a trailing slash', '/there/', {}, ErrorCode.BADARGUMENTS],
    ['an empty component', '//', {}, ErrorCode.BADARGUMENTS],
    ['an existing znode', '/there', {}, ErrorCode.NODEEXISTS],
    ['the root', '/', {}, ErrorCode.NODEEXISTS],
    ['an ephemeral parent', '/ephemeral/a', {}, ErrorCode.NOCHILDRENFOREPHEMERALS],
  ] as const)('for %s', (_, path, fields, error) => {
    const setup = new PrepSetup();
    setup.do(
      wire.create('/there'),
      wire.create('/locked', { acl: [world(31 & ~4)] }),
      wire.create('/ephemeral', { flags: EPHEMERAL }),
    );
    expect(setup.error(wire.create(path, fields))).toBe(error);
    expect(setup.error(wire.create2(path, fields))).toBe(error);
  });
});

describe('delete is refused', () => {
  it.each([
    ['no slash', 'a', -1, ErrorCode.BADARGUMENTS],
    ['NUL', '/there\0', -1, ErrorCode.BADARGUMENTS],
    ['the root', '/', -1, ErrorCode.BADARGUMENTS],
    ['a system path', '/zookeeper/quota', -1, ErrorCode.BADARGUMENTS],
    ['a missing parent', '/no/a', -1, ErrorCode.NONODE],
    ['a missing znode', '/no', -1, ErrorCode.NONODE],
    ['a parent without DELETE before the missing znode', '/locked/no', -1, ErrorCode.NOAUTH],
    ['another version before its children', '/there', 1, ErrorCode.BADVERSION],
    ['children', '/there', 0, ErrorCode.NOTEMPTY],
  ] as const)('for %s', (_, path, version, error) => {
    const setup = new PrepSetup();
    setup.do(wire.create('/there'), wire.create('/there/child'), wire.create('/locked', { acl: [world(31 & ~8)] }));
    expect(setup.error(wire.remove(path, version))).toBe(error);
  });
});

describe('setData and setACL are refused', () => {
  it.each([
    ['a bad path before the missing znode', '/a//b', -1, ErrorCode.BADARGUMENTS],
    ['a missing znode', '/no', -1, ErrorCode.NONODE],
    ['no permission before another version', '/locked', 7, ErrorCode.NOAUTH],
    ['another version', '/there', 7, ErrorCode.BADVERSION],
  ] as const)('for %s', (_, path, version, error) => {
    const setup = new PrepSetup();
    setup.do(wire.create('/there'), wire.create('/locked', { acl: [world(1)] }));
    expect(setup.error(wire.setData(path, 'x', version))).toBe(error);
    expect(setup.error(wire.setAcl(path, OPEN_ACL_UNSAFE, version))).toBe(error);
  });

  it('for a bad ACL before the missing znode', () => {
    expect(new PrepSetup().error(wire.setAcl('/no', []))).toBe(ErrorCode.INVALIDACL);
  });
});

describe('sessions', () => {
  it('an unknown or closing one may not write; the mode is looked at first', () => {
    const setup = new PrepSetup();
    const by = { session: 77n as SessionId };
    expect(setup.error(wire.create('bad', {}), by)).toBe(ErrorCode.SESSIONEXPIRED);
    expect(setup.error(wire.create('/a', { flags: 99 }), by)).toBe(ErrorCode.BADARGUMENTS);
    for (const request of [wire.remove('bad'), wire.setData('bad', ''), wire.setAcl('bad', [])]) {
      expect(setup.error(request, by)).toBe(ErrorCode.SESSIONEXPIRED);
    }
    setup.prepare([wire.closeSession()]);
    expect(setup.error(wire.create('/a'))).toBe(ErrorCode.SESSIONEXPIRED);
  });

  it('one that another server speaks for has moved', () => {
    const setup = new PrepSetup();
    setup.do(wire.create('/a'));
    const by = { server: 2 as ServerId };
    expect(setup.error(wire.create('/b'), by)).toBe(ErrorCode.SESSIONMOVED);
    const txn = setup.txn(wire.multi([{ type: 'delete', path: '/a', version: -1 }]), by);
    expect(txn).toMatchObject({ parts: [{ txn: { type: 'error', error: ErrorCode.SESSIONMOVED } }] });
  });

  it('is tracked when its creation is prepared, and leaves the tracker when its end is applied', () => {
    const setup = new PrepSetup();
    const session = 0x200000000000005n as SessionId;
    const payload = wire.encoded((writer) => writer.writeInt(6000));
    setup.apply(setup.prepare([{ type: OpCode.CREATE_SESSION, payload }], { session, server: 2 as ServerId }));
    expect(setup.sessions.timeoutOf(session)).toBe(6000);
    expect(setup.sessions.check(session, SERVER)).toBe(ErrorCode.SESSIONMOVED);
    expect(setup.tree.sessions.get(session)).toBe(6000);
    const closing = setup.prepare([wire.closeSession()], { session });
    expect(setup.sessions.has(session)).toBe(true);
    setup.apply(closing);
    expect(setup.sessions.has(session)).toBe(false);
    expect(setup.tree.sessions.has(session)).toBe(false);
  });

  it("its end names its ephemeral znodes: applied, outstanding, and not those that are deleted or another's", () => {
    const setup = new PrepSetup();
    const ephemeral = { flags: EPHEMERAL };
    setup.do(
      wire.create('/applied', ephemeral),
      wire.create('/changed', ephemeral),
      wire.create('/deleted', ephemeral),
      wire.create('/taken', ephemeral),
    );
    setup.prepare([
      wire.create('/outstanding', ephemeral),
      wire.create('/short', ephemeral),
      wire.remove('/short'),
      wire.setData('/changed', 'x'),
      wire.remove('/deleted'),
      wire.remove('/taken'),
    ]);
    setup.prepare([wire.create('/taken', ephemeral)], { session: OTHER });
    const txn = setup.txn(wire.closeSession());
    expect(txn.type).toBe('closeSession');
    if (txn.type !== 'closeSession') return;
    expect([...(txn.paths ?? [])].sort()).toEqual(['/applied', '/changed', '/outstanding']);
  });

  it('ends without a list of its ephemerals where closeSessionTxn.enabled is false, and they go all the same', () => {
    const setup = new PrepSetup({ closeSessionTxnEnabled: false });
    setup.do(wire.create('/kept'), wire.create('/gone', { flags: EPHEMERAL }));
    const closing = setup.prepare([wire.closeSession()]);
    const [bytes] = closing;
    // The digest alone follows the header.
    expect(bytes).toHaveLength(TXN_HEADER_BYTES + TXN_DIGEST_BYTES);
    setup.apply(closing);
    expect(setup.tree.lookup('/gone')).toBeUndefined();
    expect(setup.tree.lookup('/kept')).toBeDefined();
    expect(setup.tree.sessions.has(SESSION)).toBe(false);
  });

  it('what it leaves behind can be deleted and created at once', () => {
    const setup = new PrepSetup();
    setup.do(wire.create('/parent'), wire.create('/parent/e', { flags: EPHEMERAL }));
    setup.prepare([wire.closeSession()]);
    expect(setup.error(wire.create('/parent/e'), { session: OTHER })).toBe(ErrorCode.OK);
    expect(setup.error(wire.remove('/parent/e'), { session: OTHER })).toBe(ErrorCode.OK);
    expect(setup.error(wire.remove('/parent'), { session: OTHER })).toBe(ErrorCode.OK);
  });
});

describe('digests', () => {
  it('end every txn, and none where digest.enabled is false; the trees are the same', () => {
    const [on, off] = [new PrepSetup(), new PrepSetup({ digestEnabled: false })];
    const requests = [wire.create('/a'), wire.setData('/a', 'x'), wire.remove('/no'), wire.closeSession()];
    const txns = [on, off].map((setup) => setup.prepare(requests));
    const lengths = txns.map((ofOne) => ofOne.map((txn) => txn.length));
    expect(lengths[0]).toEqual(lengths[1]?.map((length) => length + TXN_DIGEST_BYTES));
    for (const [index, setup] of [on, off].entries())
      for (const txn of txns[index] ?? []) setup.tree.apply(txn, { onWatchEvent: () => undefined });
    expect(off.tree.treeDigest).toBe(on.tree.treeDigest);
  });
});

describe('the overlay', () => {
  it('lets later requests build on txns that are not applied yet', () => {
    const setup = new PrepSetup();
    const txns = setup.prepare([
      wire.create('/a'),
      wire.create('/a/b'),
      wire.setData('/a/b', '1', 0),
      wire.setData('/a/b', '2', 1),
      wire.create('/a/s-', { flags: SEQUENTIAL }),
      wire.create('/a/s-', { flags: SEQUENTIAL }),
      wire.remove('/a/b', 2),
      wire.create('/a/s-', { flags: SEQUENTIAL }),
    ]);
    const paths = txns.map((txn) => decodeTxn(txn).txn).map((txn) => ('path' in txn ? txn.path : txn.type));
    expect(paths).toEqual([
      '/a',
      '/a/b',
      '/a/b',
      '/a/b',
      '/a/s-0000000001',
      '/a/s-0000000002',
      '/a/b',
      '/a/s-0000000003',
    ]);
    setup.apply(txns);
    expect(setup.prep.outstandingChangeCount).toBe(0);
  });

  it('forgets what is applied and keeps what is not', () => {
    const setup = new PrepSetup();
    const txns = setup.prepare([wire.create('/a'), wire.setData('/a', '1'), wire.setData('/a', '2')]);
    expect(setup.prep.outstandingChangeCount).toBe(4); // a creation changes the parent too
    setup.apply(txns.slice(0, 2));
    expect(setup.prep.outstandingChangeCount).toBe(1);
    expect(setup.error(wire.setData('/a', '3', 2))).toBe(ErrorCode.OK);
    expect(setup.error(wire.setData('/a', '4', 2))).toBe(ErrorCode.BADVERSION);
  });

  it('is as it was after a multi that failed, also for znodes with earlier outstanding changes (ZOOKEEPER-1624)', () => {
    const setup = new PrepSetup();
    setup.prepare([wire.create('/a'), wire.create('/a/s-', { flags: SEQUENTIAL })]);
    const count = setup.prep.outstandingChangeCount;
    setup.prepare([
      wire.multi([
        { type: 'create', path: '/a/s-', data: null, acl: OPEN_ACL_UNSAFE, flags: SEQUENTIAL },
        { type: 'setData', path: '/a', data: null, version: -1 },
        { type: 'delete', path: '/a/s-0000000000', version: -1 },
        { type: 'create', path: '/e', data: null, acl: OPEN_ACL_UNSAFE, flags: EPHEMERAL },
        { type: 'check', path: '/none', version: -1 },
      ]),
    ]);
    expect(setup.prep.outstandingChangeCount).toBe(count);
    expect(setup.txn(wire.create('/a/s-', { flags: SEQUENTIAL }))).toMatchObject({ path: '/a/s-0000000001' });
    expect(setup.txn(wire.setData('/a', 'x', 0))).toMatchObject({ version: 1 });
    expect(setup.error(wire.remove('/a/s-0000000000'))).toBe(ErrorCode.OK);
    expect(setup.txn(wire.closeSession())).toEqual({ type: 'closeSession', paths: [] });
  });

  it('operations of a multi see those before them', () => {
    const setup = new PrepSetup();
    const txn = setup.txn(
      wire.multi([
        { type: 'create', path: '/a', data: null, acl: OPEN_ACL_UNSAFE, flags: 0 },
        { type: 'create2', path: '/a/b', data: null, acl: OPEN_ACL_UNSAFE, flags: 0 },
        { type: 'setData', path: '/a/b', data: null, version: 0 },
        { type: 'check', path: '/a/b', version: 1 },
        { type: 'delete', path: '/a/b', version: 1 },
        { type: 'delete', path: '/a', version: 0 },
      ]),
    );
    expect(txn).toMatchObject({
      parts: [
        { opCode: OpCode.CREATE },
        // As create: ZooKeeper 3.8 cannot apply a create2 in a multi.
        { opCode: OpCode.CREATE },
        { txn: { version: 1 } },
        { txn: { type: 'check', version: 2 } },
        { txn: { type: 'delete', path: '/a/b' } },
        { txn: { type: 'delete', path: '/a' } },
      ],
    });
    expect(setup.error(wire.create('/a'))).toBe(ErrorCode.OK);
  });

  it('a multi with a TTL znode fails as a whole where TTLs are not enabled', () => {
    const setup = new PrepSetup();
    const create = { path: '/a', data: null, acl: OPEN_ACL_UNSAFE, flags: 0 };
    expect(
      setup.txn(
        wire.multi([
          { type: 'create', ...create },
          { type: 'createTTL', ...create, flags: 5, ttlMs: 1n },
        ]),
      ),
    ).toMatchObject({ parts: [{ opCode: OpCode.CREATE }, { txn: { type: 'error', error: ErrorCode.UNIMPLEMENTED } }] });
    expect(setup.error(wire.create('/a'))).toBe(ErrorCode.OK);
  });
});

describe('txns', () => {
  it('are slices of one batch, one for each request, with consecutive zxids, errors among them', () => {
    const setup = new PrepSetup();
    const txns = setup.prepare([wire.create('/a'), wire.create('/a'), { type: 4242, payload: new Uint8Array(0) }]);
    expect(txns.map((txn) => txn.buffer)).toEqual([txns[0]?.buffer, txns[0]?.buffer, txns[0]?.buffer]);
    expect(txns.map((txn) => decodeTxn(txn).header)).toMatchObject([
      { type: OpCode.CREATE, zxid: 0x100000001n, cxid: 0, sessionId: SESSION, time: 1_700_000_000_000 },
      { type: OpCode.ERROR, zxid: 0x100000002n, cxid: 1 },
      { type: OpCode.ERROR, zxid: 0x100000003n, cxid: 2 },
    ]);
    expect(decodeTxn(txns[2] as TxnBytes).txn).toEqual({ type: 'error', error: ErrorCode.UNIMPLEMENTED });
  });

  it('of a large batch are whole, wherever the copies were cut', () => {
    const setup = new PrepSetup();
    const data = new Uint8Array(300_000).fill(7);
    const paths = Array.from({ length: 12 }, (_, index) => `/large-${index}`);
    const txns = setup.prepare(paths.map((path) => wire.create(path, { data })));
    for (const [index, txn] of txns.map((bytes) => decodeTxn(bytes).txn).entries()) {
      expect(txn).toHaveProperty('path', paths[index]);
      // Buffer.equals, since comparing element by element takes seconds.
      expect('data' in txn && Buffer.from(txn.data ?? []).equals(data)).toBe(true);
    }
    expect(new Set(txns.map((txn) => txn.buffer)).size).toBe(3);
    setup.apply(txns);
  });

  it('of no requests are none', () => {
    expect(new PrepSetup().prepare([])).toEqual([]);
  });

  it('that change nothing carry the digest of the ones before them', () => {
    const setup = new PrepSetup();
    const [created, refused] = setup.prepare([wire.create('/a'), wire.create('/a')]).map(decodeTxn);
    expect(refused?.digest).toEqual(created?.digest);
    expect(created?.digest?.version).toBe(2);
  });

  it('store an ACL without duplicates, and `auth` as who the client is', () => {
    const setup = new PrepSetup();
    const anyone = world(31);
    expect(setup.txn(wire.create('/twice', { acl: [anyone, anyone] }))).toMatchObject({ acl: [anyone] });
    const acl = [{ permissions: 3, scheme: 'auth', id: '' }];
    const by = { identities: ['ip:1.2.3.4', 'digest:ann:hash', 'digest:bob:hash'] };
    expect(setup.txn(wire.create('/mine', { acl }), by)).toMatchObject({
      acl: [
        { permissions: 3, scheme: 'digest', id: 'ann:hash' },
        { permissions: 3, scheme: 'digest', id: 'bob:hash' },
      ],
    });
    expect(setup.error(wire.create('/nobody', { acl }))).toBe(ErrorCode.INVALIDACL);
    expect(setup.error(wire.setData('/mine', 'x'))).toBe(ErrorCode.NOAUTH);
    expect(setup.error(wire.setData('/mine', 'x'), by)).toBe(ErrorCode.OK);
    expect(setup.error(wire.setData('/mine', 'x'), { identities: ['super:'] })).toBe(ErrorCode.OK);
  });
});
