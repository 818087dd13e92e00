// The lists of znodes that a client may ask for, and the entries that getChildren and getEphemerals make of them.

import { JuteWriter } from '@zebu/jute';
import type { SessionId } from '@zebu/protocol';
import { sameBytes } from './hash.ts';
import type { ZnodeList } from './listing-cursor.ts';
import { Field } from './node-store.ts';
import { PathKey } from './path-key.ts';
import { highWord, lowWord } from './words.ts';
import type { Znodes } from './znodes.ts';

/** Prefixes for which getEphemerals lists everything: blank or the root, with Java's idea of white space around it. */
const ALL_PREFIX = /^[\0- ]*\/?[\0- ]*$/;

/** Whether getEphemerals lists the path; the prefix need not end at a slash. */
export const hasPrefix = (path: string, prefix: string): boolean => path.startsWith(prefix) || ALL_PREFIX.test(prefix);

export const childrenOf = ({ nodes, names }: Znodes, parent: number): ZnodeList => ({
  first: nodes.get(parent, Field.FIRST_CHILD),
  after: (node) => nodes.get(node, Field.NEXT_SIBLING),
  has: (node) => nodes.get(node, Field.PARENT) === parent,
  write(node, out) {
    const length = names.nameLength(node);
    const start = names.nameOffset(node);
    out.writeInt(length);
    out.writeRaw(names.nameBytes(node), start, start + length);
    return true;
  },
});

export function ephemeralsOf({ nodes, names, ephemerals }: Znodes, sessionId: SessionId, prefix: string): ZnodeList {
  const [high, low] = [highWord(sessionId), lowWord(sessionId)];
  const key = new PathKey();
  const beginning = ALL_PREFIX.test(prefix) ? NO_BYTES : utf8Of(prefix);
  return {
    first: ephemerals.first(high, low),
    after: (node) => ephemerals.next(node),
    has: (node) => nodes.ownerLow(node) === low && nodes.ownerHigh(node) === high,
    write(node: number, out: JuteWriter) {
      names.writePath(node, key);
      const { bytes, start, end } = key;
      if (end - start < beginning.length || !sameBytes(bytes, start, beginning, 0, beginning.length)) return false;
      out.writeInt(end - start);
      out.writeRaw(bytes, start, end);
      return true;
    },
  };
}

const NO_BYTES = new Uint8Array(0);
const LENGTH_BYTES = 4;

function utf8Of(text: string): Uint8Array {
  const writer = new JuteWriter();
  writer.writeString(text);
  return writer.take().subarray(LENGTH_BYTES);
}
