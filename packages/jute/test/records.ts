// Every record with its codec, the value that its golden bytes hold, and those bytes.

import type { JuteReader, JuteWriter } from '@zebu/jute';
import * as jute from '@zebu/jute';
import type { Acl, SessionId, Stat, Zxid } from '@zebu/protocol';
import { OPEN_ACL_UNSAFE } from '@zebu/protocol';
import { GOLDEN } from './golden-bytes.ts';
import { unhex } from './support.ts';

export interface RecordCase {
  readonly name: string;
  readonly golden: Uint8Array;
  readonly value: unknown;
  readonly encode: (writer: JuteWriter) => void;
  readonly decode: (reader: JuteReader) => unknown;
  /** Lengths at which a cut leaves a whole older form of the record. */
  readonly wholeAt: readonly number[];
}

function recordCase<T>(
  name: string,
  golden: string,
  encode: (writer: JuteWriter, value: T) => void,
  decode: (reader: JuteReader) => T,
  value: T,
  wholeAt: readonly number[] = [],
): RecordCase {
  return { name, golden: unhex(golden), value, encode: (writer) => encode(writer, value), decode, wholeAt };
}

export const DATA = unhex('deadbeef');
export const SESSION_ID = BigInt.asIntN(64, 0x8000a1b2c3d40001n) as SessionId;
export const ACLS: Acl[] = [
  { permissions: 31, scheme: 'world', id: 'anyone' },
  { permissions: 1, scheme: 'digest', id: 'bénédicte:x' },
];
const OPEN = [...OPEN_ACL_UNSAFE];
const PASSWORD = unhex('00112233445566778899aabbccddeeff');

const PERSISTED: jute.StatPersisted = {
  czxid: 0x100000002n as Zxid,
  mzxid: 0x200000003n as Zxid,
  ctime: 1700000000000,
  mtime: 1700000000123,
  version: 7,
  cversion: 5,
  aversion: 1,
  ephemeralOwner: 0x1000a1b2c3d40001n as SessionId,
  pzxid: 0x200000004n as Zxid,
};
const STAT: Stat = { ...PERSISTED, cversion: -2, dataLength: 4, numChildren: 2 };

const CONNECT_REQUEST = {
  protocolVersion: 0,
  lastZxidSeen: 0x100000005n as Zxid,
  timeoutMs: 30000,
  sessionId: SESSION_ID,
  password: PASSWORD,
};
const CONNECT_RESPONSE = { protocolVersion: 0, timeoutMs: 10000, sessionId: SESSION_ID, password: PASSWORD };

const OPERATIONS: jute.MultiOperation[] = [
  { type: 'create', path: '/a', data: DATA, acl: OPEN, flags: 0 },
  { type: 'createContainer', path: '/c', data: null, acl: OPEN, flags: 4 },
  { type: 'createTTL', path: '/t', data: DATA, acl: OPEN, flags: 5, ttlMs: 5000n },
  { type: 'delete', path: '/b', version: -1 },
  { type: 'setData', path: '/c', data: DATA, version: 4 },
  { type: 'check', path: '/d', version: 1 },
];
const RESULTS: jute.MultiResult[] = [
  { type: 'create', path: '/a' },
  { type: 'create2', path: '/c', stat: STAT },
  { type: 'delete' },
  { type: 'setData', stat: STAT },
  { type: 'check' },
];
const FAILED: jute.MultiResult[] = [0, -101, -2].map((error) => ({ type: 'error', error }));

const READS: jute.MultiReadOperation[] = [
  { type: 'getData', path: '/a' },
  { type: 'getChildren', path: '/b' },
];
const READ_RESULTS: jute.MultiReadResult[] = [
  { type: 'getData', data: DATA, stat: STAT },
  { type: 'getChildren', children: ['b', 'ø'] },
  { type: 'error', error: -101 },
];

