// multiRead: getData and getChildren several times over, each with a result of its own (FinalRequestProcessor,
// MultiOperationRecord).

import {
  decodeMultiHeader,
  decodeMultiRequest,
  encodeMultiHeader,
  JuteError,
  type JuteReader,
  type JuteWriter,
  multiOperationOpCode,
} from '@zebu/jute';
import { ErrorCode, OpCode } from '@zebu/protocol';
import type { ServedTree } from './tree-views.ts';

/** Below what a client may leave unread before client-port cuts it off (64 MiB). */
export const MAX_ANSWER_BYTES = 60 * 1024 * 1024;

export interface MultiReadPart {
  readonly type: number;
  /** Null from a client that sent none; that part is not answered, nor is what follows it. */
  readonly path: string | null;
}

/**
 * All parts are read before the first is answered. They leave no watch, whatever their flag says (Op.GetData). A multi that
 * writes is a record like this one, and comes to nothing when its first part is to be read.
 */
export function readMultiRead(reader: JuteReader): MultiReadPart[] {
  const start = reader.offset;
  const parts: MultiReadPart[] = [];
  for (let header = decodeMultiHeader(reader); !header.done; header = decodeMultiHeader(reader)) {
    if (!isRead(header.type)) {
      if (parts.length > 0) throw new JuteError(`type ${header.type} in a multiRead`, reader.offset);
      reader.reset(reader.bytes, start, reader.offset + reader.remaining);
      return decodeMultiRequest(reader).map((operation) => ({ type: multiOperationOpCode(operation), path: null }));
    }
    const path = reader.readString();
    reader.readBool();
    parts.push({ type: header.type, path });
  }
  return parts;
}

/** `refusalOf` says why the client may not read a path. What was answered before an error is told with it, as ZooKeeper does. */
export function answerMultiRead(
  tree: ServedTree,
  parts: readonly MultiReadPart[],
  refusalOf: (path: string) => ErrorCode | undefined,
  out: JuteWriter,
): ErrorCode {
  const start = out.length;
  let outcome: ErrorCode = ErrorCode.OK;
  for (const { type, path } of parts) {
    if (path === null) {
      outcome = ErrorCode.MARSHALLINGERROR;
      break;
    }
    answerPart(tree, { type, path }, refusalOf(path), out);
    if (out.length - start > MAX_ANSWER_BYTES) {
      out.truncate(start);
      return ErrorCode.MARSHALLINGERROR;
    }
  }
  encodeMultiHeader(out, { type: -1, done: true, error: -1 });
  return outcome;
}

function answerPart(
  tree: ServedTree,
  { type, path }: { readonly type: number; readonly path: string },
  refusal: ErrorCode | undefined,
  out: JuteWriter,
): void {
  const isRefused = refusal !== undefined;
  encodeMultiHeader(out, { type: isRefused ? OpCode.ERROR : type, done: false, error: refusal ?? ErrorCode.OK });
  if (isRefused) out.writeInt(refusal);
  else if (type === OpCode.GET_DATA) tree.getData(path, out);
  else tree.getChildren(path, out);
}

const isRead = (type: number): boolean => type === OpCode.GET_DATA || type === OpCode.GET_CHILDREN;
