// Bodies of successful replies. A reply with an error has a header alone; delete and ping have no body either.

import type { Acl, Stat } from '@zebu/protocol';
import { decodeAclList, encodeAclList } from './acl.ts';
import { decodeStringList, encodeStringList, readText } from './collections.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';
import { decodeStat, encodeStat } from './stat.ts';

export interface PathResponse {
  readonly path: string;
}
export type CreateResponse = PathResponse;
export type SyncResponse = PathResponse;

export interface Create2Response {
  readonly path: string;
  readonly stat: Stat;
}

export interface StatResponse {
  readonly stat: Stat;
}
export type ExistsResponse = StatResponse;
export type SetDataResponse = StatResponse;
export type SetAclResponse = StatResponse;

export interface GetDataResponse {
  readonly data: Uint8Array | null;
  readonly stat: Stat;
}

export interface GetChildrenResponse {
  readonly children: readonly string[];
}

export interface GetChildren2Response {
  readonly children: readonly string[];
  readonly stat: Stat;
}

export interface GetAclResponse {
  readonly acl: readonly Acl[];
  readonly stat: Stat;
}

export interface GetAllChildrenNumberResponse {
  readonly totalNumber: number;
}

export interface GetEphemeralsResponse {
  readonly ephemerals: readonly string[];
}

/** The body of a reply to addWatch. */
export interface ErrorResponse {
  /** An ErrorCode. */
  readonly error: number;
}

const encodePathResponse = (writer: JuteWriter, response: PathResponse): void => writer.writeString(response.path);
const decodePathResponse = (reader: JuteReader): PathResponse => ({ path: readText(reader) });
const encodeStatResponse = (writer: JuteWriter, response: StatResponse): void => encodeStat(writer, response.stat);
const decodeStatResponse = (reader: JuteReader): StatResponse => ({ stat: decodeStat(reader) });

export const encodeCreateResponse: (writer: JuteWriter, response: CreateResponse) => void = encodePathResponse;
export const decodeCreateResponse: (reader: JuteReader) => CreateResponse = decodePathResponse;
export const encodeSyncResponse: (writer: JuteWriter, response: SyncResponse) => void = encodePathResponse;
export const decodeSyncResponse: (reader: JuteReader) => SyncResponse = decodePathResponse;
export const encodeExistsResponse: (writer: JuteWriter, response: ExistsResponse) => void = encodeStatResponse;
export const decodeExistsResponse: (reader: JuteReader) => ExistsResponse = decodeStatResponse;
export const encodeSetDataResponse: (writer: JuteWriter, response: SetDataResponse) => void = encodeStatResponse;
export const decodeSetDataResponse: (reader: JuteReader) => SetDataResponse = decodeStatResponse;
export const encodeSetAclResponse: (writer: JuteWriter, response: SetAclResponse) => void = encodeStatResponse;
export const decodeSetAclResponse: (reader: JuteReader) => SetAclResponse = decodeStatResponse;

export function encodeCreate2Response(writer: JuteWriter, response: Create2Response): void {
  writer.writeString(response.path);
  encodeStat(writer, response.stat);
}

export const decodeCreate2Response = (reader: JuteReader): Create2Response => ({
  path: readText(reader),
  stat: decodeStat(reader),
});

export function encodeGetDataResponse(writer: JuteWriter, response: GetDataResponse): void {
  writer.writeBuffer(response.data);
  encodeStat(writer, response.stat);
}

export const decodeGetDataResponse = (reader: JuteReader): GetDataResponse => ({
  data: reader.readBuffer(),
  stat: decodeStat(reader),
});

export const encodeGetChildrenResponse = (writer: JuteWriter, response: GetChildrenResponse): void =>
  encodeStringList(writer, response.children);

export const decodeGetChildrenResponse = (reader: JuteReader): GetChildrenResponse => ({
  children: decodeStringList(reader),
});

export function encodeGetChildren2Response(writer: JuteWriter, response: GetChildren2Response): void {
  encodeStringList(writer, response.children);
  encodeStat(writer, response.stat);
}

export const decodeGetChildren2Response = (reader: JuteReader): GetChildren2Response => ({
  children: decodeStringList(reader),
  stat: decodeStat(reader),
});

export function encodeGetAclResponse(writer: JuteWriter, response: GetAclResponse): void {
  encodeAclList(writer, response.acl);
  encodeStat(writer, response.stat);
}

export const decodeGetAclResponse = (reader: JuteReader): GetAclResponse => ({
  acl: decodeAclList(reader),
  stat: decodeStat(reader),
});

export const encodeGetAllChildrenNumberResponse = (writer: JuteWriter, response: GetAllChildrenNumberResponse): void =>
  writer.writeInt(response.totalNumber);

export const decodeGetAllChildrenNumberResponse = (reader: JuteReader): GetAllChildrenNumberResponse => ({
  totalNumber: reader.readInt(),
});

export const encodeGetEphemeralsResponse = (writer: JuteWriter, response: GetEphemeralsResponse): void =>
  encodeStringList(writer, response.ephemerals);

export const decodeGetEphemeralsResponse = (reader: JuteReader): GetEphemeralsResponse => ({
  ephemerals: decodeStringList(reader),
});

export const encodeErrorResponse = (writer: JuteWriter, response: ErrorResponse): void =>
  writer.writeInt(response.error);

export const decodeErrorResponse = (reader: JuteReader): ErrorResponse => ({ error: reader.readInt() });
