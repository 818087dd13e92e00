// A valid request of every op code, and the connect request, with values from the vocabulary.

import { OpCode } from '@zebu/protocol';
import { bool, bytes, type Field, type Frame, int, long, text } from './field.ts';
import type { Random } from './random.ts';
import { anyAcl, anyData, anyPath, CREATE_MODES, leafPath, SESSION_TIMEOUTS_MS, VERSIONS } from './vocabulary.ts';

type Body = (random: Random) => Field[];

const path = (random: Random): Field => text('path', anyPath(random));
const version = (random: Random): Field => int('version', random.pick(VERSIONS));
const watch = (random: Random): Field => bool('watch', random.chance(0.3));
const data = (random: Random): Field => bytes('data', anyData(random));
const pathOnly: Body = (random) => [path(random)];
const pathAndWatch: Body = (random) => [path(random), watch(random)];
const pathAndVersion: Body = (random) => [path(random), version(random)];
const nothing: Body = () => [];

function acl(random: Random): Field[] {
  const entries = anyAcl(random);
  return [
    int('acl count', entries.length),
    ...entries.flatMap((each) => [
      int('permissions', each.permissions),
      text('scheme', each.scheme),
      text('id', each.id),
    ]),
  ];
}

const create: Body = (random) => [path(random), data(random), ...acl(random), int('flags', random.pick(CREATE_MODES))];
const createTtl: Body = (random) => [
  path(random),
  data(random),
  ...acl(random),
  int('flags', random.pick([5, 6])),
  long('ttl', random.pick([1n, 1000n, 60_000n, 0xff_ffff_ffffn])),
];
const setData: Body = (random) => [path(random), data(random), version(random)];

function paths(name: string): Body {
  return (random) => {
    const count = random.below(4);
    return [int(`${name} count`, count), ...Array.from({ length: count }, () => text(name, anyPath(random)))];
  };
}

const watches =
  (...names: readonly string[]): Body =>
  (random) => [
    long('relativeZxid', random.pick([0n, 1n, 100n, 0x100000000n])),
    ...names.flatMap((name) => paths(name)(random)),
  ];

function parts(bodies: ReadonlyMap<number, Body>): Body {
  return (random) => {
    const types = Array.from({ length: random.below(5) }, () => random.pick([...bodies.keys()]));
    return [
      ...types.flatMap((type) => [...multiHeader(type, false), ...(bodies.get(type) ?? nothing)(random)]),
      ...multiHeader(-1, true),
    ];
  };
}

const multiHeader = (type: number, done: boolean): Field[] => [
  int('part type', type),
  bool('done', done),
  int('part error', -1),
];

const multi = parts(
  new Map([
    [OpCode.CREATE, create],
    [OpCode.CREATE2, create],
    [OpCode.CREATE_CONTAINER, create],
    [OpCode.CREATE_TTL, createTtl],
    [OpCode.DELETE, pathAndVersion],
    [OpCode.SET_DATA, setData],
    [OpCode.CHECK, pathAndVersion],
  ]),
);
const multiRead = parts(
  new Map([
    [OpCode.GET_DATA, pathAndWatch],
    [OpCode.GET_CHILDREN, pathAndWatch],
  ]),
);

const auth: Body = () => [int('auth type', 0), text('scheme', 'digest'), bytes('auth', Buffer.from('user:password'))];
const badAuth: Body = (random) => [
  int('auth type', random.below(3)),
  text(
    'scheme',
    random.pick(['digest', 'digest', 'ip', 'world', 'x509', 'super', 'sasl', 'auth', 'ensemble', 'nobody']),
  ),
  bytes('auth', Buffer.from(random.pick(['user:password', 'user', ':', '', 'super:wrong']))),
];
const sasl: Body = (random) => [
  bytes('token', Buffer.from(random.pick(['', 'username="x",realm="y",nonce="z"', 'charset=utf-8,,,=', '\0']))),
];
const reconfig: Body = (random) => [
  bytes('joiningServers', random.chance(0.5) ? Buffer.from('server.9=127.0.0.1:1:2;3') : null),
  bytes('leavingServers', random.chance(0.5) ? Buffer.from('1,2') : null),
  bytes('newMembers', random.chance(0.2) ? Buffer.from('server.1=127.0.0.1:1:2;3') : null),
  long('curConfigId', -1n),
];
const watcherType: Body = (random) => [path(random), int('watcher type', random.pick([1, 2, 3, 4, 5]))];

interface RequestShape {
  readonly name: string;
  readonly type: number;
  readonly body: Body;
  /** Of those whose xid says what they are. */
  readonly xid?: number;
  /** The server closes when it cannot make sense of it. */
  readonly endsWhenDamaged?: true;
}

