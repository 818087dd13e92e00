// How many connections there are, in all and from each address (maxCnxns, maxClientCnxns).

export class ConnectionLimits {
  readonly #maxPerAddress: number;
  readonly #maxInAll: number;
  readonly #countByHost = new Map<string, number>();
  #count = 0;

  /** 0 is no limit. */
  constructor(limits: { readonly perAddress: number; readonly inAll: number }) {
    this.#maxPerAddress = limits.perAddress;
    this.#maxInAll = limits.inAll;
  }

  /** Undefined when one more from this host was counted in, else which limit it would break. */
  add(host: string): string | undefined {
    if (this.#maxInAll > 0 && this.#count >= this.#maxInAll) return `maxCnxns=${this.#maxInAll}`;
    const fromHost = this.#countByHost.get(host) ?? 0;
    if (this.#maxPerAddress > 0 && fromHost >= this.#maxPerAddress) return `maxClientCnxns=${this.#maxPerAddress}`;
    this.#count++;
    this.#countByHost.set(host, fromHost + 1);
    return undefined;
  }

  remove(host: string): void {
    this.#count--;
    const fromHost = (this.#countByHost.get(host) ?? 0) - 1;
    if (fromHost > 0) this.#countByHost.set(host, fromHost);
    else this.#countByHost.delete(host);
  }
}
