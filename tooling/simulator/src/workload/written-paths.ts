// Every path that was ever written to, so that all of it can be read back.

export class WrittenPaths {
  readonly #paths = new Set<string>();
  readonly #parents = new Set<string>();
  readonly #passing = new Set<string>();

  get paths(): readonly string[] {
    return [...this.#paths];
  }

  /** Whose children have names that only the servers know. */
  get parents(): readonly string[] {
    return [...this.#parents];
  }

  /** What goes by itself, sooner or later. */
  get passing(): readonly string[] {
    return [...this.#passing];
  }

  add(path: string): void {
    this.#paths.add(path);
  }

  addParent(path: string): void {
    this.#paths.add(path);
    this.#parents.add(path);
  }

  addPassing(path: string): void {
    this.#paths.add(path);
    this.#passing.add(path);
  }

  /** It has come to stay after all. */
  addStaying(path: string): void {
    this.#paths.add(path);
    this.#passing.delete(path);
  }
}
