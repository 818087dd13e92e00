// What clients do meanwhile: sessions of every kind, all of it written down and judged; and on request writers that retry.

import type { ServerId } from '@zebu/protocol';
import { createWorkload, ReplyZxids, type Workload, type WorkloadOptions } from '@zebu/simulator/clients';
import { Availability } from '../checks/availability.ts';
import type { RealWorld } from '../record/real-world.ts';
import type { Patience } from './patience.ts';
import { RetryingWriter } from './retrying-writer.ts';

const WORKLOAD: WorkloadOptions = {
  sessionCounts: { writer: 3, register: 3, queue: 2, transactor: 1, owner: 2, watcher: 2, collector: 0 },
  pauseMs: [0, 25],
  registerCount: 3,
  queueCount: 2,
  sessionTimeoutMs: [1500, 3000],
  pipelining: 0.3,
  abandoning: 0.2,
  moveEveryMs: 3000,
  watchesAll: false,
  browses: false,
  ttlMs: 60_000,
};
const WRITES_OF_PROGRESS = 30;

export class Load {
  readonly availability = new Availability();
  readonly #world: RealWorld;
  readonly #patience: Patience;
  readonly #workload: Workload;
  readonly #writers: RetryingWriter[] = [];
  readonly #zxids: ReplyZxids;
  #isStopping = false;

  constructor(world: RealWorld, patience: Patience) {
    this.#world = world;
    this.#patience = patience;
    this.#zxids = new ReplyZxids(world.history);
    this.#workload = createWorkload(world, WORKLOAD);
    world.history.listen((event) => this.availability.onEvent(event));
  }

  get operationCount(): number {
    return this.#workload.operationCount;
  }

  /** Of the world's time. */
  get nowMs(): number {
    return this.#world.time.now;
  }

  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Rejects with InVainError when there is no progress. */
  async progress(when: string): Promise<void> {
    const target = this.availability.count + WRITES_OF_PROGRESS;
    await this.#patience.until(`${WRITES_OF_PROGRESS} writes ${when}`, () => this.availability.count >= target);
  }

  startRetryingWriters(count: number): readonly RetryingWriter[] {
    for (let index = 0; index < count; index++) {
      const { written } = this.#workload;
      this.#writers.push(
        new RetryingWriter({ world: this.#world, zxids: this.#zxids, written, name: `retrying-${index}` }),
      );
    }
    return this.#writers;
  }

  /** Every session is closed, or left to expire. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    this.#workload.stop();
    await Promise.all(this.#writers.map((writer) => writer.stop()));
    await this.#patience.until('all sessions to end', () => this.#workload.isIdle);
  }

  /** All that was ever written, through this server. */
  readBack(server: ServerId): Promise<void> {
    return this.#workload.readBack(server);
  }
}
