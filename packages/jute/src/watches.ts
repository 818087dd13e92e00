// Watches on the wire: what a client registers again after a reconnect, and what the server tells it.

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
