// persistence.FileHeader opens every log and snapshot file.

import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

export interface FileHeader {
  readonly magic: number;
  readonly version: number;
  readonly dbid: bigint;
}

export const FILE_HEADER_BYTES = 16;
/** "ZKLG" and "ZKSN". */
export const TXN_LOG_MAGIC = 0x5a4b4c47;
export const SNAPSHOT_MAGIC = 0x5a4b534e;

export function encodeFileHeader(writer: JuteWriter, header: FileHeader): void {
  writer.writeInt(header.magic);
  writer.writeInt(header.version);
  writer.writeLong(header.dbid);
}

export const decodeFileHeader = (reader: JuteReader): FileHeader => ({
  magic: reader.readInt(),
  version: reader.readInt(),
  dbid: reader.readLong(),
});
