// proto.MultiHeader stands before each part of a multi and, with done set, after the last.

import { JuteError } from './jute-error.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

export interface MultiHeader {
  readonly type: number;
  readonly done: boolean;
  readonly error: number;
}

export function encodeMultiHeader(writer: JuteWriter, header: MultiHeader): void {
  writer.writeInt(header.type);
  writer.writeBool(header.done);
  writer.writeInt(header.error);
}

export const decodeMultiHeader = (reader: JuteReader): MultiHeader => ({
  type: reader.readInt(),
  done: reader.readBool(),
  error: reader.readInt(),
});

export const MULTI_END: MultiHeader = { type: -1, done: true, error: -1 };

/** Reads parts up to the header that ends them. Every part takes nine bytes of header at least, so the loop is bounded by what is there. */
export function decodeMultiParts<T>(reader: JuteReader, decodePart: (reader: JuteReader, type: number) => T): T[] {
  const parts: T[] = [];
  for (let header = decodeMultiHeader(reader); !header.done; header = decodeMultiHeader(reader)) {
    parts.push(decodePart(reader, header.type));
  }
  return parts;
}

export function refuseMultiType(reader: JuteReader, type: number): never {
  throw new JuteError(`type ${type} in a multi`, reader.offset);
}
