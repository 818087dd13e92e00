// Things that expire, in buckets of one tick each (ZooKeeper's ExpiryQueue). A deadline is rounded up to the end of its
// tick, as a grace period. Moving a thing to another bucket is O(1), and taking due things costs only what is taken.

import { assert, type Millis } from '@zebu/protocol';

/** Extended by what is queued; the links are the queue's own. */
export class Expirable {
  /** Undefined while not queued. */
  bucket: Bucket | undefined;
  previous: Expirable | undefined;
  next: Expirable | undefined;
}

interface Bucket {
  readonly tick: number;
  /** Oldest first: ends of a list doubly linked through its members. */
  first: Expirable | undefined;
  last: Expirable | undefined;
}

export class ExpiryQueue<T extends Expirable> {
  readonly #tickMs: Millis;
  readonly #buckets = new Map<number, Bucket>();
  /** Ticks that have a bucket, ascending: at most the longest timeout in ticks. */
  readonly #ticks: number[] = [];
  /** How far all deadlines have been moved by `postpone`. */
  #shiftMs: Millis = 0;

  constructor(tickMs: Millis) {
    assert(tickMs > 0, `tick of ${tickMs} ms`);
    this.#tickMs = tickMs;
  }

  /** Expires at the end of the tick that holds `deadline`. */
  update(item: T, deadline: Millis): void {
    const tick = Math.floor((deadline - this.#shiftMs) / this.#tickMs) + 1;
    if (item.bucket?.tick === tick) return;
    this.remove(item);
    this.#append(item, this.#bucketOf(tick));
  }

  remove(item: T): void {
    const bucket = item.bucket;
    if (bucket === undefined) return;
    if (item.previous === undefined) bucket.first = item.next;
    else item.previous.next = item.next;
    if (item.next === undefined) bucket.last = item.previous;
    else item.next.previous = item.previous;
    item.bucket = item.previous = item.next = undefined;
  }

  /** Takes what is due, earliest tick first, at most `limit`. */
  poll(now: Millis, limit: number): T[] {
    const due: T[] = [];
    while (due.length < limit) {
      const bucket = this.#firstBucket();
      if (bucket === undefined || now < this.#timeOf(bucket)) break;
      const item = bucket.first as T;
      this.remove(item);
      due.push(item);
    }
    return due;
  }

  nextExpiry(): Millis | undefined {
    const bucket = this.#firstBucket();
    return bucket === undefined ? undefined : this.#timeOf(bucket);
  }

  /** How many ticks have something in them. */
  get setCount(): number {
    let count = 0;
    for (const bucket of this.#buckets.values()) if (bucket.first !== undefined) count++;
    return count;
  }

  /** By time. Each set is looked at when it is asked for: things may move while somebody goes through them all. */
  *sets(): IterableIterator<{ readonly time: Millis; readonly items: readonly T[] }> {
    const ticks = this.#ticks.slice();
    for (const tick of ticks) {
      const bucket = this.#buckets.get(tick);
      if (bucket?.first === undefined) continue;
      const items: T[] = [];
      for (let item: Expirable | undefined = bucket.first; item !== undefined; item = item.next) items.push(item as T);
      yield { time: this.#timeOf(bucket), items };
    }
  }

  postpone(byMs: Millis): void {
    this.#shiftMs += byMs;
  }

  #timeOf(bucket: Bucket): Millis {
    return bucket.tick * this.#tickMs + this.#shiftMs;
  }

  #append(item: T, bucket: Bucket): void {
    item.bucket = bucket;
    item.previous = bucket.last;
    if (bucket.last === undefined) bucket.first = item;
    else bucket.last.next = item;
    bucket.last = item;
  }

  #bucketOf(tick: number): Bucket {
    let bucket = this.#buckets.get(tick);
    if (bucket === undefined) {
      bucket = { tick, first: undefined, last: undefined };
      this.#buckets.set(tick, bucket);
      this.#insertTick(tick);
    }
    return bucket;
  }

  #insertTick(tick: number): void {
    // Nearly always the latest so far, so the search starts at the end.
    let at = this.#ticks.length;
    while (at > 0 && (this.#ticks[at - 1] as number) > tick) at--;
    this.#ticks.splice(at, 0, tick);
  }

  /** Earliest bucket with something in it; forgets the empty ones before it. */
  #firstBucket(): Bucket | undefined {
    for (;;) {
      const tick = this.#ticks[0];
      if (tick === undefined) return undefined;
      const bucket = this.#buckets.get(tick) as Bucket;
      if (bucket.first !== undefined) return bucket;
      this.#ticks.shift();
      this.#buckets.delete(tick);
    }
  }
}
