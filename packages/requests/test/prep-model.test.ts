// Prep, with any number of txns outstanding, and the tree together come to the same as a store that applies each request
// at once; and every txn foretells the digest that the tree has after it.

import { DataTree, type WatchEventSink } from '@zebu/datatree';
import type { Logger } from '@zebu/interfaces';
import { type DecodedTxn, decodeTxn, type MultiOperation } from '@zebu/jute';
import {
  type Acl,
  type Epoch,
  ErrorCode,
  type ForwardedRequest,
  makeZxid,
  OpCode,
  type ServerId,
  type SessionId,
  type TxnBytes,
  txnZxid,
  type Zxid,
} from '@zebu/protocol';
import { DEFAULT_PREP_OPTIONS, PrepProcessor } from '@zebu/requests';
import { LeaderSessionTracker } from '@zebu/sessions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReferenceStore, type ReferenceOperation, type ReferenceResult } from './support/reference-store.ts';
import { referenceContents, treeContents } from './support/tree-contents.ts';
import { testAuthentication } from './support/test-authentication.ts';
import * as wire from './support/wire.ts';

const NO_EVENTS: WatchEventSink = { onWatchEvent: () => undefined };
const ignore = (): void => undefined;
const SILENT: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };
const SESSIONS = [0x100000000000001n, 0x200000000000001n, -0x0fffffffffffffn] as SessionId[];
const WORLD: Acl[] = [{ permissions: 31, scheme: 'world', id: 'anyone' }];
const ACLS: readonly (readonly Acl[])[] = [
  WORLD,
  WORLD,
  WORLD,
  [{ permissions: 1, scheme: 'world', id: 'anyone' }],
  [{ permissions: 30, scheme: 'world', id: 'anyone' }],
  [],
  [{ permissions: 31, scheme: 'nobody', id: 'knows' }],
  [{ permissions: 31, scheme: 'world', id: 'someone' }],
];

const path = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom('/a', '/b', '/a/b', '/a/c', '/a/b/c', '/b/', '/a/') },
  {
    weight: 2,
    arbitrary: fc.constantFrom('/', '', 'a', '/a//b', '/a/../b', '/a\0', '/zookeeper', 'a/b', '//', '/ä/ö'),
  },
);
const version = fc.constantFrom(-1, -1, -1, 0, 1, 2);
const data = fc.option(fc.uint8Array({ maxLength: 20 }), { nil: null });
const acl = fc.constantFrom(...ACLS);
const flags = fc.constantFrom(0, 0, 0, 1, 1, 2, 3, 4, 5, 5, 6, 7);
const simple: fc.Arbitrary<ReferenceOperation> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constantFrom('create', 'create', 'create2', 'create2', 'createContainer', 'createTTL'),
      path,
      data,
      acl,
      flags,
      ttlMs: fc.constantFrom(1n, 60_000n, 0xff_ffff_ffffn, 0x100_0000_0000n, 0n, -1n, -(2n ** 63n)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('delete'), path, version }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('setData'), path, data, version }) },
);
const single = fc.oneof(
  { weight: 8, arbitrary: simple },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('setACL' as const), path, acl, version }) },
);
const part = fc
  .oneof(
    { weight: 8, arbitrary: simple },
    { weight: 2, arbitrary: fc.record({ type: fc.constant('check' as const), path, version }) },
  )
  // Flags that CreateOptions refuses make the whole multi unreadable, which has a test of its own.
  .filter((operation) => !('flags' in operation) || operation.type === 'createTTL' || operation.flags < 5);
const session = fc.nat({ max: SESSIONS.length - 1 });
const server = fc.constantFrom<number>(1, 1, 1, 1, 1, 2);

type Step =
  | {
      readonly kind: 'single';
      readonly operation: ReferenceOperation;
      readonly session: number;
      readonly server: number;
    }
  | {
      readonly kind: 'multi';
      readonly operations: ReferenceOperation[];
      readonly session: number;
      readonly server: number;
    }
  | { readonly kind: 'createSession' | 'closeSession'; readonly session: number; readonly server: number }
  | { readonly kind: 'apply'; readonly count: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.record({ kind: fc.constant('single'), operation: single, session, server }) },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('multi'), operations: fc.array(part, { maxLength: 5 }), session, server }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('createSession', 'closeSession'), session, server }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('apply'), count: fc.nat({ max: 12 }) }) },
);