const connect: RecordCase[] = [
  // ZooKeeper 3.8 writes the readOnly byte beside the record, hence the byte appended here.
  recordCase(
    'ConnectRequest',
    `${GOLDEN.connectRequest}01`,
    jute.encodeConnectRequest,
    jute.decodeConnectRequest,
    { ...CONNECT_REQUEST, readOnly: true },
    [GOLDEN.connectRequest.length / 2],
  ),
  recordCase(
    'ConnectRequest before 3.4',
    GOLDEN.connectRequest,
    jute.encodeConnectRequest,
    jute.decodeConnectRequest,
    CONNECT_REQUEST,
  ),
  recordCase(
    'ConnectResponse',
    `${GOLDEN.connectResponse}00`,
    jute.encodeConnectResponse,
    jute.decodeConnectResponse,
    { ...CONNECT_RESPONSE, readOnly: false },
    [GOLDEN.connectResponse.length / 2],
  ),
  recordCase(
    'ConnectResponse before 3.4',
    GOLDEN.connectResponse,
    jute.encodeConnectResponse,
    jute.decodeConnectResponse,
    CONNECT_RESPONSE,
  ),
];

const parts: RecordCase[] = [
  recordCase('RequestHeader', GOLDEN.requestHeader, jute.encodeRequestHeader, jute.decodeRequestHeader, {
    xid: -8,
    type: 101,
  }),
  recordCase('ReplyHeader', GOLDEN.replyHeader, jute.encodeReplyHeader, jute.decodeReplyHeader, {
    xid: -2,
    zxid: 0x1ffffffffn as Zxid,
    error: -101,
  }),
  recordCase('Id', GOLDEN.id, jute.encodeId, jute.decodeId, { scheme: 'ip', id: '10.0.0.1/8' }),
  recordCase('ACL', GOLDEN.acl, jute.encodeAcl, jute.decodeAcl, ACLS[1] as Acl),
  recordCase('Stat', GOLDEN.stat, jute.encodeStat, jute.decodeStat, STAT),
  recordCase('StatPersisted', GOLDEN.statPersisted, jute.encodeStatPersisted, jute.decodeStatPersisted, PERSISTED),
  recordCase('MultiHeader', GOLDEN.multiHeader, jute.encodeMultiHeader, jute.decodeMultiHeader, {
    type: 5,
    done: false,
    error: -1,
  }),
  recordCase('FileHeader', GOLDEN.fileHeader, jute.encodeFileHeader, jute.decodeFileHeader, {
    magic: jute.SNAPSHOT_MAGIC,
    version: 2,
    dbid: -1n,
  }),
];

