// Records of the client protocol that more than one operation uses (zookeeper.jute).

import { boolean, buffer, int, long, record, text, type ValueOf, vector } from './jute.ts';

export const acl = record({ perms: int, scheme: text, id: text });
export type Acl = ValueOf<typeof acl>;
export const aclList = vector(acl);

export const stat = record({
  czxid: long,
  mzxid: long,
  ctime: long,
  mtime: long,
  version: int,
  cversion: int,
  aversion: int,
  ephemeralOwner: long,
  dataLength: int,
  numChildren: int,
  pzxid: long,
});
export type Stat = ValueOf<typeof stat>;

export const textList = vector(text);

export const connectRequest = record({
  protocolVersion: int,
  lastZxidSeen: long,
  timeoutMs: int,
  sessionId: long,
  password: buffer,
});

export const connectResponse = record({
  protocolVersion: int,
  timeoutMs: int,
  sessionId: long,
  password: buffer,
});

export const replyHeader = record({ xid: int, zxid: long, err: int });

export const watchEvent = record({ type: int, state: int, path: text });

export const multiHeader = record({ type: int, done: boolean, err: int });
