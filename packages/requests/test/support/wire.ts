// Frames as a client writes and reads them.

import {
  type ConnectResponse,
  decodeConnectResponse,
  decodeReplyHeader,
  decodeWatcherEvent,
  encodeAuthPacket,
  encodeConnectRequest,
  encodeGetSaslRequest,
  JuteReader,
  JuteWriter,
  type MultiOperation,
  type MultiReadOperation,
  encodeAddWatchRequest,
  encodeCheckWatchesRequest,
  encodeMultiReadRequest,
  encodeRemoveWatchesRequest,
  encodeSetWatches2,
  type SetWatches2,
  encodeCreateRequest,
  encodeCreateTtlRequest,
  encodeDeleteRequest,
  encodeMultiRequest,
  encodeReconfigRequest,
  type ReconfigRequest,
  encodeSetAclRequest,
  encodeSetDataRequest,
  encodeSetWatches,
  type SetWatches,
  type WatcherEvent,
} from '@zebu/jute';
import { type Acl, CreateMode, OPEN_ACL_UNSAFE, OpCode, type SessionId, Xid, type Zxid } from '@zebu/protocol';

export const text = (value: string): Uint8Array => new TextEncoder().encode(value);

export function encoded(encode: (writer: JuteWriter) => void): Uint8Array {
  const writer = new JuteWriter();
  encode(writer);
  return writer.take();
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export const frame = (body: Uint8Array): Uint8Array =>
  encoded((writer) => {
    writer.writeInt(body.length);
    writer.writeRaw(body);
  });

export interface RequestBody {
  readonly type: number;
  readonly payload: Uint8Array;
}

export const requestFrame = (xid: number, { type, payload }: RequestBody): Uint8Array =>
  frame(
    encoded((writer) => {
      writer.writeInt(xid);
      writer.writeInt(type);
      writer.writeRaw(payload);
    }),
  );

export interface ConnectOptions {
  readonly sessionId?: SessionId;
  readonly password?: Uint8Array | null;
  readonly timeoutMs?: number;
  readonly lastZxidSeen?: Zxid;
  /** Undefined: the byte is not sent. */
  readonly readOnly?: boolean | undefined;
}

export const connectFrame = (options: ConnectOptions = {}): Uint8Array =>
  frame(
    encoded((writer) =>
      encodeConnectRequest(writer, {
        protocolVersion: 0,
        lastZxidSeen: options.lastZxidSeen ?? (0n as Zxid),
        timeoutMs: options.timeoutMs ?? 10_000,
        sessionId: options.sessionId ?? (0n as SessionId),
        password: options.password === undefined ? new Uint8Array(16) : options.password,
        ...(options.readOnly === undefined ? {} : { readOnly: options.readOnly }),
      }),
    ),
  );

// Requests

const body = (type: number, encode: (writer: JuteWriter) => void): RequestBody => ({ type, payload: encoded(encode) });
const pathBody = (type: number, path: string): RequestBody => body(type, (writer) => writer.writeString(path));
const watchBody = (type: number, path: string, watch: boolean): RequestBody =>
  body(type, (writer) => {
    writer.writeString(path);
    writer.writeBool(watch);
  });

export interface CreateFields {
  readonly data?: Uint8Array | null;
  readonly flags?: number;
  readonly acl?: readonly Acl[];
}

const createBody = (type: number, path: string, fields: CreateFields): RequestBody =>
  body(type, (writer) =>
    encodeCreateRequest(writer, {
      path,
      data: fields.data === undefined ? text('data') : fields.data,
      acl: fields.acl ?? OPEN_ACL_UNSAFE,
      flags: fields.flags ?? CreateMode.PERSISTENT,
    }),
  );

export const create = (path: string, fields: CreateFields = {}): RequestBody => createBody(OpCode.CREATE, path, fields);
export const create2 = (path: string, fields: CreateFields = {}): RequestBody =>
  createBody(OpCode.CREATE2, path, fields);
export const createContainer = (path: string, fields: CreateFields = {}): RequestBody =>
  createBody(OpCode.CREATE_CONTAINER, path, { flags: CreateMode.CONTAINER, ...fields });
export const createTtl = (path: string, ttlMs: bigint, fields: CreateFields = {}): RequestBody =>
  body(OpCode.CREATE_TTL, (writer) =>
    encodeCreateTtlRequest(writer, {
      path,
      data: fields.data === undefined ? text('data') : fields.data,
      acl: fields.acl ?? OPEN_ACL_UNSAFE,
      flags: fields.flags ?? CreateMode.PERSISTENT_WITH_TTL,
      ttlMs,
    }),
  );
export const deleteContainer = (path: string): RequestBody => pathBody(OpCode.DELETE_CONTAINER, path);
export const reconfig = (currentConfigId: bigint = -1n, changes: Partial<ReconfigRequest> = {}): RequestBody => {
  const request = { joiningServers: null, leavingServers: '3', newMembers: null, currentConfigId, ...changes };
  return body(OpCode.RECONFIG, (writer) => encodeReconfigRequest(writer, request));
};
export const remove = (path: string, version: number = -1): RequestBody =>
  body(OpCode.DELETE, (writer) => encodeDeleteRequest(writer, { path, version }));
export const setBytes = (path: string, data: Uint8Array | null, version: number = -1): RequestBody =>
  body(OpCode.SET_DATA, (writer) => encodeSetDataRequest(writer, { path, data, version }));
export const setData = (path: string, data: string, version: number = -1): RequestBody =>
  setBytes(path, text(data), version);
export const setAcl = (path: string, acl: readonly Acl[], version: number = -1): RequestBody =>
  body(OpCode.SET_ACL, (writer) => encodeSetAclRequest(writer, { path, acl, version }));
export const multi = (operations: readonly MultiOperation[]): RequestBody =>
  body(OpCode.MULTI, (writer) => encodeMultiRequest(writer, operations));
export const closeSession = (): RequestBody => ({ type: OpCode.CLOSE_SESSION, payload: new Uint8Array(0) });
export const auth = (scheme: string, proof: string | null): RequestBody =>
  body(OpCode.AUTH, (writer) =>
    encodeAuthPacket(writer, { type: 0, scheme, auth: proof === null ? null : text(proof) }),
  );
export const sasl = (token: string | null): RequestBody =>
  body(OpCode.SASL, (writer) => encodeGetSaslRequest(writer, { token: token === null ? null : text(token) }));
export const ping = (): RequestBody => ({ type: OpCode.PING, payload: new Uint8Array(0) });
export const sync = (path: string): RequestBody => pathBody(OpCode.SYNC, path);
export const getAcl = (path: string): RequestBody => pathBody(OpCode.GET_ACL, path);
export const getData = (path: string, watch: boolean = false): RequestBody => watchBody(OpCode.GET_DATA, path, watch);
export const exists = (path: string, watch: boolean = false): RequestBody => watchBody(OpCode.EXISTS, path, watch);
export const getChildren = (path: string, watch: boolean = false): RequestBody =>
  watchBody(OpCode.GET_CHILDREN, path, watch);
export const getChildren2 = (path: string, watch: boolean = false): RequestBody =>
  watchBody(OpCode.GET_CHILDREN2, path, watch);
export const setWatches = (watches: Partial<SetWatches>): RequestBody =>
  body(OpCode.SET_WATCHES, (writer) =>
    encodeSetWatches(writer, {
      relativeZxid: 0n as Zxid,
      dataWatches: [],
      existWatches: [],
      childWatches: [],
      ...watches,
    }),
  );

export const setWatches2 = (watches: Partial<SetWatches2>): RequestBody =>
  body(OpCode.SET_WATCHES2, (writer) =>
    encodeSetWatches2(writer, {
      relativeZxid: 0n as Zxid,
      dataWatches: [],
      existWatches: [],
      childWatches: [],
      persistentWatches: [],
      persistentRecursiveWatches: [],
      ...watches,
    }),
  );
export const addWatch = (path: string, mode: number): RequestBody =>
  body(OpCode.ADD_WATCH, (writer) => encodeAddWatchRequest(writer, { path, mode }));
export const checkWatches = (path: string, type: number): RequestBody =>
  body(OpCode.CHECK_WATCHES, (writer) => encodeCheckWatchesRequest(writer, { path, type }));
export const removeWatches = (path: string, type: number): RequestBody =>
  body(OpCode.REMOVE_WATCHES, (writer) => encodeRemoveWatchesRequest(writer, { path, type }));
export const multiRead = (operations: readonly MultiReadOperation[]): RequestBody =>
  body(OpCode.MULTI_READ, (writer) => encodeMultiReadRequest(writer, operations));
export const getEphemerals = (prefix: string | null): RequestBody =>
  body(OpCode.GET_EPHEMERALS, (writer) => writer.writeString(prefix));
export const getAllChildrenNumber = (path: string): RequestBody => pathBody(OpCode.GET_ALL_CHILDREN_NUMBER, path);
export const whoAmI = (): RequestBody => ({ type: OpCode.WHO_AM_I, payload: new Uint8Array(0) });

// Replies

export interface Reply {
  readonly xid: number;
  readonly zxid: Zxid;
  readonly error: number;
  readonly body: JuteReader;
}

/** How many of the bytes make whole frames. */
export function wholeFramesLength(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  while (at + 4 <= bytes.length && at + 4 + view.getInt32(at) <= bytes.length) at += 4 + view.getInt32(at);
  return at;
}

export function splitFrames(bytes: Uint8Array): JuteReader[] {
  const frames: JuteReader[] = [];
  const reader = new JuteReader(bytes);
  while (reader.remaining > 0) {
    const length = reader.readInt();
    frames.push(new JuteReader(bytes, reader.offset, reader.offset + length));
    reader.skip(length);
  }
  return frames;
}

export const decodeReply = (reader: JuteReader): Reply => ({ ...decodeReplyHeader(reader), body: reader });

export function decodeConnect(reader: JuteReader): ConnectResponse {
  const response = decodeConnectResponse(reader);
  return { ...response, password: response.password?.slice() ?? null };
}

export function decodeEvent(reply: Reply): WatcherEvent {
  if (reply.xid !== Xid.NOTIFICATION) throw new Error(`xid ${reply.xid} is not an event`);
  return decodeWatcherEvent(reply.body);
}
