// The operations of a multi (MultiOperationRecord): all of them happen or none.

import { OpCode, unreachable } from '@zebu/protocol';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';
import { decodeMultiParts, encodeMultiHeader, MULTI_END, refuseMultiType } from './multi-header.ts';
import type {
  CheckVersionRequest,
  CreateRequest,
  CreateTtlRequest,
  DeleteRequest,
  SetDataRequest,
} from './write-requests.ts';
import {
  decodeCheckVersionRequest,
  decodeCreateRequest,
  decodeCreateTtlRequest,
  decodeDeleteRequest,
  decodeSetDataRequest,
  encodeCheckVersionRequest,
  encodeCreateRequest,
  encodeCreateTtlRequest,
  encodeDeleteRequest,
  encodeSetDataRequest,
} from './write-requests.ts';

export type MultiOperation =
  | ({ readonly type: 'create' | 'create2' | 'createContainer' } & CreateRequest)
  | ({ readonly type: 'createTTL' } & CreateTtlRequest)
  | ({ readonly type: 'delete' } & DeleteRequest)
  | ({ readonly type: 'setData' } & SetDataRequest)
  | ({ readonly type: 'check' } & CheckVersionRequest);

const OP_CODES = {
  create: OpCode.CREATE,
  create2: OpCode.CREATE2,
  createContainer: OpCode.CREATE_CONTAINER,
  createTTL: OpCode.CREATE_TTL,
  delete: OpCode.DELETE,
  setData: OpCode.SET_DATA,
  check: OpCode.CHECK,
} as const satisfies Record<MultiOperation['type'], OpCode>;

export const multiOperationOpCode = (operation: MultiOperation): OpCode => OP_CODES[operation.type];

export function encodeMultiRequest(writer: JuteWriter, operations: readonly MultiOperation[]): void {
  for (const operation of operations) {
    encodeMultiHeader(writer, { type: multiOperationOpCode(operation), done: false, error: -1 });
    encodeOperation(writer, operation);
  }
  encodeMultiHeader(writer, MULTI_END);
}

function encodeOperation(writer: JuteWriter, operation: MultiOperation): void {
  switch (operation.type) {
    case 'create':
    case 'create2':
    case 'createContainer':
      return encodeCreateRequest(writer, operation);
    case 'createTTL':
      return encodeCreateTtlRequest(writer, operation);
    case 'delete':
      return encodeDeleteRequest(writer, operation);
    case 'setData':
      return encodeSetDataRequest(writer, operation);
    case 'check':
      return encodeCheckVersionRequest(writer, operation);
    default:
      return unreachable(operation);
  }
}

/** Any other type is a JuteError, as MultiOperationRecord refuses it; flags that are no CreateMode are the caller's to refuse. */
export const decodeMultiRequest = (reader: JuteReader): MultiOperation[] =>
  decodeMultiParts(reader, decodeMultiOperation);

/** What follows a header of this type. */
export function decodeMultiOperation(reader: JuteReader, type: number): MultiOperation {
  switch (type) {
    case OpCode.CREATE:
      return { type: 'create', ...decodeCreateRequest(reader) };
    case OpCode.CREATE2:
      return { type: 'create2', ...decodeCreateRequest(reader) };
    case OpCode.CREATE_CONTAINER:
      return { type: 'createContainer', ...decodeCreateRequest(reader) };
    case OpCode.CREATE_TTL:
      return { type: 'createTTL', ...decodeCreateTtlRequest(reader) };
    case OpCode.DELETE:
      return { type: 'delete', ...decodeDeleteRequest(reader) };
    case OpCode.SET_DATA:
      return { type: 'setData', ...decodeSetDataRequest(reader) };
    case OpCode.CHECK:
      return { type: 'check', ...decodeCheckVersionRequest(reader) };
    default:
      return refuseMultiType(reader, type);
  }
}
