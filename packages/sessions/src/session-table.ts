// A map by session id whose growth never stalls the loop: a Map of a million keys rehashes for a tenth of a second,
// a shard of it in well under a millisecond.

import type { SessionId } from '@zebu/protocol';

/** A power of two: ids of one server differ in their lowest bits first. */
const SHARD_BITS = 6;

export class SessionTable<T> {
  readonly #shards: readonly Map<SessionId, T>[] = Array.from({ length: 1 << SHARD_BITS }, () => new Map());
  #size = 0;

  get size(): number {
    return this.#size;
  }

  has(id: SessionId): boolean {
    return this.#shardOf(id).has(id);
  }

  get(id: SessionId): T | undefined {
    return this.#shardOf(id).get(id);
  }

  set(id: SessionId, value: T): void {
    const shard = this.#shardOf(id);
    const before = shard.size;
    shard.set(id, value);
    this.#size += shard.size - before;
  }

  delete(id: SessionId): boolean {
    const deleted = this.#shardOf(id).delete(id);
    if (deleted) this.#size--;
    return deleted;
  }

  *values(): IterableIterator<T> {
    for (const shard of this.#shards) yield* shard.values();
  }

  #shardOf(id: SessionId): Map<SessionId, T> {
    return this.#shards[Number(BigInt.asUintN(SHARD_BITS, id))] as Map<SessionId, T>;
  }
}
