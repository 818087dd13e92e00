// Counts what a run was made of, while it goes on.

import type { Millis, ServerId } from '@zebu/protocol';
import type { ClientRequest, HistoryEvent } from '../history/event.ts';
import type { World } from '../world/world.ts';
import type { SyncPath } from './outcome.ts';

const isWrite = ({ type }: ClientRequest): boolean =>
  type === 'create' || type === 'setData' || type === 'delete' || type === 'multi';

export class RunStatistics {
  readonly syncPathCounts: Record<SyncPath, number> = { DIFF: 0, DIFF_FROM_DISK: 0, TRUNC: 0, SNAP: 0 };
  electionCount = 0;
  writeCount = 0;
  lastWriteAt: Millis = 0;
  longestUnavailabilityMs: Millis = 0;
  /** Writes under way, of each client by their numbers. */
  readonly #writes = new Map<string, Set<number>>();
  /** Epoch in which a server was last seen to be established. */
  readonly #epochs = new Map<ServerId, number>();

  constructor(world: World) {
    world.history.listen((event) => this.#onEvent(event));
  }

  #onEvent(event: HistoryEvent): void {
    switch (event.type) {
      case 'synced':
        this.syncPathCounts[event.path]++;
        return;
      case 'role':
        if (event.state !== 'LEADING' || !event.serving || this.#epochs.get(event.server) === event.epoch) return;
        this.#epochs.set(event.server, event.epoch);
        this.electionCount++;
        return;
      case 'invoked': {
        if (!isWrite(event.request)) return;
        const writes = this.#writes.get(event.client);
        if (writes === undefined) this.#writes.set(event.client, new Set([event.operation]));
        else writes.add(event.operation);
        return;
      }
      case 'returned':
        if (this.#writes.get(event.client)?.delete(event.operation) === true && event.outcome.ok)
          this.#onWrite(event.at);
        return;
      default:
        return;
    }
  }

  #onWrite(at: Millis): void {
    this.longestUnavailabilityMs = Math.max(this.longestUnavailabilityMs, at - this.lastWriteAt);
    this.lastWriteAt = at;
    this.writeCount++;
  }
}
