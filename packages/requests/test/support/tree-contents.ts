// Everything that a client could read of a tree, for comparisons.

import type { DataTree } from '@zebu/datatree';
import {
  decodeGetAclResponse,
  decodeGetChildrenResponse,
  decodeGetDataResponse,
  JuteReader,
  JuteWriter,
} from '@zebu/jute';
import { type Acl, ErrorCode } from '@zebu/protocol';
import { expect } from 'vitest';
import type { ReferenceNode, ReferenceStore } from './reference-store.ts';

export interface NodeContents {
  readonly data: string | null;
  readonly acl: readonly Acl[];
  readonly stat: Record<string, number | bigint>;
}

export type TreeContents = Record<string, NodeContents>;

const hex = (data: Uint8Array | null): string | null => (data === null ? null : Buffer.from(data).toString('hex'));

function read<T>(answer: (out: JuteWriter) => number, decode: (reader: JuteReader) => T): T {
  const out = new JuteWriter();
  expect(answer(out)).toBe(ErrorCode.OK);
  return decode(new JuteReader(out.take()));
}

/** Without what is below /zookeeper. */
export function treeContents(tree: DataTree): TreeContents {
  const contents: TreeContents = {};
  const pending = ['/'];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const at = path;
    const { data, stat } = read((out) => tree.getData(at, out), decodeGetDataResponse);
    const { acl } = read((out) => tree.getAcl(at, out), decodeGetAclResponse);
    contents[path] = { data: hex(data), acl: acl.map((each) => ({ ...each })), stat: { ...stat } };
    const { children } = read((out) => tree.getChildren(at, out), decodeGetChildrenResponse);
    expect(new Set(children).size).toBe(stat.numChildren);
    for (const child of children)
      if (child !== 'zookeeper') pending.push(path === '/' ? `/${child}` : `${path}/${child}`);
  }
  return contents;
}

export function referenceContents(store: ReferenceStore): TreeContents {
  const contents: TreeContents = {};
  for (const [path, node] of store.nodes) {
    if (path === '/zookeeper') continue;
    const numChildren = store.children(path).length;
    contents[path] = { data: hex(node.data), acl: node.acl, stat: statOf(node, numChildren) };
  }
  return contents;
}

const statOf = (node: ReferenceNode, numChildren: number): NodeContents['stat'] => ({
  czxid: node.czxid,
  mzxid: node.mzxid,
  ctime: node.ctime,
  mtime: node.mtime,
  version: node.version,
  cversion: node.cversion * 2 - numChildren,
  aversion: node.aversion,
  // Of a session alone (DataNode.copyStat).
  ephemeralOwner: node.kind === 'ephemeral' ? node.session : 0n,
  dataLength: node.data?.length ?? 0,
  numChildren,
  pzxid: node.pzxid,
});
