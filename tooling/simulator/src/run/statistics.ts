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
    if (event.type === 'synced') this.syncPathCounts[event.path]++;
    else if (event.type === 'role') this.#onRole(event);
    else if (event.type === 'invoked' && isWrite(event.request)) this.#writesOf(event.client).add(event.operation);
    else if (event.type === 'returned' && this.#writes.get(event.client)?.delete(event.operation) === true)
      if (event.outcome.ok) this.#onWrite(event.at);
  }

  #onRole({ server, state, epoch, serving }: HistoryEvent & { type: 'role' }): void {
    if (state !== 'LEADING' || !serving || this.#epochs.get(server) === epoch) return;
    this.#epochs.set(server, epoch);
    this.electionCount++;
  }

  #writesOf(client: string): Set<number> {
    let writes = this.#writes.get(client);
    if (writes === undefined) {
      writes = new Set();
      this.#writes.set(client, writes);
    }
    return writes;
  }

  #onWrite(at: Millis): void {
    this.longestUnavailabilityMs = Math.max(this.longestUnavailabilityMs, at - this.lastWriteAt);
    this.lastWriteAt = at;
    this.writeCount++;
  }
}
