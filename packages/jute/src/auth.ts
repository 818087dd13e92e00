// Who a client says it is: the auth packet, the tokens of SASL, and what whoAmI tells of it.

import { readText, readVector } from './collections.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

export interface AuthPacket {
  /** 0 from every client; the server ignores it. */
  readonly type: number;
  readonly scheme: string;
  /** The proof, in the scheme's own format. A secret: never logged. */
  readonly auth: Uint8Array | null;
}

/** A step of a SASL exchange, either way. */
export interface SaslToken {
  readonly token: Uint8Array | null;
}
export type GetSaslRequest = SaslToken;
export type SetSaslResponse = SaslToken;

export interface ClientInfo {
  readonly authScheme: string;
  readonly user: string;
}

export interface WhoAmIResponse {
  readonly clientInfo: readonly ClientInfo[];
}

export function encodeAuthPacket(writer: JuteWriter, packet: AuthPacket): void {
  writer.writeInt(packet.type);
  writer.writeString(packet.scheme);
  writer.writeBuffer(packet.auth);
}

export const decodeAuthPacket = (reader: JuteReader): AuthPacket => ({
  type: reader.readInt(),
  scheme: readText(reader),
  auth: reader.readBuffer(),
});

const encodeSaslToken = (writer: JuteWriter, { token }: SaslToken): void => writer.writeBuffer(token);
const decodeSaslToken = (reader: JuteReader): SaslToken => ({ token: reader.readBuffer() });

export const encodeGetSaslRequest: (writer: JuteWriter, request: GetSaslRequest) => void = encodeSaslToken;
export const decodeGetSaslRequest: (reader: JuteReader) => GetSaslRequest = decodeSaslToken;
export const encodeSetSaslResponse: (writer: JuteWriter, response: SetSaslResponse) => void = encodeSaslToken;
export const decodeSetSaslResponse: (reader: JuteReader) => SetSaslResponse = decodeSaslToken;

const MINIMUM_CLIENT_INFO_BYTES = 8;

export function encodeWhoAmIResponse(writer: JuteWriter, response: WhoAmIResponse): void {
  writer.writeInt(response.clientInfo.length);
  for (const each of response.clientInfo) {
    writer.writeString(each.authScheme);
    writer.writeString(each.user);
  }
}

export const decodeWhoAmIResponse = (reader: JuteReader): WhoAmIResponse => ({
  clientInfo: readVector(reader, MINIMUM_CLIENT_INFO_BYTES, decodeClientInfo),
});

const decodeClientInfo = (reader: JuteReader): ClientInfo => ({ authScheme: readText(reader), user: readText(reader) });
