// Which container and TTL znodes are to go now (ContainerManager.getCandidates). The leader asks in small steps, since a tree may
// have a million of them, and submits what it is told; a step that found a candidate may be out of date when it is deleted,
// so prep checks again.

import type { Millis, WallClockMs } from '@zebu/protocol';
import { ttlMsOf } from './ephemeral-owner.ts';
import { Field, NO_NODE, StatOffset } from './node-store.ts';
import { PathKey } from './path-key.ts';
import { numberOf } from './words.ts';
import type { Znodes } from './znodes.ts';

export interface ContainerScanOptions {
  readonly now: WallClockMs;
  /** How long a container may stay that never had a child; 0 for ever (znode.container.maxNeverUsedIntervalMs). */
  readonly maxNeverUsedMs: Millis;
}

export interface ContainerScanStep {
  /** Where the next step goes on; undefined when all have been looked at. */
  readonly next: number | undefined;
  readonly paths: readonly string[];
}

/** Looks at `count` places of the tree from `from` on, which is 0 at first. */
export function scanContainers(
  znodes: Znodes,
  from: number,
  count: number,
  options: ContainerScanOptions,
): ContainerScanStep {
  const { nodes } = znodes;
  const end = Math.min(from + count, nodes.limit);
  const paths: string[] = [];
  for (let node = nodes.nextExtended(from, end); node !== NO_NODE; node = nodes.nextExtended(node + 1, end)) {
    if (isCandidate(znodes, node, options)) paths.push(pathOf(znodes, node));
  }
  return { next: end < nodes.limit ? end : undefined, paths };
}

function isCandidate({ nodes, ownerKind }: Znodes, node: number, options: ContainerScanOptions): boolean {
  if (nodes.statInt(node, StatOffset.NUM_CHILDREN) > 0) return false;
  const mtime = numberOf(nodes.statInt(node, StatOffset.MTIME), nodes.statInt(node, StatOffset.MTIME + 4));
  const elapsedMs = options.now - mtime;
  const high = nodes.ownerHigh(node);
  const low = nodes.ownerLow(node);
  if (ownerKind(high, low) === 'ttl') {
    const ttlMs = ttlMsOf(high, low);
    return ttlMs !== 0 && elapsedMs > ttlMs;
  }
  // A container that never had a child may have been created for one that is still to come.
  if (nodes.get(node, Field.STORED_CVERSION) > 0) return true;
  return options.maxNeverUsedMs !== 0 && elapsedMs > options.maxNeverUsedMs;
}

function pathOf(znodes: Znodes, node: number): string {
  const key = new PathKey();
  znodes.names.writePath(node, key);
  return key.text();
}
