// multiRead: getData and getChildren several times over, each with a result of its own (FinalRequestProcessor,
// MultiOperationRecord).

import { decodeMultiHeader, encodeMultiHeader, JuteError, type JuteReader, type JuteWriter } from '@zebu/jute';
import { ErrorCode, OpCode } from '@zebu/protocol';
import type { ServedTree } from './tree-views.ts';

/** Below what a client may leave unread before client-port cuts it off (64 MiB). */
export const MAX_ANSWER_BYTES = 60 * 1024 * 1024;

export interface MultiReadPart {
  readonly type: number;
  readonly path: string;
}

/** All parts are read before the first is answered. They leave no watch, whatever their flag says (Op.GetData). */
export function readMultiRead(reader: JuteReader): MultiReadPart[] {
  const parts: MultiReadPart[] = [];
  for (let header = decodeMultiHeader(reader); !header.done; header = decodeMultiHeader(reader)) {
    const { type } = header;
    // A part that writes is refused there at the latest when it is to be read.
    if (type !== OpCode.GET_DATA && type !== OpCode.GET_CHILDREN) {
      throw new JuteError(`type ${type} in a multiRead`, reader.offset);
    }
    const path = reader.readString();
    reader.readBool();
    if (path === null) throw new JuteError('path is null', reader.offset);
    parts.push({ type, path });
  }
  return parts;
}

/** `refusalOf` says why the client may not read a path. */
export function answerMultiRead(
  tree: ServedTree,
  parts: readonly MultiReadPart[],
  refusalOf: (path: string) => ErrorCode | undefined,
  out: JuteWriter,
): ErrorCode {
  const start = out.length;
  for (const { type, path } of parts) {
    const error = refusalOf(path) ?? ErrorCode.OK;
    const failed = error !== ErrorCode.OK;
    encodeMultiHeader(out, { type: failed ? OpCode.ERROR : type, done: false, error });
    if (failed) out.writeInt(error);
    else if (type === OpCode.GET_DATA) tree.getData(path, out);
    else tree.getChildren(path, out);
    if (out.length - start > MAX_ANSWER_BYTES) {
      out.truncate(start);
      return ErrorCode.MARSHALLINGERROR;
    }
  }
  encodeMultiHeader(out, { type: -1, done: true, error: -1 });
  return ErrorCode.OK;
}
