// What every server must hold after a load, whatever happened under it.

import { expect } from 'vitest';
import type { ServerProcess } from './server-process.ts';
import { listTree } from './tree-listing.ts';
import type { WriteLoad } from './write-load.ts';

/** The load is over: nothing acknowledged is lost, and all servers hold one tree. */
export async function expectNothingLost(servers: readonly ServerProcess[], load: WriteLoad): Promise<void> {
  expect(load.violations).toEqual([]);
  const trees = [];
  for (const server of servers) trees.push(await listTree(server.address));
  const [first = []] = trees;
  for (const tree of trees) expect(tree).toEqual(first);
  const data = new Map(first.map((znode) => [znode.path, Buffer.from(znode.data ?? '', 'base64').toString('utf8')]));
  expect(load.acknowledged.filter((created) => data.get(created.path) !== created.data)).toEqual([]);
}
