// How the server goes about each type of request.

import { OpCode } from '@zebu/protocol';

export type RequestKind =
  | 'read'
  /** A read, but for its watches: events go ahead of its reply, and nothing behind it begins before it is done. */
  | 'setWatches'
  /** Becomes a txn. */
  | 'write'
  | 'sync'
  /** The end of a session that only this server knows: LocalSessions says so. */
  | 'closeLocal'
  | 'ping'
  /** It waited too long for its turn: refused, whatever its type. */
  | 'throttled'
  /** A write whose ACLs this server looked at: EagerAclCheck says so. */
  | 'refused'
  /** It takes a quorum, and this server has none: refused with NOTREADONLY. */
  | 'notReadOnly'
  /** Longer than the transport takes: refused, then the connection closes. */
  | 'oversized'
  /** Nobody's type, or one that no client may send: answered, then the connection closes (UnimplementedRequestProcessor). */
  | 'unknown';

/** Of a server in read-only mode (ReadOnlyRequestProcessor). `isLocal`: only this server knows the session, so it may end it. */
export function readOnlyRequestKind(type: number, isLocal: boolean): RequestKind {
  const kind = requestKind(type);
  if (type === OpCode.CLOSE_SESSION && isLocal) return 'closeLocal';
  return kind === 'write' || kind === 'sync' || type === OpCode.DELETE_CONTAINER ? 'notReadOnly' : kind;
}

export function requestKind(type: number): RequestKind {
  switch (type) {
    case OpCode.EXISTS:
    case OpCode.GET_DATA:
    case OpCode.GET_ACL:
    case OpCode.GET_CHILDREN:
    case OpCode.GET_CHILDREN2:
    case OpCode.MULTI_READ:
    case OpCode.GET_EPHEMERALS:
    case OpCode.GET_ALL_CHILDREN_NUMBER:
    case OpCode.ADD_WATCH:
    case OpCode.CHECK_WATCHES:
    case OpCode.REMOVE_WATCHES:
    case OpCode.WHO_AM_I:
      return 'read';
    case OpCode.SET_WATCHES:
    case OpCode.SET_WATCHES2:
      return 'setWatches';
    case OpCode.CREATE:
    case OpCode.CREATE2:
    case OpCode.CREATE_CONTAINER:
    case OpCode.CREATE_TTL:
    case OpCode.DELETE:
    case OpCode.SET_DATA:
    case OpCode.SET_ACL:
    case OpCode.MULTI:
    case OpCode.RECONFIG:
    case OpCode.CLOSE_SESSION:
      return 'write';
    case OpCode.SYNC:
      return 'sync';
    case OpCode.PING:
      return 'ping';
    default:
      // AUTH and SASL do not come here. Also CREATE_SESSION and DELETE_CONTAINER, which servers make, and CHECK, which lives in a multi only.
      return 'unknown';
  }
}
