// Where a server is listened for that has several addresses: a port for each. One that cannot be had at the start is tried on while there is another.

import type { ServerAddress } from '@zebu/protocol';
import type { ListeningPort } from './listening-port.ts';

export class ListeningPorts {
  readonly #createPort: () => ListeningPort;
  /** All addresses at a port are one. */
  readonly #onAllAddresses: boolean;
  /** In the order of the addresses; empty before listen(). */
  #ports: ListeningPort[] = [];
  /** Given up; they keep the connections that they have. */
  readonly #givenUp = new Set<ListeningPort>();

  constructor(createPort: () => ListeningPort, onAllAddresses: boolean) {
    this.#createPort = createPort;
    this.#onAllAddresses = onAllAddresses;
  }

  /** Of the first address. */
  get address(): ServerAddress | undefined {
    return this.#ports[0]?.address;
  }

  /** Rejects with TransportListenError when none can be had. */
  async listen(addresses: readonly ServerAddress[]): Promise<void> {
    const places = this.#distinct(addresses);
    this.#ports = places.map(() => this.#createPort());
    const openings = this.#ports.map((port, index) => port.listen(places[index] as ServerAddress));
    const results = await Promise.allSettled(openings);
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
    if (failed.length === results.length) throw failed[0] as Error;
    for (const [index, { status }] of results.entries()) if (status === 'rejected') this.#ports[index]?.keepTrying();
  }

  /** Before listen() nothing is to be moved. */
  moveTo(addresses: readonly ServerAddress[]): void {
    if (this.#ports.length === 0) return;
    const places = this.#distinct(addresses);
    for (const port of this.#ports.splice(places.length)) this.#giveUp(port);
    for (const [index, place] of places.entries()) {
      const port = this.#ports[index];
      if (port !== undefined) port.moveTo(place);
      else this.#ports.push(this.#opened(place));
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#ports, ...this.#givenUp].map((port) => port.close()));
  }

  #opened(place: ServerAddress): ListeningPort {
    const port = this.#createPort();
    port.openLater(place);
    return port;
  }

  #giveUp(port: ListeningPort): void {
    this.#givenUp.add(port);
    void port.retire().then(() => this.#givenUp.delete(port));
  }

  #distinct(addresses: readonly ServerAddress[]): readonly ServerAddress[] {
    if (!this.#onAllAddresses) return addresses;
    return addresses.filter(({ port }, index) => addresses.findIndex((other) => other.port === port) === index);
  }
}
