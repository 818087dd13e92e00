// What a client asks about its watches: to add, look for, remove and set them again (FinalRequestProcessor, DataTree).

import type { WatchEventSink } from '@zebu/datatree';
import {
  decodeAddWatchRequest,
  decodeCheckWatchesRequest,
  encodeErrorResponse,
  JuteError,
  type JuteReader,
  type JuteWriter,
} from '@zebu/jute';
import type { ConnectionId } from '@zebu/interfaces';
import { ErrorCode, isAddWatchMode, isWatcherType, OpCode, type WatcherType, type Zxid } from '@zebu/protocol';
import type { ServedTree } from './tree-views.ts';

/** A znode need be neither there nor readable: what may be told is decided when an event comes. */
export function addWatch(tree: ServedTree, reader: JuteReader, watcher: ConnectionId, out: JuteWriter): ErrorCode {
  const { path, mode } = decodeAddWatchRequest(reader);
  if (!isAddWatchMode(mode)) throw new JuteError(`add watch mode ${mode}`, reader.offset);
  tree.addWatch(path, mode, watcher);
  encodeErrorResponse(out, { error: ErrorCode.OK });
  return ErrorCode.OK;
}

export function checkWatches(tree: ServedTree, reader: JuteReader, watcher: ConnectionId): ErrorCode {
  const { path, type } = readWatches(reader);
  return tree.hasWatch(path, type, watcher) ? ErrorCode.OK : ErrorCode.NOWATCHER;
}

export function removeWatches(tree: ServedTree, reader: JuteReader, watcher: ConnectionId): ErrorCode {
  const { path, type } = readWatches(reader);
  return tree.removeWatch(path, type, watcher) ? ErrorCode.OK : ErrorCode.NOWATCHER;
}

/**
 * SetWatches and SetWatches2: everything is read before the first event is told. A list or path that is null ends the work where
 * it stands, as in DataTree.setWatches.
 */
export function setWatches(
  tree: ServedTree,
  type: number,
  reader: JuteReader,
  watcher: ConnectionId,
  events: WatchEventSink,
): ErrorCode {
  const relativeZxid = reader.readLong() as Zxid;
  const lists = [readPaths(reader), readPaths(reader), readPaths(reader)];
  if (type === OpCode.SET_WATCHES2) lists.push(readPaths(reader), readPaths(reader));
  const end = lists.findIndex((paths) => paths?.isWhole !== true);
  const [data, exist, child, persistent, persistentRecursive] = lists.map((paths, index) =>
    end < 0 || index <= end ? (paths?.paths ?? []) : [],
  );
  const watched = { data: data ?? [], exist: exist ?? [], child: child ?? [] };
  const lasting = { persistent: persistent ?? [], persistentRecursive: persistentRecursive ?? [] };
  tree.setWatches(relativeZxid, { ...watched, ...lasting }, watcher, events);
  return end < 0 ? ErrorCode.OK : ErrorCode.MARSHALLINGERROR;
}

export const isSetWatches = (type: number): boolean => type === OpCode.SET_WATCHES || type === OpCode.SET_WATCHES2;

const MINIMUM_STRING_BYTES = 4;

/** Undefined for a null list; the paths before the first null one. */
function readPaths(reader: JuteReader): { readonly paths: readonly string[]; readonly isWhole: boolean } | undefined {
  const count = reader.readCount(MINIMUM_STRING_BYTES);
  if (count < 0) return undefined;
  const paths = Array.from({ length: count }, () => reader.readString());
  const end = paths.indexOf(null);
  const before = end < 0 ? paths : paths.slice(0, end);
  return { paths: before as string[], isWhole: end < 0 };
}

/** WatcherType.fromInt throws for any other, which FinalRequestProcessor answers as it does a malformed record. */
function readWatches(reader: JuteReader): { readonly path: string; readonly type: WatcherType } {
  const { path, type } = decodeCheckWatchesRequest(reader);
  if (!isWatcherType(type)) throw new JuteError(`watcher type ${type}`, reader.offset);
  return { path, type };
}
