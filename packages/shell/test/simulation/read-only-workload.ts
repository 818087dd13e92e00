// A client that is content with reads, also where there is no quorum. What it has read from a quorum never goes away again, what it reads is what
// was written, and a server without a quorum takes nothing from it.

import { type Client, isZooKeeperError } from '@zebu/client';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedEnsemble } from './simulated-ensemble.ts';
import type { AcknowledgedCreate, Workload } from './workload.ts';

export class ReadOnlyWorkload {
  readonly violations: string[] = [];
  /** Reads that a server without a quorum answered. */
  readCount = 0;
  refusedCount = 0;
  readonly #ensemble: SimulatedEnsemble;
  readonly #workload: Workload;
  readonly #random: SeededRandom;
  #stopping = false;
  #running = false;

  constructor(ensemble: SimulatedEnsemble, workload: Workload) {
    this.#ensemble = ensemble;
    this.#workload = workload;
    this.#random = ensemble.random.fork();
  }

  start(): void {
    this.#running = true;
    void this.#run();
  }

  stop(): void {
    this.#stopping = true;
  }

  get stopped(): boolean {
    return !this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#stopping) await this.#session(this.#workload.client({ readOnly: true }));
    this.#running = false;
  }

  /** One client to the end of its session. */
  async #session(client: Client): Promise<void> {
    const seen = new Set<string>();
    for (let isOver = false; !isOver && !this.#stopping; ) {
      const written = this.#workload.acknowledged;
      try {
        if (written.length > 0) await this.#read(client, written[this.#random.below(written.length)] as never, seen);
        if (client.state === 'connectedReadOnly') await this.#write(client);
      } catch (error) {
        isOver = isZooKeeperError(error, 'SESSIONEXPIRED');
      }
      await this.#ensemble.time.sleep(this.#random.between(1, 20));
    }
    await client.close();
  }

  async #read(client: Client, { path, data }: AcknowledgedCreate, seen: Set<string>): Promise<void> {
    // What a server without a quorum shows after a start may be what the next quorum does without.
    const { state } = client;
    try {
      const found = await client.getData(path);
      if (new TextDecoder().decode(found.data ?? undefined) !== data)
        this.violations.push(`${path} holds something else`);
      if (state !== client.state) return;
      if (state === 'connected') seen.add(path);
      else this.readCount++;
    } catch (error) {
      if (isZooKeeperError(error, 'NONODE') && seen.has(path)) this.violations.push(`${path} was read and is gone`);
      throw error;
    }
  }

  async #write(client: Client): Promise<void> {
    const { sessionId } = client;
    try {
      await client.create('/never');
      if (client.sessionId === sessionId) this.violations.push('a server without a quorum has taken a write');
    } catch (error) {
      if (isZooKeeperError(error, 'NOTREADONLY')) this.refusedCount++;
      else throw error;
    }
  }
}
