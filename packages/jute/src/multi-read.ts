// multiRead: several reads in one request (MultiOperationRecord), each with a result of its own (MultiResponse).

import { OpCode, type Stat, unreachable } from '@zebu/protocol';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';
import { decodeMultiParts, encodeMultiHeader, MULTI_END, refuseMultiType } from './multi-header.ts';
import type { ErrorResult } from './multi-response.ts';
import { decodeGetDataRequest, encodeGetDataRequest, type PathRequest } from './read-requests.ts';
import {
  decodeGetChildrenResponse,
  decodeGetDataResponse,
  encodeGetChildrenResponse,
  encodeGetDataResponse,
  type GetChildrenResponse,
} from './responses.ts';

/** It leaves no watch: ZooKeeper reads the request's flag and drops it (Op.GetData, Op.GetChildren). */
export type MultiReadOperation = { readonly type: 'getData' | 'getChildren' } & PathRequest;

export type MultiReadResult =
  | { readonly type: 'getData'; readonly data: Uint8Array | null; readonly stat: Stat }
  | ({ readonly type: 'getChildren' } & GetChildrenResponse)
  | ({ readonly type: 'error' } & ErrorResult);

const OP_CODES = {
  getData: OpCode.GET_DATA,
  getChildren: OpCode.GET_CHILDREN,
  error: OpCode.ERROR,
} as const satisfies Record<MultiReadResult['type'], OpCode>;

export function encodeMultiReadRequest(writer: JuteWriter, operations: readonly MultiReadOperation[]): void {
  for (const { type, path } of operations) {
    encodeMultiHeader(writer, { type: OP_CODES[type], done: false, error: -1 });
    encodeGetDataRequest(writer, { path, watch: false });
  }
  encodeMultiHeader(writer, MULTI_END);
}

/** Any other type is a JuteError, which ZooKeeper answers with a marshalling error, too. */
export const decodeMultiReadRequest = (reader: JuteReader): MultiReadOperation[] =>
  decodeMultiParts(reader, decodeOperation);

function decodeOperation(reader: JuteReader, type: number): MultiReadOperation {
  if (type !== OpCode.GET_DATA && type !== OpCode.GET_CHILDREN) return refuseMultiType(reader, type);
  const { path } = decodeGetDataRequest(reader);
  return { type: type === OpCode.GET_DATA ? 'getData' : 'getChildren', path };
}

export function encodeMultiReadResponse(writer: JuteWriter, results: readonly MultiReadResult[]): void {
  for (const result of results) {
    const error = result.type === 'error' ? result.error : 0;
    encodeMultiHeader(writer, { type: OP_CODES[result.type], done: false, error });
    encodeResult(writer, result);
  }
  encodeMultiHeader(writer, MULTI_END);
}

function encodeResult(writer: JuteWriter, result: MultiReadResult): void {
  switch (result.type) {
    case 'getData':
      return encodeGetDataResponse(writer, result);
    case 'getChildren':
      return encodeGetChildrenResponse(writer, result);
    case 'error':
      return writer.writeInt(result.error);
    default:
      return unreachable(result);
  }
}

export const decodeMultiReadResponse = (reader: JuteReader): MultiReadResult[] =>
  decodeMultiParts(reader, decodeResult);

function decodeResult(reader: JuteReader, type: number): MultiReadResult {
  switch (type) {
    case OpCode.GET_DATA:
      return { type: 'getData', ...decodeGetDataResponse(reader) };
    case OpCode.GET_CHILDREN:
      return { type: 'getChildren', ...decodeGetChildrenResponse(reader) };
    case OpCode.ERROR:
      return { type: 'error', error: reader.readInt() };
    default:
      return refuseMultiType(reader, type);
  }
}
