// What a client asks about its watches: to add, look for, remove and set them again (FinalRequestProcessor, DataTree).

import type { WatchEventSink } from '@zebu/datatree';
import {
  decodeAddWatchRequest,
  decodeCheckWatchesRequest,
  decodeSetWatches,
  decodeSetWatches2,
  encodeErrorResponse,
  JuteError,
  type JuteReader,
  type JuteWriter,
} from '@zebu/jute';
import type { ConnectionId } from '@zebu/interfaces';
import { ErrorCode, isAddWatchMode, isWatcherType, OpCode, type WatcherType } from '@zebu/protocol';
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

/** SetWatches and SetWatches2. Everything is read before the first event is told. */
export function setWatches(
  tree: ServedTree,
  type: number,
  reader: JuteReader,
  watcher: ConnectionId,
  events: WatchEventSink,
): ErrorCode {
  const { relativeZxid, dataWatches, existWatches, childWatches, ...others } =
    type === OpCode.SET_WATCHES2 ? decodeSetWatches2(reader) : { ...decodeSetWatches(reader), ...NO_PERSISTENT };
  const paths = {
    data: dataWatches,
    exist: existWatches,
    child: childWatches,
    persistent: others.persistentWatches,
    persistentRecursive: others.persistentRecursiveWatches,
  };
  tree.setWatches(relativeZxid, paths, watcher, events);
  return ErrorCode.OK;
}

export const isSetWatches = (type: number): boolean => type === OpCode.SET_WATCHES || type === OpCode.SET_WATCHES2;

const NO_PERSISTENT = { persistentWatches: [], persistentRecursiveWatches: [] } as const;

/** WatcherType.fromInt throws for any other, which FinalRequestProcessor answers as it does a malformed record. */
function readWatches(reader: JuteReader): { readonly path: string; readonly type: WatcherType } {
  const { path, type } = decodeCheckWatchesRequest(reader);
  if (!isWatcherType(type)) throw new JuteError(`watcher type ${type}`, reader.offset);
  return { path, type };
}
