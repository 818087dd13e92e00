// A map whose growth stalls nobody: a Map of a million keys rehashes for a tenth of a second, a shard of it in a millisecond or two.

const SHARD_BITS = 6;
const SHARD_MASK = (1 << SHARD_BITS) - 1;

/** Every key comes with a hash, always the same one. */
export class ShardedMap<Key, Value> {
  readonly #shards: (Map<Key, Value> | undefined)[] = [];

  /** Nothing was ever set. */
  get isEmpty(): boolean {
    return this.#shards.length === 0;
  }

  get(key: Key, hash: number): Value | undefined {
    return this.#shards[hash & SHARD_MASK]?.get(key);
  }

  set(key: Key, hash: number, value: Value): void {
    const shard = this.#shards[hash & SHARD_MASK] ?? new Map<Key, Value>();
    this.#shards[hash & SHARD_MASK] = shard;
    shard.set(key, value);
  }
}
