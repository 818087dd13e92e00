// Reads of the log may overlap each other and appends, but not an operation that cuts, moves or removes files.

interface Waiter {
  readonly exclusive: boolean;
  readonly enter: () => void;
}

export class Gate {
  /** Invariant: #readers === 0 while #exclusive. */
  #readers = 0;
  #exclusive = false;
  readonly #waiting: Waiter[] = [];

  shared<T>(work: () => Promise<T>): Promise<T> {
    return this.#run(false, work);
  }

  exclusive<T>(work: () => Promise<T>): Promise<T> {
    return this.#run(true, work);
  }

  async #run<T>(exclusive: boolean, work: () => Promise<T>): Promise<T> {
    // First come, first served: a stream of reads cannot starve a truncation.
    if (this.#waiting.length > 0 || !this.#admits(exclusive)) {
      await new Promise<void>((enter) => this.#waiting.push({ exclusive, enter }));
    } else {
      this.#take(exclusive);
    }
    try {
      return await work();
    } finally {
      this.#leave(exclusive);
    }
  }

  #admits(exclusive: boolean): boolean {
    return !this.#exclusive && (!exclusive || this.#readers === 0);
  }

  #take(exclusive: boolean): void {
    if (exclusive) this.#exclusive = true;
    else this.#readers++;
  }

  #leave(exclusive: boolean): void {
    if (exclusive) this.#exclusive = false;
    else this.#readers--;
    for (let next = this.#waiting[0]; next !== undefined && this.#admits(next.exclusive); next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#take(next.exclusive);
      next.enter();
    }
  }
}