const REQUESTS: readonly RequestShape[] = [
  { name: 'create', type: OpCode.CREATE, body: create },
  { name: 'create', type: OpCode.CREATE, body: create },
  { name: 'create2', type: OpCode.CREATE2, body: create },
  { name: 'createContainer', type: OpCode.CREATE_CONTAINER, body: create },
  { name: 'createTTL', type: OpCode.CREATE_TTL, body: createTtl },
  { name: 'delete', type: OpCode.DELETE, body: pathAndVersion },
  { name: 'delete', type: OpCode.DELETE, body: pathAndVersion },
  { name: 'exists', type: OpCode.EXISTS, body: pathAndWatch },
  { name: 'getData', type: OpCode.GET_DATA, body: pathAndWatch },
  { name: 'setData', type: OpCode.SET_DATA, body: setData },
  { name: 'getACL', type: OpCode.GET_ACL, body: pathOnly },
  {
    name: 'setACL',
    type: OpCode.SET_ACL,
    body: (random) => [text('path', leafPath(random)), ...acl(random), version(random)],
  },
  { name: 'getChildren', type: OpCode.GET_CHILDREN, body: pathAndWatch },
  { name: 'getChildren2', type: OpCode.GET_CHILDREN2, body: pathAndWatch },
  { name: 'sync', type: OpCode.SYNC, body: pathOnly },
  { name: 'ping', type: OpCode.PING, body: nothing, xid: -2 },
  { name: 'multi', type: OpCode.MULTI, body: multi },
  { name: 'multi', type: OpCode.MULTI, body: multi },
  { name: 'multiRead', type: OpCode.MULTI_READ, body: multiRead },
  { name: 'reconfig', type: OpCode.RECONFIG, body: reconfig },
  { name: 'checkWatches', type: OpCode.CHECK_WATCHES, body: watcherType },
  { name: 'removeWatches', type: OpCode.REMOVE_WATCHES, body: watcherType },
  { name: 'addWatch', type: OpCode.ADD_WATCH, body: (random) => [path(random), int('mode', random.below(2))] },
  { name: 'setWatches', type: OpCode.SET_WATCHES, body: watches('data', 'exist', 'child'), xid: -8 },
  {
    name: 'setWatches2',
    type: OpCode.SET_WATCHES2,
    body: watches('data', 'exist', 'child', 'persistent', 'persistent recursive'),
    xid: -8,
  },
  { name: 'auth', type: OpCode.AUTH, body: auth, xid: -4, endsWhenDamaged: true },
  { name: 'getEphemerals', type: OpCode.GET_EPHEMERALS, body: pathOnly },
  { name: 'getAllChildrenNumber', type: OpCode.GET_ALL_CHILDREN_NUMBER, body: pathOnly },
  { name: 'whoAmI', type: OpCode.WHO_AM_I, body: nothing },
];

/** They end the conversation: the server closes after them. */
const LAST_REQUESTS: readonly RequestShape[] = [
  { name: 'auth', type: OpCode.AUTH, body: badAuth, xid: -4 },
  { name: 'sasl', type: OpCode.SASL, body: sasl },
  { name: 'sasl', type: OpCode.SASL, body: sasl },
  { name: 'deleteContainer', type: OpCode.DELETE_CONTAINER, body: pathOnly },
  { name: 'check', type: OpCode.CHECK, body: pathAndVersion },
  { name: 'closeSession', type: OpCode.CLOSE_SESSION, body: nothing },
  { name: 'closeSession', type: OpCode.CLOSE_SESSION, body: nothing },
  { name: 'createSession', type: OpCode.CREATE_SESSION, body: () => [int('timeout', 1000)] },
  { name: 'notification', type: OpCode.NOTIFICATION, body: nothing },
  { name: 'error', type: OpCode.ERROR, body: () => [int('error', -4)] },
  { name: 'nobody knows', type: 99, body: pathAndWatch },
];

const toFrame = (shape: RequestShape, random: Random, xid: number): Frame => ({
  label: shape.name,
  fields: [int('xid', shape.xid ?? xid), int('type', shape.type), ...shape.body(random)],
});

export interface ValidRequest {
  readonly frame: Frame;
  /** The server goes on listening when it is damaged. */
  readonly mayBeDamaged: boolean;
}

export function validRequest(random: Random, xid: number): ValidRequest {
  const shape = random.pick(REQUESTS);
  return { frame: toFrame(shape, random, xid), mayBeDamaged: shape.endsWhenDamaged !== true };
}

export const lastRequest = (random: Random, xid: number): Frame => toFrame(random.pick(LAST_REQUESTS), random, xid);
/** A read that every server answers, whatever came before it. */
export const sentinel = (xid: number): Frame => ({
  label: 'exists',
  fields: [int('xid', xid), int('type', OpCode.EXISTS), text('path', '/'), bool('watch', false)],
});

/** Asks for a session, or for the one that this connection's predecessor had. */
export const connectRequest = (random: Random, again: boolean): Frame => ({
  label: 'connect',
  fields: [
    int('protocolVersion', 0),
    long('lastZxidSeen', 0n),
    int('timeOut', random.pick(SESSION_TIMEOUTS_MS)),
    long('sessionId', again ? 'session id' : 0n),
    bytes('passwd', again ? 'session password' : new Uint8Array(16)),
    // Clients older than 3.4 end here.
    ...(random.chance(0.8) ? [bool('readOnly', random.chance(0.2))] : []),
  ],
});
