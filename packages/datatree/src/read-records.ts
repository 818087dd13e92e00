// Parts of the bodies of read responses, copied from where the tree has them.

import type { JuteWriter } from '@zebu/jute';
import { STAT_BYTES } from '@zebu/protocol';
import { Field, NO_NODE, type NodeStore, StatOffset } from './node-store.ts';
import type { Znodes } from './znodes.ts';

export function writeStat(out: JuteWriter, nodes: NodeStore, node: number): void {
  const start = nodes.statOffset(node);
  out.writeRaw(nodes.statBytes(node), start, start + STAT_BYTES);
}

export function writeChildren(out: JuteWriter, { nodes, names }: Znodes, node: number): void {
  out.writeInt(nodes.statInt(node, StatOffset.NUM_CHILDREN));
  for (let at = nodes.get(node, Field.FIRST_CHILD); at !== NO_NODE; at = nodes.get(at, Field.NEXT_SIBLING)) {
    const length = names.nameLength(at);
    const start = names.nameOffset(at);
    out.writeInt(length);
    out.writeRaw(names.nameBytes(at), start, start + length);
  }
}
