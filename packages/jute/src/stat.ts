// data.Stat, which clients see, and data.StatPersisted, which snapshots hold.

import type { SessionId, Stat, WallClockMs, Zxid } from '@zebu/protocol';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

/** What a snapshot keeps of a Stat; its cversion is the stored counter, not doubled. */
export interface StatPersisted {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly ctime: WallClockMs;
  readonly mtime: WallClockMs;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  readonly ephemeralOwner: SessionId;
  readonly pzxid: Zxid;
}

export function encodeStat(writer: JuteWriter, stat: Stat): void {
  encodeCommonFields(writer, stat);
  writer.writeInt(stat.dataLength);
  writer.writeInt(stat.numChildren);
  writer.writeLong(stat.pzxid);
}

export const decodeStat = (reader: JuteReader): Stat => ({
  czxid: readZxid(reader),
  mzxid: readZxid(reader),
  ctime: reader.readLongNumber(),
  mtime: reader.readLongNumber(),
  version: reader.readInt(),
  cversion: reader.readInt(),
  aversion: reader.readInt(),
  ephemeralOwner: reader.readLong() as SessionId,
  dataLength: reader.readInt(),
  numChildren: reader.readInt(),
  pzxid: readZxid(reader),
});

export function encodeStatPersisted(writer: JuteWriter, stat: StatPersisted): void {
  encodeCommonFields(writer, stat);
  writer.writeLong(stat.pzxid);
}

export const decodeStatPersisted = (reader: JuteReader): StatPersisted => ({
  czxid: readZxid(reader),
  mzxid: readZxid(reader),
  ctime: reader.readLongNumber(),
  mtime: reader.readLongNumber(),
  version: reader.readInt(),
  cversion: reader.readInt(),
  aversion: reader.readInt(),
  ephemeralOwner: reader.readLong() as SessionId,
  pzxid: readZxid(reader),
});

function encodeCommonFields(writer: JuteWriter, stat: StatPersisted): void {
  writer.writeLong(stat.czxid);
  writer.writeLong(stat.mzxid);
  writer.writeLongNumber(stat.ctime);
  writer.writeLongNumber(stat.mtime);
  writer.writeInt(stat.version);
  writer.writeInt(stat.cversion);
  writer.writeInt(stat.aversion);
  writer.writeLong(stat.ephemeralOwner);
}

const readZxid = (reader: JuteReader): Zxid => reader.readLong() as Zxid;
