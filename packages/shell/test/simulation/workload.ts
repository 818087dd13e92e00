// Sessions that write unique znodes and read back what they may rely on. What was acknowledged is written down.

import { createClient, isZooKeeperError } from '@zebu/client';
import type { Zxid } from '@zebu/protocol';
import type { SimulatedEnsemble } from './simulated-ensemble.ts';

export interface AcknowledgedCreate {
  readonly path: string;
  readonly data: string;
  readonly czxid: Zxid;
}

type Client = ReturnType<typeof createClient>;

export class Workload {
  readonly acknowledged: AcknowledgedCreate[] = [];
  readonly violations: string[] = [];
  readonly #ensemble: SimulatedEnsemble;
  readonly #clients: Client[] = [];
  #stopping = false;
  #running = 0;

  constructor(ensemble: SimulatedEnsemble, clientCount: number) {
    this.#ensemble = ensemble;
    for (let client = 0; client < clientCount; client++) void this.#write(client);
  }

  /** No new writes; true once those under way have ended. */
  stop(): void {
    this.#stopping = true;
  }

  get stopped(): boolean {
    return this.#stopping && this.#running === 0;
  }

  client({ readOnly = false }: { readonly readOnly?: boolean } = {}): Client {
    const { clients, time, ids, random } = this.#ensemble;
    return createClient({
      servers: ids.map((id) => ({ host: 'simulated', port: id })),
      sessionTimeoutMs: 4000,
      readOnly,
      connectTimeoutMs: 500,
      dialer: clients.dial,
      clock: time.clock(),
      random: random.fork(),
      backoff: { initialMs: 5, maxMs: 100 },
    });
  }

  async #write(number: number): Promise<void> {
    this.#running++;
    let client = this.client();
    this.#clients.push(client);
    let lastMzxid = 0n;
    for (let count = 0; !this.#stopping; count++) {
      const path = `/w${number}-${count}`;
      const data = `${path} of ${number}`;
      try {
        await client.create(path, new TextEncoder().encode(data));
        const { stat } = await client.getData(path);
        this.acknowledged.push({ path, data, czxid: stat.czxid });
        // A session's zxids never go back.
        if (stat.czxid <= lastMzxid)
          this.violations.push(`${path} went back in time: ${stat.czxid} after ${lastMzxid}`);
        lastMzxid = stat.czxid;
      } catch (error) {
        if (isOver(error)) client = this.#renew(client);
      }
      await this.#ensemble.time.sleep(this.#ensemble.random.between(0, 5));
    }
    await client.close().catch(() => undefined);
    this.#running--;
  }

  #renew(client: Client): Client {
    void client.close().catch(() => undefined);
    const renewed = this.client();
    this.#clients.push(renewed);
    return renewed;
  }
}

const isOver = (error: unknown): boolean => isZooKeeperError(error, 'SESSIONEXPIRED');