/** The world under test beside its model. */
class Twins {
  readonly tree = new DataTree();
  readonly store: ReferenceStore;
  readonly #tracker = new LeaderSessionTracker({ tickMs: 1000, self: 1 as ServerId, localSessions: undefined });
  readonly #outstanding: TxnBytes[] = [];
  #counter = 0;
  #cxid = 0;
  readonly #prep: PrepProcessor;

  constructor({ extendedTypesEnabled } = { extendedTypesEnabled: true }) {
    this.store = new ReferenceStore(extendedTypesEnabled);
    this.#prep = new PrepProcessor({
      tree: this.tree,
      sessions: this.#tracker,
      nextZxid: () => makeZxid(1 as Epoch, ++this.#counter),
      authentication: testAuthentication,
      logger: SILENT,
      options: { ...DEFAULT_PREP_OPTIONS, extendedTypesEnabled },
    });
    this.store.nodes.set('/', rootNode(this.tree));
    this.store.nodes.set('/zookeeper', rootNode(this.tree));
    for (const id of SESSIONS) this.perform({ kind: 'createSession', session: SESSIONS.indexOf(id), server: 1 });
  }

  perform(each: Step): void {
    if (each.kind === 'apply') return this.apply(each.count);
    const sessionId = SESSIONS[each.session] as SessionId;
    // An id is created once in its life.
    if (each.kind === 'createSession' && this.store.sessions.get(sessionId)?.closing === true) return;
    const time = 1_700_000_000_000 + this.#counter;
    const { type, payload } = requestOf(each);
    const request: ForwardedRequest = { sessionId, cxid: ++this.#cxid, type, payload, authInfo: ['ip:127.0.0.1'] };
    const [txn] = this.#prep.prepare([request], each.server as ServerId, 0, time);
    const bytes = txn as TxnBytes;
    this.#outstanding.push(bytes);
    const decoded = decodeTxn(bytes);
    expect(decoded.header).toMatchObject({
      sessionId,
      cxid: request.cxid,
      zxid: makeZxid(1 as Epoch, this.#counter),
      time,
    });
    this.#compareWithModel(each, decoded, { zxid: decoded.header.zxid, time, session: sessionId, server: each.server });
  }

  apply(count: number): void {
    let applied: Zxid | undefined;
    for (const txn of this.#outstanding.splice(0, count)) {
      const outcome = this.tree.apply(txn, NO_EVENTS);
      expect(outcome.digestMismatch).toBe(false);
      expect(this.tree.treeDigest).toBe(decodeTxn(txn).digest?.treeDigest);
      applied = txnZxid(txn);
    }
    if (applied !== undefined) this.#prep.onApplied(applied);
    if (this.#outstanding.length === 0) expect(this.#prep.outstandingChangeCount).toBe(0);
  }

  #compareWithModel(
    each: Exclude<Step, { kind: 'apply' }>,
    { header, txn }: DecodedTxn,
    moment: { zxid: Zxid; time: number; session: SessionId; server: number },
  ): void {
    switch (each.kind) {
      case 'createSession':
        this.store.createSession(moment.session, each.server);
        expect(txn).toEqual({ type: 'createSession', timeoutMs: 5000 });
        return;
      case 'closeSession': {
        const paths = this.store.closeSession(moment.session, moment.zxid);
        expect(txn.type).toBe('closeSession');
        if (txn.type === 'closeSession') expect([...(txn.paths ?? [])].sort()).toEqual(paths.sort());
        return;
      }
      case 'single': {
        const expected = this.store.apply(each.operation, moment);
        expect(txn.type === 'error' ? txn.error : ErrorCode.OK).toBe(expected.error);
        expect(header.type).toBe(expected.error === 0 ? requestOf(each).type : OpCode.ERROR);
        if (expected.path !== undefined) expect(txn).toHaveProperty('path', expected.path);
        return;
      }
      case 'multi':
        return comparePartsWithModel(txn, this.store.multi(each.operations, moment));
    }
  }
}

function comparePartsWithModel(txn: DecodedTxn['txn'], expected: readonly ReferenceResult[]): void {
  if (txn.type !== 'multi') throw new Error(`a multi became ${txn.type}`);
  expect(txn.parts.length).toBe(expected.length);
  const failedAt = expected.findIndex(({ error }) => error !== 0);
  for (const [index, { txn: part }] of txn.parts.entries()) {
    const result = expected[index] as ReferenceResult;
    // The parts before the one that failed are kept as they were; applying makes errors of them (DataTree.processTxn).
    if (failedAt < 0 || index < failedAt) expect(part.type).not.toBe('error');
    else expect(part).toEqual({ type: 'error', error: result.error });
    if (result.path !== undefined && failedAt < 0) expect(part).toHaveProperty('path', result.path);
  }
}

function requestOf(each: Exclude<Step, { kind: 'apply' }>): wire.RequestBody {
  switch (each.kind) {
    case 'createSession':
      return { type: OpCode.CREATE_SESSION, payload: wire.encoded((writer) => writer.writeInt(5000)) };
    case 'closeSession':
      return wire.closeSession();
    case 'multi':
      return wire.multi(each.operations as MultiOperation[]);
    case 'single':
      return singleRequest(each.operation);
  }
}

function singleRequest(operation: ReferenceOperation): wire.RequestBody {
  switch (operation.type) {
    case 'create':
      return wire.create(operation.path, operation);
    case 'create2':
      return wire.create2(operation.path, operation);
    case 'createContainer':
      return wire.createContainer(operation.path, operation);
    case 'createTTL':
      return wire.createTtl(operation.path, operation.ttlMs, operation);
    case 'delete':
      return wire.remove(operation.path, operation.version);
    case 'setData': {
      const { path: at, data: bytes, version: expected } = operation;
      return wire.setBytes(at, bytes, expected);
    }
    case 'setACL':
      return wire.setAcl(operation.path, operation.acl, operation.version);
    case 'check':
      throw new Error('check lives in a multi');
  }
}

function rootNode(tree: DataTree) {
  const acl = tree.aclOf('/') as readonly Acl[];
  const zero = { czxid: 0n as Zxid, mzxid: 0n as Zxid, pzxid: 0n as Zxid, ctime: 0, mtime: 0 };
  const stat = treeContents(tree)['/']?.stat ?? {};
  // cversion on the wire is 2 x stored - children.
  const cversion = (Number(stat['cversion']) + Number(stat['numChildren'])) / 2;
  return {
    ...zero,
    data: new Uint8Array(0),
    acl,
    version: 0,
    cversion,
    aversion: 0,
    kind: 'persistent' as const,
    session: 0n as SessionId,
  };
}

/** A busy machine is no failure. */
const PATIENCE_MS = 60_000;

describe('prep and the tree', { timeout: PATIENCE_MS }, () => {
  it('agree with a store that applies each request at once, and every digest comes true', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const twins = new Twins();
        for (const each of steps) twins.perform(each);
        twins.apply(Number.POSITIVE_INFINITY);
        expect(treeContents(twins.tree)).toEqual(referenceContents(twins.store));
      }),
      { seed: 20_251_124, numRuns: 200 },
    );
  });

  it('agree where znodes have no TTL', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const twins = new Twins({ extendedTypesEnabled: false });
        for (const each of steps) twins.perform(each);
        twins.apply(Number.POSITIVE_INFINITY);
        expect(treeContents(twins.tree)).toEqual(referenceContents(twins.store));
      }),
      { seed: 20_251_126, numRuns: 50 },
    );
  });

  it('agree when nothing is applied before the end', () => {
    const requests = fc.array(
      step.filter(({ kind }) => kind !== 'apply'),
      { minLength: 30, maxLength: 80 },
    );
    fc.assert(
      fc.property(requests, (steps) => {
        const twins = new Twins();
        for (const each of steps) twins.perform(each);
        twins.apply(Number.POSITIVE_INFINITY);
        expect(treeContents(twins.tree)).toEqual(referenceContents(twins.store));
      }),
      { seed: 20_251_125, numRuns: 100 },
    );
  });
});
