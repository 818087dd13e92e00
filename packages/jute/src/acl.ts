// data.ACL and data.Id. An Acl of `@zebu/protocol` holds its Id's two fields itself.

import type { Acl } from '@zebu/protocol';
import { readText, readVector } from './collections.ts';
import type { JuteReader } from './jute-reader.ts';
import type { JuteWriter } from './jute-writer.ts';

export interface Id {
  readonly scheme: string;
  readonly id: string;
}

export function encodeId(writer: JuteWriter, id: Id): void {
  writer.writeString(id.scheme);
  writer.writeString(id.id);
}

export const decodeId = (reader: JuteReader): Id => ({ scheme: readText(reader), id: readText(reader) });

export function encodeAcl(writer: JuteWriter, acl: Acl): void {
  writer.writeInt(acl.permissions);
  encodeId(writer, acl);
}

export const decodeAcl = (reader: JuteReader): Acl => ({
  permissions: reader.readInt(),
  scheme: readText(reader),
  id: readText(reader),
});

export function encodeAclList(writer: JuteWriter, acls: readonly Acl[]): void {
  writer.writeInt(acls.length);
  for (const each of acls) encodeAcl(writer, each);
}

const MINIMUM_ACL_BYTES = 12;

export const decodeAclList = (reader: JuteReader): Acl[] => readVector(reader, MINIMUM_ACL_BYTES, decodeAcl);
