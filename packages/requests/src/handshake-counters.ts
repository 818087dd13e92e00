// What became of those who asked for a session, under the names of ServerMetrics. Counted from the start of the role.

export class HandshakeCounters {
  rejected = 0;
  revalidated = 0;
  #admittedCount = 0;
  #deficitSum = 0;
  #leastDeficit = Number.POSITIVE_INFINITY;
  #greatestDeficit = 0;

  /** `deficit`: tokens of the connection throttle that were taken then. */
  admitted(deficit: number): void {
    this.#admittedCount++;
    this.#deficitSum += deficit;
    if (deficit < this.#leastDeficit) this.#leastDeficit = deficit;
    if (deficit > this.#greatestDeficit) this.#greatestDeficit = deficit;
  }

  *metrics(): IterableIterator<readonly [name: string, value: number]> {
    const count = this.#admittedCount;
    yield ['connection_request_count', count];
    yield ['connection_rejected', this.rejected];
    yield ['connection_revalidate_count', this.revalidated];
    yield ['avg_connection_token_deficit', count === 0 ? 0 : this.#deficitSum / count];
    yield ['min_connection_token_deficit', count === 0 ? 0 : this.#leastDeficit];
    yield ['max_connection_token_deficit', this.#greatestDeficit];
    yield ['cnt_connection_token_deficit', count];
    yield ['sum_connection_token_deficit', this.#deficitSum];
  }
}
