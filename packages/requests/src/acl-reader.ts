// Reads ACL lists. Nearly every client sends the same list with every creation, so the last one is recognized by its bytes.

import { decodeAclList, type JuteReader } from '@zebu/jute';
import type { Acl } from '@zebu/protocol';

const NO_BYTES = new Uint8Array(0);
/** A longer list is decoded each time. */
const MAX_REMEMBERED_BYTES = 256;

export class AclReader {
  #lastBytes: Uint8Array = NO_BYTES;
  #last: readonly Acl[] = [];

  /** Equal bytes give the same array, so that callers can recognize it too. */
  read(reader: JuteReader): readonly Acl[] {
    if (this.#isLast(reader)) {
      reader.skip(this.#lastBytes.length);
      return this.#last;
    }
    const start = reader.offset;
    const acl = decodeAclList(reader);
    if (reader.offset - start <= MAX_REMEMBERED_BYTES) {
      this.#lastBytes = reader.bytes.slice(start, reader.offset);
      this.#last = acl;
    }
    return acl;
  }

  /** Jute delimits itself: bytes that begin like a list are that list. */
  #isLast(reader: JuteReader): boolean {
    const last = this.#lastBytes;
    if (last.length === 0 || last.length > reader.remaining) return false;
    const { bytes, offset } = reader;
    for (let i = 0; i < last.length; i++) if (bytes[offset + i] !== last[i]) return false;
    return true;
  }
}
