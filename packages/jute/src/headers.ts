// proto.RequestHeader and proto.ReplyHeader: they open every frame after the handshake.

import type { Zxid } from '@zebu/protocol';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

export interface RequestHeader {
  /** The client's counter, or one of the special values of Xid. */
  readonly xid: number;
  /** An OpCode, or whatever a stranger sent. */
  readonly type: number;
}

export interface ReplyHeader {
  readonly xid: number;
  readonly zxid: Zxid;
  /** An ErrorCode. */
  readonly error: number;
}

export const REQUEST_HEADER_BYTES = 8;
export const REPLY_HEADER_BYTES = 16;

export function encodeRequestHeader(writer: JuteWriter, header: RequestHeader): void {
  writer.writeInt(header.xid);
  writer.writeInt(header.type);
}

export const decodeRequestHeader = (reader: JuteReader): RequestHeader => ({
  xid: reader.readInt(),
  type: reader.readInt(),
});

export function encodeReplyHeader(writer: JuteWriter, header: ReplyHeader): void {
  writer.writeInt(header.xid);
  writer.writeLong(header.zxid);
  writer.writeInt(header.error);
}

export const decodeReplyHeader = (reader: JuteReader): ReplyHeader => ({
  xid: reader.readInt(),
  zxid: reader.readLong() as Zxid,
  error: reader.readInt(),
});