const requests: RecordCase[] = [
  recordCase('ExistsRequest', GOLDEN.existsRequest, jute.encodeExistsRequest, jute.decodeExistsRequest, {
    path: '/zébu',
    watch: true,
  }),
  recordCase('GetDataRequest', GOLDEN.getDataRequest, jute.encodeGetDataRequest, jute.decodeGetDataRequest, {
    path: '/a',
    watch: false,
  }),
  recordCase(
    'GetChildrenRequest',
    GOLDEN.getChildrenRequest,
    jute.encodeGetChildrenRequest,
    jute.decodeGetChildrenRequest,
    { path: '/', watch: true },
  ),
  recordCase(
    'GetChildren2Request',
    GOLDEN.getChildren2Request,
    jute.encodeGetChildren2Request,
    jute.decodeGetChildren2Request,
    { path: '/a/b', watch: false },
  ),
  recordCase('GetACLRequest', GOLDEN.getAclRequest, jute.encodeGetAclRequest, jute.decodeGetAclRequest, { path: '/a' }),
  recordCase('SyncRequest', GOLDEN.syncRequest, jute.encodeSyncRequest, jute.decodeSyncRequest, { path: '/牛' }),
  recordCase('CreateRequest', GOLDEN.createRequest, jute.encodeCreateRequest, jute.decodeCreateRequest, {
    path: '/a/n-',
    data: DATA,
    acl: ACLS,
    flags: 3,
  }),
  recordCase(
    'CreateRequest without data',
    GOLDEN.createRequestNullData,
    jute.encodeCreateRequest,
    jute.decodeCreateRequest,
    { path: '/a', data: null, acl: OPEN, flags: 0 },
  ),
  recordCase('CreateTTLRequest', GOLDEN.createTtlRequest, jute.encodeCreateTtlRequest, jute.decodeCreateTtlRequest, {
    path: '/a',
    data: DATA,
    acl: OPEN,
    flags: 5,
    ttlMs: 0xffffffffffn,
  }),
  recordCase('DeleteRequest', GOLDEN.deleteRequest, jute.encodeDeleteRequest, jute.decodeDeleteRequest, {
    path: '/a',
    version: -1,
  }),
  recordCase('SetDataRequest', GOLDEN.setDataRequest, jute.encodeSetDataRequest, jute.decodeSetDataRequest, {
    path: '/a',
    data: new Uint8Array(0),
    version: 12,
  }),
  recordCase(
    'CheckVersionRequest',
    GOLDEN.checkVersionRequest,
    jute.encodeCheckVersionRequest,
    jute.decodeCheckVersionRequest,
    { path: '/a', version: 3 },
  ),
  recordCase('SetACLRequest', GOLDEN.setAclRequest, jute.encodeSetAclRequest, jute.decodeSetAclRequest, {
    path: '/a',
    acl: ACLS,
    version: 2,
  }),
  recordCase('SetWatches', GOLDEN.setWatches, jute.encodeSetWatches, jute.decodeSetWatches, {
    relativeZxid: 0x100000009n as Zxid,
    dataWatches: ['/d1', '/d2'],
    existWatches: ['/e'],
    childWatches: [],
  }),
  recordCase('SetWatches2', GOLDEN.setWatches2, jute.encodeSetWatches2, jute.decodeSetWatches2, {
    relativeZxid: 0x100000009n as Zxid,
    dataWatches: ['/d1', '/d2'],
    existWatches: ['/e'],
    childWatches: [],
    persistentWatches: ['/p'],
    persistentRecursiveWatches: ['/', '/r'],
  }),
  recordCase('AddWatchRequest', GOLDEN.addWatchRequest, jute.encodeAddWatchRequest, jute.decodeAddWatchRequest, {
    path: '/a',
    mode: 1,
  }),
  recordCase(
    'CheckWatchesRequest',
    GOLDEN.checkWatchesRequest,
    jute.encodeCheckWatchesRequest,
    jute.decodeCheckWatchesRequest,
    { path: '/a', type: 3 },
  ),
  recordCase(
    'RemoveWatchesRequest',
    GOLDEN.removeWatchesRequest,
    jute.encodeRemoveWatchesRequest,
    jute.decodeRemoveWatchesRequest,
    { path: '/b', type: 5 },
  ),
  recordCase(
    'GetAllChildrenNumberRequest',
    GOLDEN.getAllChildrenNumberRequest,
    jute.encodeGetAllChildrenNumberRequest,
    jute.decodeGetAllChildrenNumberRequest,
    { path: '/zébu' },
  ),
  recordCase(
    'GetEphemeralsRequest',
    GOLDEN.getEphemeralsRequest,
    jute.encodeGetEphemeralsRequest,
    jute.decodeGetEphemeralsRequest,
    { prefixPath: '/e' },
  ),
  recordCase('ReconfigRequest', GOLDEN.reconfigRequest, jute.encodeReconfigRequest, jute.decodeReconfigRequest, {
    joiningServers: 'server.4=h:1:2;3',
    leavingServers: null,
    newMembers: null,
    currentConfigId: 0x100000000n,
  }),
  recordCase('AuthPacket', GOLDEN.authPacket, jute.encodeAuthPacket, jute.decodeAuthPacket, {
    type: 0,
    scheme: 'digest',
    auth: DATA,
  }),
  recordCase('GetSASLRequest', GOLDEN.getSaslRequest, jute.encodeGetSaslRequest, jute.decodeGetSaslRequest, {
    token: DATA,
  }),
  recordCase(
    'MultiOperationRecord of reads',
    GOLDEN.multiReadRequest,
    jute.encodeMultiReadRequest,
    jute.decodeMultiReadRequest,
    READS,
  ),
  recordCase('MultiOperationRecord', GOLDEN.multiRequest, jute.encodeMultiRequest, jute.decodeMultiRequest, OPERATIONS),
];

