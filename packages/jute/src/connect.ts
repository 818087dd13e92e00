// proto.ConnectRequest and proto.ConnectResponse: the first frame each way. Both travel without a header.

import type { SessionId, Zxid } from '@zebu/protocol';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

export interface ConnectRequest {
  readonly protocolVersion: number;
  readonly lastZxidSeen: Zxid;
  readonly timeoutMs: number;
  readonly sessionId: SessionId;
  readonly password: Uint8Array | null;
  /** Absent from clients older than 3.4; such a client expects a response without it too. */
  readonly readOnly?: boolean;
}

export interface ConnectResponse {
  readonly protocolVersion: number;
  /** The negotiated timeout; 0 or less when the session is refused. */
  readonly timeoutMs: number;
  readonly sessionId: SessionId;
  readonly password: Uint8Array | null;
  readonly readOnly?: boolean;
}

export function encodeConnectRequest(writer: JuteWriter, request: ConnectRequest): void {
  writer.writeInt(request.protocolVersion);
  writer.writeLong(request.lastZxidSeen);
  writer.writeInt(request.timeoutMs);
  writer.writeLong(request.sessionId);
  writer.writeBuffer(request.password);
  if (request.readOnly !== undefined) writer.writeBool(request.readOnly);
}

export function decodeConnectRequest(reader: JuteReader): ConnectRequest {
  const request = {
    protocolVersion: reader.readInt(),
    lastZxidSeen: reader.readLong() as Zxid,
    timeoutMs: reader.readInt(),
    sessionId: reader.readLong() as SessionId,
    password: reader.readBuffer(),
  };
  return reader.remaining > 0 ? { ...request, readOnly: reader.readBool() } : request;
}

export function encodeConnectResponse(writer: JuteWriter, response: ConnectResponse): void {
  writer.writeInt(response.protocolVersion);
  writer.writeInt(response.timeoutMs);
  writer.writeLong(response.sessionId);
  writer.writeBuffer(response.password);
  if (response.readOnly !== undefined) writer.writeBool(response.readOnly);
}

export function decodeConnectResponse(reader: JuteReader): ConnectResponse {
  const response = {
    protocolVersion: reader.readInt(),
    timeoutMs: reader.readInt(),
    sessionId: reader.readLong() as SessionId,
    password: reader.readBuffer(),
  };
  return reader.remaining > 0 ? { ...response, readOnly: reader.readBool() } : response;
}
