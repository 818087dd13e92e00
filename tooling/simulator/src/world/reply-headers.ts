// The headers of what a client receives: xid, zxid and error behind each frame's length.

import type { Zxid } from '@zebu/protocol';

export interface ReplyHeader {
  readonly xid: number;
  readonly zxid: Zxid;
  readonly error: number;
}

export function replyHeaders(frames: Uint8Array): ReplyHeader[] {
  const headers: ReplyHeader[] = [];
  const view = new DataView(frames.buffer, frames.byteOffset, frames.byteLength);
  for (let at = 0; at + 20 <= frames.length; at += 4 + view.getInt32(at)) {
    headers.push({ xid: view.getInt32(at + 4), zxid: view.getBigInt64(at + 8) as Zxid, error: view.getInt32(at + 16) });
  }
  return headers;
}
