// Sessions that create unique znodes as fast as they are answered, and write down what was acknowledged.

import { type Client, createClient, isZooKeeperError } from '@zebu/client';
import { until } from './wait.ts';

export interface AcknowledgedCreate {
  readonly path: string;
  readonly data: string;
}

export class WriteLoad {
  readonly acknowledged: AcknowledgedCreate[] = [];
  readonly violations: string[] = [];
  readonly #connectString: string;
  readonly #prefix: string;
  #stopping = false;
  readonly #writers: Promise<void>[] = [];

  constructor(connectString: string, prefix: string, sessionCount: number) {
    this.#connectString = connectString;
    this.#prefix = prefix;
    for (let session = 0; session < sessionCount; session++) this.#writers.push(this.#write(session));
  }

  /** Resolves when this many more writes were acknowledged. */
  async acknowledgedMore(count: number, limitMs = 60_000): Promise<void> {
    const target = this.acknowledged.length + count;
    await until(`${count} more acknowledged writes`, () => this.acknowledged.length >= target, limitMs);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#writers);
  }

  async #write(session: number): Promise<void> {
    let client = this.#client();
    let lastZxid = 0n;
    for (let count = 0; !this.#stopping; count++) {
      const path = `${this.#prefix}-${session}-${count}`;
      const data = `${path} written once`;
      try {
        const { stat } = await client.createWithStat(path, data);
        this.acknowledged.push({ path, data });
        const read = await client.getData(path);
        // Within a session neither writes nor reads go back.
        if (read.stat.czxid !== stat.czxid || stat.czxid <= lastZxid) {
          this.violations.push(`${path}: created at ${stat.czxid}, read ${read.stat.czxid}, before that ${lastZxid}`);
        }
        lastZxid = stat.czxid;
      } catch (error) {
        if (isZooKeeperError(error, 'NONODE'))
          this.violations.push(`${path} was acknowledged and not found by its own session`);
        if (isZooKeeperError(error, 'SESSIONEXPIRED')) {
          await client.close();
          client = this.#client();
        }
      }
    }
    await client.close();
  }

  #client(): Client {
    return createClient({ connectionString: this.#connectString, sessionTimeoutMs: 8000, connectTimeoutMs: 1000 });
  }
}
