// Random operations for both trees: as wild as txns can be, or as prep lets them through.

import type { SimpleTxn, Txn } from '@zebu/jute';
import { type Acl, ErrorCode, OPEN_ACL_UNSAFE, parentPath } from '@zebu/protocol';
import fc from 'fast-check';
import type { ModelTree } from './model.ts';
import { createdBy } from './txns.ts';

export const PATHS = [
  '/',
  '/a',
  '/a/b',
  '/a/b/c',
  '/a/b/d',
  '/e',
  '/e/ä',
  '/e/ä/日本',
  '/zookeeper',
  '/zookeeper/quota/q',
  '/😀',
];
export const SESSIONS = [0x1000000_0000_0001n, -3n, 7n];
export const ACLS: readonly (readonly Acl[])[] = [
  OPEN_ACL_UNSAFE,
  [{ permissions: 1, scheme: 'world', id: 'anyone' }],
  [
    { permissions: 31, scheme: 'digest', id: 'user:hash' },
    { permissions: 1, scheme: 'ip', id: '10.0.0.0/8' },
  ],
  [],
];

/** What is done, before it is known whether the tree lets it be done. */
export interface Operation {
  readonly kind: string;
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  readonly session: bigint;
  readonly number: number;
}

const data = fc.oneof(fc.constant(null), fc.uint8Array({ maxLength: 12 }), fc.constant(new Uint8Array(9000).fill(7)));

export const operation = (kinds: readonly string[]): fc.Arbitrary<Operation> =>
  fc.record({
    kind: fc.constantFrom(...kinds),
    path: fc.constantFrom(...PATHS),
    data,
    acl: fc.constantFrom(...ACLS),
    session: fc.constantFrom(...SESSIONS),
    number: fc.integer({ min: -1, max: 6 }),
  });

export const SIMPLE_KINDS = [
  'create',
  'create',
  'ephemeral',
  'container',
  'ttl',
  'delete',
  'setData',
  'setACL',
  'check',
  'error',
];
export const ALL_KINDS = [...SIMPLE_KINDS, ...SIMPLE_KINDS, 'createSession', 'closeSession', 'bareCloseSession'];

/** The txn of an operation, with numbers that no prep would choose. */
export function wildTxn(op: Operation, model: ModelTree): Txn {
  switch (op.kind) {
    case 'createSession':
      return { type: 'createSession', timeoutMs: 1000 + op.number };
    case 'closeSession':
      return { type: 'closeSession', paths: [op.path, ...model.ephemeralsOf(op.session).slice(0, 1)] };
    case 'bareCloseSession':
      return { type: 'closeSession', paths: undefined };
    default:
      return wildSimpleTxn(op);
  }
}

export function wildSimpleTxn(op: Operation): SimpleTxn {
  const created = createdBy(op.path, { data: op.data, acl: op.acl, parentCVersion: op.number });
  switch (op.kind) {
    case 'create':
      return { type: 'create', ...created, ephemeral: false };
    case 'ephemeral':
      return { type: 'create', ...created, ephemeral: true };
    case 'container':
      return { type: 'createContainer', ...created };
    case 'ttl':
      return { type: 'createTTL', ...created, ttlMs: 0xf0_1234_5678 };
    case 'delete':
      return { type: 'delete', path: op.path };
    case 'setData':
      return { type: 'setData', path: op.path, data: op.data, version: op.number };
    case 'setACL':
      return { type: 'setACL', path: op.path, acl: op.acl, version: op.number };
    case 'check':
      return { type: 'check', path: op.path, version: op.number };
    default:
      return { type: 'error', error: ErrorCode.BADVERSION };
  }
}

/** The txn that prep would make of an operation: refused ones are error txns, numbers follow from the tree. */
export function preparedTxn(op: Operation, model: ModelTree): Txn {
  if (op.kind === 'createSession') return { type: 'createSession', timeoutMs: 1000 + op.number };
  if (op.kind.endsWith('loseSession')) return { type: 'closeSession', paths: model.ephemeralsOf(op.session) };
  if (op.kind === 'multi') return preparedMulti(op, model);
  return preparedSimpleTxn(op, model);
}

export function preparedSimpleTxn(op: Operation, model: ModelTree): SimpleTxn {
  const refusal = refusalOf(op, model);
  if (refusal !== ErrorCode.OK) return { type: 'error', error: refusal };
  const node = model.nodes.get(op.path);
  const parent = op.path === '/' ? undefined : model.nodes.get(parentPath(op.path));
  switch (op.kind) {
    case 'setData':
      return { type: 'setData', path: op.path, data: op.data, version: (node?.version ?? 0) + 1 };
    case 'setACL':
      return { type: 'setACL', path: op.path, acl: op.acl, version: (node?.aversion ?? 0) + 1 };
    default:
      return wildSimpleTxn({ ...op, number: (parent?.cversion ?? 0) + 1 });
  }
}

function refusalOf(op: Operation, model: ModelTree): number {
  const node = model.nodes.get(op.path);
  const parent = op.path === '/' ? undefined : model.nodes.get(parentPath(op.path));
  switch (op.kind) {
    case 'create':
    case 'ephemeral':
    case 'container':
    case 'ttl':
      if (node !== undefined) return ErrorCode.NODEEXISTS;
      if (parent === undefined) return ErrorCode.NONODE;
      return model.sessions.has(parent.owner) || parent.owner > 0n ? ErrorCode.NOCHILDRENFOREPHEMERALS : ErrorCode.OK;
    case 'delete':
      if (node === undefined || op.path === '/') return ErrorCode.NONODE;
      return model.childrenOf(op.path).length > 0 ? ErrorCode.NOTEMPTY : ErrorCode.OK;
    case 'error':
      return ErrorCode.BADVERSION;
    default:
      return node === undefined ? ErrorCode.NONODE : ErrorCode.OK;
  }
}

/** A creation and what can follow it at once; every third one fails as a whole. */
function preparedMulti(op: Operation, model: ModelTree): Txn {
  const create = preparedSimpleTxn({ ...op, kind: op.number % 2 === 0 ? 'ephemeral' : 'create' }, model);
  if (create.type === 'error' || op.number === 1) {
    const parts = [0, ErrorCode.NODEEXISTS, ErrorCode.RUNTIMEINCONSISTENCY];
    return { type: 'multi', parts: parts.map((error) => ({ opCode: -1, txn: { type: 'error', error } })) };
  }
  const parts: SimpleTxn[] = [
    create,
    { type: 'setData', path: op.path, data: op.data, version: 1 },
    { type: 'setACL', path: op.path, acl: op.acl, version: 1 },
    { type: 'check', path: op.path, version: 1 },
  ];
  if (op.number > 3) parts.push({ type: 'delete', path: op.path });
  const opCodes = { create: 1, setData: 5, setACL: 7, check: 13, delete: 2 } as Record<string, number>;
  return { type: 'multi', parts: parts.map((txn) => ({ opCode: opCodes[txn.type] as number, txn })) };
}
