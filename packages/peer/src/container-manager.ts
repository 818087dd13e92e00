// Deletes containers whose children are gone, and znodes whose TTL has passed (ZooKeeper's ContainerManager). It runs where
// writes are ordered, looks at a bounded part of the tree in a step, and spreads the deletions over time. What it asks for may be
// out of date, so prep decides.

import type { DataTree } from '@zebu/datatree';
import { JuteWriter } from '@zebu/jute';
import { type ForwardedRequest, type Millis, NO_SESSION, OpCode } from '@zebu/protocol';
import type { Now } from './options.ts';

export interface ContainerOptions {
  readonly checkIntervalMs: Millis;
  /** Deletions, so that many at once disturb nobody. */
  readonly maxPerMinute: number;
  /** How long a container may stay that never had a child; 0 for ever. */
  readonly maxNeverUsedMs: Millis;
}

/** ZooKeeper's, but for maxNeverUsedMs, which is 0 there before 3.10. */
export const DEFAULT_CONTAINER_OPTIONS: ContainerOptions = {
  checkIntervalMs: 60_000,
  maxPerMinute: 10_000,
  maxNeverUsedMs: 300_000,
};

/** Places of the tree that one step looks at: less than a millisecond. */
const PLACES_PER_STEP = 16_384;
/** Deletions that fall into this time are asked for together. */
const BATCH_MS = 50;
const MAX_BATCH_COUNT = 256;
const MINUTE_MS = 60_000;

export class ContainerManager {
  readonly #tree: Pick<DataTree, 'containerScan'>;
  readonly #options: ContainerOptions;
  readonly #minIntervalMs: Millis;
  readonly #batchCount: number;
  #nextCheckAt: Millis;
  /** Not before: paced by what was deleted last. */
  #nextStepAt: Millis;
  /** Where the walk over the tree goes on; undefined between two. */
  #from: number | undefined;
  /** Found, and not asked for yet: at most what one step finds. */
  #candidates: readonly string[] = [];

  constructor(tree: Pick<DataTree, 'containerScan'>, options: ContainerOptions, now: Millis) {
    this.#tree = tree;
    this.#options = options;
    this.#minIntervalMs = Math.floor(MINUTE_MS / options.maxPerMinute);
    const dueInBatch = this.#minIntervalMs === 0 ? MAX_BATCH_COUNT : Math.floor(BATCH_MS / this.#minIntervalMs);
    this.#batchCount = Math.min(Math.max(dueInBatch, 1), MAX_BATCH_COUNT);
    this.#nextCheckAt = this.#nextStepAt = now + options.checkIntervalMs;
  }

  nextWakeup(): Millis {
    return this.#nextStepAt;
  }

  /** Requests that delete what is due; call again at `nextWakeup`. */
  due(now: Now): ForwardedRequest[] {
    if (now.time < this.#nextStepAt) return [];
    if (this.#candidates.length === 0) this.#look(now);
    const batch = this.#candidates.slice(0, this.#batchCount);
    this.#candidates = this.#candidates.slice(batch.length);
    const isDone = this.#candidates.length === 0 && this.#from === undefined;
    this.#nextStepAt = now.time + batch.length * this.#minIntervalMs;
    if (isDone) this.#nextStepAt = Math.max(this.#nextStepAt, this.#nextCheckAt);
    return batch.map(deletion);
  }

  /** A step of the walk, which begins anew at fixed intervals. */
  #look(now: Now): void {
    if (this.#from === undefined) {
      this.#from = 0;
      this.#nextCheckAt = now.time + this.#options.checkIntervalMs;
    }
    const { maxNeverUsedMs } = this.#options;
    const step = this.#tree.containerScan(this.#from, PLACES_PER_STEP, { now: now.wallClock, maxNeverUsedMs });
    this.#from = step.next;
    this.#candidates = step.paths;
  }
}

function deletion(path: string): ForwardedRequest {
  const writer = new JuteWriter();
  writer.writeString(path);
  return { sessionId: NO_SESSION, cxid: 0, type: OpCode.DELETE_CONTAINER, payload: writer.take(), authInfo: [] };
}
