// Parts that many records share: vectors, and strings that records never hold as null.

import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

const MINIMUM_STRING_BYTES = 4;

/** A null string reads as empty: no path, scheme or id may be empty, so the rules that refuse one refuse the other too. */
export const readText = (reader: JuteReader): string => reader.readString() ?? '';

/** A null vector reads as empty; ZooKeeper tells the two apart in setWatches alone. */
export function readVector<T>(
  reader: JuteReader,
  minimumElementBytes: number,
  readElement: (reader: JuteReader) => T,
): T[] {
  const count = reader.readCount(minimumElementBytes);
  const elements: T[] = [];
  for (let i = 0; i < count; i++) elements.push(readElement(reader));
  return elements;
}

export function encodeStringList(writer: JuteWriter, strings: readonly string[]): void {
  writer.writeInt(strings.length);
  for (const each of strings) writer.writeString(each);
}

export const decodeStringList = (reader: JuteReader): string[] => readVector(reader, MINIMUM_STRING_BYTES, readText);
