// What a creation sends: the mode chooses the operation, since containers and TTLs have their own.

import * as jute from '@zebu/jute';
import { CreateMode, isSequentialMode, isTtlMode, OPEN_ACL_UNSAFE, OpCode } from '@zebu/protocol';
import type { Chroot } from './chroot.ts';
import type { CreateOptions, ZnodeData } from './client.ts';
import type { EncodeBody } from './session.ts';
import { bytesOf } from './znode-data.ts';

/** No znode lives so long; the server refuses a TTL that is none. */
const NO_TTL = -1n;

export function creationRequest(
  chroot: Chroot,
  path: string,
  data: ZnodeData | undefined,
  { mode, acl = OPEN_ACL_UNSAFE, ttlMs }: CreateOptions,
): jute.CreateTtlRequest {
  const flags = mode ?? (ttlMs === undefined ? CreateMode.PERSISTENT : CreateMode.PERSISTENT_WITH_TTL);
  return {
    path: chroot.toServer(path, { sequential: isSequentialMode(flags) }),
    data: bytesOf(data),
    acl,
    flags,
    ttlMs: ttlMs === undefined ? NO_TTL : BigInt(Math.trunc(ttlMs)),
  };
}

/** `plain` is the operation for the modes that have none of their own. */
export function creationCall(
  request: jute.CreateTtlRequest,
  plain: typeof OpCode.CREATE | typeof OpCode.CREATE2,
): { readonly opCode: number; readonly encode: EncodeBody } {
  if (isTtlMode(request.flags)) {
    return { opCode: OpCode.CREATE_TTL, encode: (writer) => jute.encodeCreateTtlRequest(writer, request) };
  }
  const opCode = request.flags === CreateMode.CONTAINER ? OpCode.CREATE_CONTAINER : plain;
  return { opCode, encode: (writer) => jute.encodeCreateRequest(writer, request) };
}