const responses: RecordCase[] = [
  recordCase('CreateResponse', GOLDEN.createResponse, jute.encodeCreateResponse, jute.decodeCreateResponse, {
    path: '/a/n-0000000001',
  }),
  recordCase('Create2Response', GOLDEN.create2Response, jute.encodeCreate2Response, jute.decodeCreate2Response, {
    path: '/a',
    stat: STAT,
  }),
  recordCase('SyncResponse', GOLDEN.syncResponse, jute.encodeSyncResponse, jute.decodeSyncResponse, { path: '/牛' }),
  recordCase('ExistsResponse', GOLDEN.statResponse, jute.encodeExistsResponse, jute.decodeExistsResponse, {
    stat: STAT,
  }),
  recordCase('SetDataResponse', GOLDEN.statResponse, jute.encodeSetDataResponse, jute.decodeSetDataResponse, {
    stat: STAT,
  }),
  recordCase('SetACLResponse', GOLDEN.statResponse, jute.encodeSetAclResponse, jute.decodeSetAclResponse, {
    stat: STAT,
  }),
  recordCase('GetDataResponse', GOLDEN.getDataResponse, jute.encodeGetDataResponse, jute.decodeGetDataResponse, {
    data: DATA,
    stat: STAT,
  }),
  recordCase(
    'GetDataResponse without data',
    GOLDEN.getDataResponseNull,
    jute.encodeGetDataResponse,
    jute.decodeGetDataResponse,
    { data: null, stat: STAT },
  ),
  recordCase(
    'GetChildrenResponse',
    GOLDEN.getChildrenResponse,
    jute.encodeGetChildrenResponse,
    jute.decodeGetChildrenResponse,
    { children: ['b', 'a', 'ø'] },
  ),
  recordCase(
    'GetChildren2Response',
    GOLDEN.getChildren2Response,
    jute.encodeGetChildren2Response,
    jute.decodeGetChildren2Response,
    { children: [], stat: STAT },
  ),
  recordCase('GetACLResponse', GOLDEN.getAclResponse, jute.encodeGetAclResponse, jute.decodeGetAclResponse, {
    acl: ACLS,
    stat: STAT,
  }),
  recordCase('WatcherEvent', GOLDEN.watcherEvent, jute.encodeWatcherEvent, jute.decodeWatcherEvent, {
    type: 3,
    state: 3,
    path: '/a',
  }),
  recordCase(
    'GetAllChildrenNumberResponse',
    GOLDEN.getAllChildrenNumberResponse,
    jute.encodeGetAllChildrenNumberResponse,
    jute.decodeGetAllChildrenNumberResponse,
    { totalNumber: 1000001 },
  ),
  recordCase(
    'GetEphemeralsResponse',
    GOLDEN.getEphemeralsResponse,
    jute.encodeGetEphemeralsResponse,
    jute.decodeGetEphemeralsResponse,
    { ephemerals: ['/e/1', '/e/牛'] },
  ),
  recordCase('ErrorResponse', GOLDEN.errorResponse, jute.encodeErrorResponse, jute.decodeErrorResponse, {
    error: -101,
  }),
  recordCase('SetSASLResponse', GOLDEN.setSaslResponse, jute.encodeSetSaslResponse, jute.decodeSetSaslResponse, {
    token: null,
  }),
  recordCase('WhoAmIResponse', GOLDEN.whoAmIResponse, jute.encodeWhoAmIResponse, jute.decodeWhoAmIResponse, {
    clientInfo: [
      { authScheme: 'ip', user: '127.0.0.1' },
      { authScheme: 'digest', user: 'bénédicte' },
    ],
  }),
  recordCase(
    'MultiResponse of reads',
    GOLDEN.multiReadResponse,
    jute.encodeMultiReadResponse,
    jute.decodeMultiReadResponse,
    READ_RESULTS,
  ),
  recordCase('MultiResponse', GOLDEN.multiResponse, jute.encodeMultiResponse, jute.decodeMultiResponse, RESULTS),
  recordCase(
    'MultiResponse of errors',
    GOLDEN.multiResponseFailed,
    jute.encodeMultiResponse,
    jute.decodeMultiResponse,
    FAILED,
  ),
];

export const RECORDS: readonly RecordCase[] = [...connect, ...parts, ...requests, ...responses];
