// Watches on the wire: what a client registers, asks for and removes, and what the server tells it.

import type { Zxid } from '@zebu/protocol';
import { decodeStringList, encodeStringList, readText } from './collections.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

export interface SetWatches {
  /** The last zxid the client saw: a change after it fires at once. */
  readonly relativeZxid: Zxid;
  readonly dataWatches: readonly string[];
  readonly existWatches: readonly string[];
  readonly childWatches: readonly string[];
}

/** SetWatches of a client of ZooKeeper 3.6 or newer that has persistent watches. */
export interface SetWatches2 extends SetWatches {
  readonly persistentWatches: readonly string[];
  readonly persistentRecursiveWatches: readonly string[];
}

export interface AddWatchRequest {
  readonly path: string;
  /** An AddWatchMode, or whatever a stranger sent. */
  readonly mode: number;
}

/** Of checkWatches and removeWatches. */
export interface WatchesRequest {
  readonly path: string;
  /** A WatcherType, or whatever a stranger sent. */
  readonly type: number;
}
export type CheckWatchesRequest = WatchesRequest;
export type RemoveWatchesRequest = WatchesRequest;

export interface WatcherEvent {
  /** A WatchEventType. */
  readonly type: number;
  /** A KeeperState. */
  readonly state: number;
  readonly path: string;
}

export function encodeSetWatches(writer: JuteWriter, watches: SetWatches): void {
  writer.writeLong(watches.relativeZxid);
  encodeStringList(writer, watches.dataWatches);
  encodeStringList(writer, watches.existWatches);
  encodeStringList(writer, watches.childWatches);
}

export const decodeSetWatches = (reader: JuteReader): SetWatches => ({
  relativeZxid: reader.readLong() as Zxid,
  dataWatches: decodeStringList(reader),
  existWatches: decodeStringList(reader),
  childWatches: decodeStringList(reader),
});

export function encodeSetWatches2(writer: JuteWriter, watches: SetWatches2): void {
  encodeSetWatches(writer, watches);
  encodeStringList(writer, watches.persistentWatches);
  encodeStringList(writer, watches.persistentRecursiveWatches);
}

export const decodeSetWatches2 = (reader: JuteReader): SetWatches2 => ({
  ...decodeSetWatches(reader),
  persistentWatches: decodeStringList(reader),
  persistentRecursiveWatches: decodeStringList(reader),
});

export function encodeAddWatchRequest(writer: JuteWriter, request: AddWatchRequest): void {
  writer.writeString(request.path);
  writer.writeInt(request.mode);
}

export const decodeAddWatchRequest = (reader: JuteReader): AddWatchRequest => ({
  path: readText(reader),
  mode: reader.readInt(),
});

function encodeWatchesRequest(writer: JuteWriter, request: WatchesRequest): void {
  writer.writeString(request.path);
  writer.writeInt(request.type);
}

const decodeWatchesRequest = (reader: JuteReader): WatchesRequest => ({
  path: readText(reader),
  type: reader.readInt(),
});

export const encodeCheckWatchesRequest: (writer: JuteWriter, request: CheckWatchesRequest) => void =
  encodeWatchesRequest;
export const decodeCheckWatchesRequest: (reader: JuteReader) => CheckWatchesRequest = decodeWatchesRequest;
export const encodeRemoveWatchesRequest: (writer: JuteWriter, request: RemoveWatchesRequest) => void =
  encodeWatchesRequest;
export const decodeRemoveWatchesRequest: (reader: JuteReader) => RemoveWatchesRequest = decodeWatchesRequest;

export function encodeWatcherEvent(writer: JuteWriter, event: WatcherEvent): void {
  writer.writeInt(event.type);
  writer.writeInt(event.state);
  writer.writeString(event.path);
}

export const decodeWatcherEvent = (reader: JuteReader): WatcherEvent => ({
  type: reader.readInt(),
  state: reader.readInt(),
  path: readText(reader),
});
