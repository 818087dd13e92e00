// Operations of a multi, from what callers write to the wire and back.

import type { MultiOperation, MultiResult } from '@zebu/jute';
import { decodeMultiResponse, encodeMultiRequest } from '@zebu/jute';
import { CreateMode, ErrorCode, isTtlMode, OpCode, unreachable } from '@zebu/protocol';
import type { Call } from './call.ts';
import { requireOk } from './call.ts';
import type { Chroot } from './chroot.ts';
import type { TransactionOperation } from './client.ts';
import { creationRequest } from './creation.ts';
import { codeNameOf, MultiError } from './errors.ts';
import { bytesOf } from './znode-data.ts';

const ANY_VERSION = -1;

export function multiCall(chroot: Chroot, operations: readonly TransactionOperation[]): Call<readonly MultiResult[]> {
  const encoded = operations.map((operation) => toWire(chroot, operation));
  return {
    opCode: OpCode.MULTI,
    encode: (writer) => encodeMultiRequest(writer, encoded),
    settle: (reply) => {
      requireOk(reply);
      const results = decodeMultiResponse(reply.body);
      throwIfRefused(results);
      return results.map((result) => ('path' in result ? { ...result, path: chroot.toClient(result.path) } : result));
    },
  };
}

function toWire(chroot: Chroot, operation: TransactionOperation): MultiOperation {
  switch (operation.type) {
    case 'create':
    case 'create2': {
      const request = creationRequest(chroot, operation.path, operation.data, operation);
      return { ...request, type: creationType(operation.type, request.flags) };
    }
    case 'delete':
      return { type: 'delete', path: chroot.toServer(operation.path), version: operation.version ?? ANY_VERSION };
    case 'setData': {
      const { version = ANY_VERSION } = operation;
      return { type: 'setData', path: chroot.toServer(operation.path), data: bytesOf(operation.data), version };
    }
    case 'check':
      return { type: 'check', path: chroot.toServer(operation.path), version: operation.version };
    default:
      return unreachable(operation);
  }
}

function creationType(
  plain: 'create' | 'create2',
  flags: number,
): 'create' | 'create2' | 'createContainer' | 'createTTL' {
  if (isTtlMode(flags)) return 'createTTL';
  return flags === CreateMode.CONTAINER ? 'createContainer' : plain;
}

/** The reply of a refused multi is OK, and says in its results which operation was at fault (ZooKeeper.multiInternal). */
function throwIfRefused(results: readonly MultiResult[]): void {
  const refused = results.findIndex((result) => result.type === 'error' && result.error !== ErrorCode.OK);
  const result = results[refused];
  if (result?.type === 'error') throw new MultiError(codeNameOf(result.error), refused, results);
}
