// What a client asks about its watches: to add, look for and remove them (FinalRequestProcessor, DataTree).

import {
  decodeAddWatchRequest,
  decodeCheckWatchesRequest,
  encodeErrorResponse,
  JuteError,
  type JuteReader,
  type JuteWriter,
} from '@zebu/jute';
import type { ConnectionId } from '@zebu/interfaces';
import { ErrorCode, isAddWatchMode, isWatcherType, type WatcherType } from '@zebu/protocol';
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

/** WatcherType.fromInt throws for any other, which FinalRequestProcessor answers as it does a malformed record. */
function readWatches(reader: JuteReader): { readonly path: string; readonly type: WatcherType } {
  const { path, type } = decodeCheckWatchesRequest(reader);
  if (!isWatcherType(type)) throw new JuteError(`watcher type ${type}`, reader.offset);
  return { path, type };
}
