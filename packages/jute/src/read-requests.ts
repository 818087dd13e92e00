// Requests that change nothing: exists, getData, getChildren, getChildren2, getACL, getAllChildrenNumber, getEphemerals and sync.
// They come in two shapes.

import { readText } from './collections.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

/** A path, and whether to leave a one-shot watch. */
export interface WatchableRequest {
  readonly path: string;
  readonly watch: boolean;
}
export type ExistsRequest = WatchableRequest;
export type GetDataRequest = WatchableRequest;
export type GetChildrenRequest = WatchableRequest;
export type GetChildren2Request = WatchableRequest;

export interface PathRequest {
  readonly path: string;
}
export type GetAclRequest = PathRequest;
export type GetAllChildrenNumberRequest = PathRequest;
export type SyncRequest = PathRequest;

export interface GetEphemeralsRequest {
  /** Empty, as a null one reads, for all. */
  readonly prefixPath: string;
}

function encodeWatchableRequest(writer: JuteWriter, request: WatchableRequest): void {
  writer.writeString(request.path);
  writer.writeBool(request.watch);
}

const decodeWatchableRequest = (reader: JuteReader): WatchableRequest => ({
  path: readText(reader),
  watch: reader.readBool(),
});

const encodePathRequest = (writer: JuteWriter, request: PathRequest): void => writer.writeString(request.path);
const decodePathRequest = (reader: JuteReader): PathRequest => ({ path: readText(reader) });

export const encodeExistsRequest: (writer: JuteWriter, request: ExistsRequest) => void = encodeWatchableRequest;
export const decodeExistsRequest: (reader: JuteReader) => ExistsRequest = decodeWatchableRequest;
export const encodeGetDataRequest: (writer: JuteWriter, request: GetDataRequest) => void = encodeWatchableRequest;
export const decodeGetDataRequest: (reader: JuteReader) => GetDataRequest = decodeWatchableRequest;
export const encodeGetChildrenRequest: (writer: JuteWriter, request: GetChildrenRequest) => void =
  encodeWatchableRequest;
export const decodeGetChildrenRequest: (reader: JuteReader) => GetChildrenRequest = decodeWatchableRequest;
export const encodeGetChildren2Request: (writer: JuteWriter, request: GetChildren2Request) => void =
  encodeWatchableRequest;
export const decodeGetChildren2Request: (reader: JuteReader) => GetChildren2Request = decodeWatchableRequest;
export const encodeGetAclRequest: (writer: JuteWriter, request: GetAclRequest) => void = encodePathRequest;
export const decodeGetAclRequest: (reader: JuteReader) => GetAclRequest = decodePathRequest;
export const encodeGetAllChildrenNumberRequest: (writer: JuteWriter, request: GetAllChildrenNumberRequest) => void =
  encodePathRequest;
export const decodeGetAllChildrenNumberRequest: (reader: JuteReader) => GetAllChildrenNumberRequest = decodePathRequest;
export const encodeSyncRequest: (writer: JuteWriter, request: SyncRequest) => void = encodePathRequest;
export const decodeSyncRequest: (reader: JuteReader) => SyncRequest = decodePathRequest;

export const encodeGetEphemeralsRequest = (writer: JuteWriter, request: GetEphemeralsRequest): void =>
  writer.writeString(request.prefixPath);
export const decodeGetEphemeralsRequest = (reader: JuteReader): GetEphemeralsRequest => ({
  prefixPath: readText(reader),
});
