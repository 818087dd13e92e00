// The results of a multi (MultiResponse). When one operation failed every result is an error: 0 for those before it,
// its own code, RUNTIMEINCONSISTENCY for those after it.

import type { Stat } from '@zebu/protocol';
import { OpCode, unreachable } from '@zebu/protocol';
import { readText } from './collections.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';
import { decodeMultiParts, encodeMultiHeader, MULTI_END, refuseMultiType } from './multi-header.ts';
import { decodeStat, encodeStat } from './stat.ts';

export type MultiResult =
  | { readonly type: 'create'; readonly path: string }
  /** Of create2, createContainer and createTTL alike (OpResult.CreateResult). */
  | { readonly type: 'create2'; readonly path: string; readonly stat: Stat }
  | { readonly type: 'delete' }
  | { readonly type: 'setData'; readonly stat: Stat }
  | { readonly type: 'check' }
  | ({ readonly type: 'error' } & ErrorResult);

export interface ErrorResult {
  /** An ErrorCode. */
  readonly error: number;
}

const OP_CODES = {
  create: OpCode.CREATE,
  create2: OpCode.CREATE2,
  delete: OpCode.DELETE,
  setData: OpCode.SET_DATA,
  check: OpCode.CHECK,
  error: OpCode.ERROR,
} as const satisfies Record<MultiResult['type'], OpCode>;

export function encodeMultiResponse(writer: JuteWriter, results: readonly MultiResult[]): void {
  for (const result of results) {
    const error = result.type === 'error' ? result.error : 0;
    encodeMultiHeader(writer, { type: OP_CODES[result.type], done: false, error });
    encodeResult(writer, result);
  }
  encodeMultiHeader(writer, MULTI_END);
}

function encodeResult(writer: JuteWriter, result: MultiResult): void {
  switch (result.type) {
    case 'create':
      return writer.writeString(result.path);
    case 'create2':
      writer.writeString(result.path);
      return encodeStat(writer, result.stat);
    case 'delete':
    case 'check':
      return;
    case 'setData':
      return encodeStat(writer, result.stat);
    case 'error':
      return writer.writeInt(result.error);
    default:
      return unreachable(result);
  }
}

export const decodeMultiResponse = (reader: JuteReader): MultiResult[] => decodeMultiParts(reader, decodeResult);

function decodeResult(reader: JuteReader, type: number): MultiResult {
  switch (type) {
    case OpCode.CREATE:
      return { type: 'create', path: readText(reader) };
    case OpCode.CREATE2:
      return { type: 'create2', path: readText(reader), stat: decodeStat(reader) };
    case OpCode.DELETE:
      return { type: 'delete' };
    case OpCode.SET_DATA:
      return { type: 'setData', stat: decodeStat(reader) };
    case OpCode.CHECK:
      return { type: 'check' };
    case OpCode.ERROR:
      return { type: 'error', error: reader.readInt() };
    default:
      return refuseMultiType(reader, type);
  }
}
