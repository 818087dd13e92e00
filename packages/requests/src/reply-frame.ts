// Frames to a client: 4 bytes of length, a ReplyHeader, a body. The length and the error are known last, and patched in.

import { encodeConnectResponse, type JuteWriter } from '@zebu/jute';
import {
  ErrorCode,
  KEEPER_STATE_SYNC_CONNECTED,
  type Millis,
  NO_SESSION,
  type SessionId,
  type WatchEventType,
  Xid,
  type Zxid,
} from '@zebu/protocol';
import { SESSION_PASSWORD_BYTES, sessionPassword } from '@zebu/sessions';

export const LENGTH_BYTES = 4;
/** Length and ReplyHeader. */
export const REPLY_HEADER_BYTES = 20;
/** From the start of a frame: length, xid, zxid. */
const ERROR_OFFSET = 16;

/** Opens a frame and says where it starts. The body is appended next, then endReply closes it. */
export function beginReply(out: JuteWriter, xid: number, zxidHigh: number, zxidLow: number): number {
  const start = out.length;
  out.writeInt(0);
  out.writeInt(xid);
  out.writeLongHalves(zxidHigh, zxidLow);
  out.writeInt(ErrorCode.OK);
  return start;
}

export function endReply(out: JuteWriter, start: number, error: number): void {
  if (error !== ErrorCode.OK) out.patchInt(start + ERROR_OFFSET, error);
  endFrame(out, start);
}

export function writeEvent(out: JuteWriter, event: { type: WatchEventType; path: string; zxid: Zxid }): void {
  const start = out.length;
  out.writeInt(0);
  out.writeInt(Xid.NOTIFICATION);
  out.writeLong(event.zxid);
  out.writeInt(ErrorCode.OK);
  out.writeInt(event.type);
  out.writeInt(KEEPER_STATE_SYNC_CONNECTED);
  out.writeString(event.path);
  endFrame(out, start);
}

export interface Attachment {
  readonly sessionId: SessionId;
  readonly timeoutMs: Millis;
}

/**
 * Without an attachment the session is refused (ZooKeeperServer.finishSessionInit). `readOnly` is undefined for a client that did not send
 * the flag and does not expect it (ProtocolManager.serializeConnectResponse).
 */
export function writeConnectResponse(
  out: JuteWriter,
  attached: Attachment | undefined,
  readOnly: boolean | undefined,
): void {
  const start = out.length;
  out.writeInt(0);
  encodeConnectResponse(out, {
    protocolVersion: 0,
    timeoutMs: attached?.timeoutMs ?? 0,
    sessionId: attached?.sessionId ?? NO_SESSION,
    password: attached === undefined ? new Uint8Array(SESSION_PASSWORD_BYTES) : sessionPassword(attached.sessionId),
    ...(readOnly === undefined ? {} : { readOnly }),
  });
  endFrame(out, start);
}

const endFrame = (out: JuteWriter, start: number): void => out.patchInt(start, out.length - start - LENGTH_BYTES);
