// How long this server took to get in sync with its leaders, from the end of discovery on (ServerMetrics.FOLLOWER_SYNC_TIME, OBSERVER_SYNC_TIME).

import type { Millis } from '@zebu/protocol';
import { Durations } from './durations.ts';

export class SyncTimes {
  readonly #followers = new Durations();
  readonly #observers = new Durations();

  add(state: 'FOLLOWING' | 'OBSERVING', duration: Millis): void {
    (state === 'FOLLOWING' ? this.#followers : this.#observers).add(duration);
  }

  *metrics(): IterableIterator<readonly [name: string, value: number]> {
    yield* this.#followers.metrics('follower_sync_time');
    yield* this.#observers.metrics('observer_sync_time');
  }
}
