// The first frame of a client: a new session.

import { encodeConnectRequest, JuteWriter } from '@zebu/jute';
import { NO_SESSION, ZERO_ZXID } from '@zebu/protocol';

export function connectFrame(timeoutMs: number): Uint8Array {
  const writer = new JuteWriter();
  const start = writer.reserve(4);
  encodeConnectRequest(writer, {
    protocolVersion: 0,
    lastZxidSeen: ZERO_ZXID,
    timeoutMs,
    sessionId: NO_SESSION,
    password: new Uint8Array(16),
    readOnly: false,
  });
  writer.patchInt(start, writer.length - 4);
  return writer.take();
}
