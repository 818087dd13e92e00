// Requests that become txns. create, create2 and createContainer share CreateRequest.

import type { Acl } from '@zebu/protocol';
import { decodeAclList, encodeAclList } from './acl.ts';
import { readText } from './collections.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

export interface CreateRequest {
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly acl: readonly Acl[];
  /** A CreateMode, or whatever a stranger sent. */
  readonly flags: number;
}

export interface CreateTtlRequest extends CreateRequest {
  /** As sent: a client may ask for more than any clock holds, and is refused for it later. */
  readonly ttlMs: bigint;
}

export interface DeleteRequest {
  readonly path: string;
  /** -1 for any. */
  readonly version: number;
}

export interface SetDataRequest {
  readonly path: string;
  readonly data: Uint8Array | null;
  readonly version: number;
}

export interface CheckVersionRequest {
  readonly path: string;
  readonly version: number;
}

export interface SetAclRequest {
  readonly path: string;
  readonly acl: readonly Acl[];
  readonly version: number;
}

export interface ReconfigRequest {
  /** Null in all three means absent: joining and leaving change the ensemble, new members replace it. */
  readonly joiningServers: string | null;
  readonly leavingServers: string | null;
  readonly newMembers: string | null;
  /** The version of the configuration this is to follow; -1 for any. */
  readonly currentConfigId: bigint;
}

export function encodeCreateRequest(writer: JuteWriter, request: CreateRequest): void {
  writer.writeString(request.path);
  writer.writeBuffer(request.data);
  encodeAclList(writer, request.acl);
  writer.writeInt(request.flags);
}

export const decodeCreateRequest = (reader: JuteReader): CreateRequest => ({
  path: readText(reader),
  data: reader.readBuffer(),
  acl: decodeAclList(reader),
  flags: reader.readInt(),
});

export function encodeCreateTtlRequest(writer: JuteWriter, request: CreateTtlRequest): void {
  encodeCreateRequest(writer, request);
  writer.writeLong(request.ttlMs);
}

export const decodeCreateTtlRequest = (reader: JuteReader): CreateTtlRequest => ({
  ...decodeCreateRequest(reader),
  ttlMs: reader.readLong(),
});

export function encodeDeleteRequest(writer: JuteWriter, request: DeleteRequest): void {
  writer.writeString(request.path);
  writer.writeInt(request.version);
}

export const decodeDeleteRequest = (reader: JuteReader): DeleteRequest => ({
  path: readText(reader),
  version: reader.readInt(),
});

export function encodeSetDataRequest(writer: JuteWriter, request: SetDataRequest): void {
  writer.writeString(request.path);
  writer.writeBuffer(request.data);
  writer.writeInt(request.version);
}

export const decodeSetDataRequest = (reader: JuteReader): SetDataRequest => ({
  path: readText(reader),
  data: reader.readBuffer(),
  version: reader.readInt(),
});

export function encodeCheckVersionRequest(writer: JuteWriter, request: CheckVersionRequest): void {
  writer.writeString(request.path);
  writer.writeInt(request.version);
}

export const decodeCheckVersionRequest = (reader: JuteReader): CheckVersionRequest => ({
  path: readText(reader),
  version: reader.readInt(),
});

export function encodeSetAclRequest(writer: JuteWriter, request: SetAclRequest): void {
  writer.writeString(request.path);
  encodeAclList(writer, request.acl);
  writer.writeInt(request.version);
}

export const decodeSetAclRequest = (reader: JuteReader): SetAclRequest => ({
  path: readText(reader),
  acl: decodeAclList(reader),
  version: reader.readInt(),
});

export function encodeReconfigRequest(writer: JuteWriter, request: ReconfigRequest): void {
  writer.writeString(request.joiningServers);
  writer.writeString(request.leavingServers);
  writer.writeString(request.newMembers);
  writer.writeLong(request.currentConfigId);
}

export const decodeReconfigRequest = (reader: JuteReader): ReconfigRequest => ({
  joiningServers: reader.readString(),
  leavingServers: reader.readString(),
  newMembers: reader.readString(),
  currentConfigId: reader.readLong(),
});
