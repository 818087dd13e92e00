// All that a tree shows through its door, as plain values that two trees can be compared by.

import { decodeGetChildren2Response, decodeGetDataResponse, JuteReader, JuteWriter } from '@zebu/jute';
import { ErrorCode, type Stat } from '@zebu/protocol';
import type { DataTree } from '../../src/index.ts';

export interface DumpedNode {
  readonly data: string | null;
  readonly stat: Stat;
  readonly acl: readonly string[];
  readonly children: readonly string[];
}

export type DumpedTree = { readonly [path: string]: DumpedNode };

export const hex = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString('hex');

export function dumpTree(tree: DataTree): DumpedTree {
  const dumped: Record<string, DumpedNode> = {};
  const pending = ['/'];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    const node = dumpNode(tree, path);
    dumped[path] = node;
    const prefix = path === '/' ? '' : path;
    pending.push(...node.children.map((name) => `${prefix}/${name}`));
  }
  return dumped;
}

export function dumpNode(tree: DataTree, path: string): DumpedNode {
  const data = read((out) => tree.getData(path, out), decodeGetDataResponse);
  const children = read((out) => tree.getChildren2(path, out), decodeGetChildren2Response);
  return {
    data: hex(data.data),
    stat: data.stat,
    acl: (tree.aclOf(path) ?? []).map((acl) => `${acl.permissions}:${acl.scheme}:${acl.id}`),
    children: children.children.toSorted(),
  };
}

function read<T>(ask: (out: JuteWriter) => number, decode: (reader: JuteReader) => T): T {
  const out = new JuteWriter();
  const error = ask(out);
  if (error !== ErrorCode.OK) throw new Error(`read failed with ${error}`);
  const reader = new JuteReader(out.take());
  const decoded = decode(reader);
  if (reader.remaining !== 0) throw new Error(`${reader.remaining} bytes too many`);
  return decoded;
}

/** When every TTL is over. */
export const FAR_FUTURE = Number.MAX_SAFE_INTEGER;

/** What the leader would delete at some time, found in steps of `count`. */
export function collectable(tree: DataTree, now = FAR_FUTURE, maxNeverUsedMs = 1, count = 3): string[] {
  const paths: string[] = [];
  for (let from: number | undefined = 0; from !== undefined; ) {
    const step = tree.containerScan(from, count, { now, maxNeverUsedMs });
    paths.push(...step.paths);
    from = step.next;
  }
  return paths.toSorted();
}

const descendantCount = (tree: DataTree, path: string): number =>
  read(
    (out) => tree.getAllChildrenNumber(path, out),
    (reader) => reader.readInt(),
  );

/** The whole state: what a client sees, and what a snapshot holds beside it. */
export function dumpState(tree: DataTree): unknown {
  const nodes = dumpTree(tree);
  return {
    nodes,
    descendants: Object.fromEntries(Object.keys(nodes).map((path) => [path, descendantCount(tree, path)])),
    collectable: collectable(tree),
    sessions: [...tree.sessions].toSorted((a, b) => (a[0] < b[0] ? -1 : 1)),
    treeDigest: tree.treeDigest,
    nodeCount: tree.nodeCount,
    ephemeralsCount: tree.ephemeralsCount,
    approximateDataBytes: tree.approximateDataBytes,
    lastProcessedZxid: tree.lastProcessedZxid,
  };
}
