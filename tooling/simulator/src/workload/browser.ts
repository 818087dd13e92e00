// A client that is content with reads, also from a server without a quorum, and that tries what it may not: a write. Only what servers in read-only mode
// answered is recorded; what a quorum answers, other sessions ask for.

import { type Client, isZooKeeperError } from '@zebu/client';
import type { ServerId } from '@zebu/protocol';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { WorkloadWorld } from './workload-world.ts';
import type { WrittenPaths } from './written-paths.ts';

export interface BrowserParts {
  readonly world: WorkloadWorld;
  readonly written: WrittenPaths;
  readonly random: SeededRandom;
  readonly isStopping: () => boolean;
}

const NAME = 'browser';
const NEVER_WRITTEN = '/never';
const TEXT = new TextDecoder();

/** Resolves when it is to stop. */
export async function browse(parts: BrowserParts): Promise<void> {
  while (!parts.isStopping()) await new Browser(parts).untilOver();
}

/** One client, to the end of its session. */
class Browser {
  readonly #parts: BrowserParts;
  readonly #client: Client;
  /** The server without a quorum that it is connected to. */
  #server: ServerId | undefined;

  constructor(parts: BrowserParts) {
    this.#parts = parts;
    this.#client = parts.world.client({ name: NAME, readOnly: true });
    this.#client.onSessionEvent((event) => {
      this.#server = event.type === 'connectedReadOnly' ? (event.server.port as ServerId) : undefined;
    });
  }

  async untilOver(): Promise<void> {
    const { world, random, written, isStopping } = this.#parts;
    while (!isStopping() && this.#client.state !== 'expired') {
      const { paths } = written;
      const path = paths[random.below(paths.length)];
      if (path !== undefined) await this.#read(path);
      if (this.#server !== undefined) await this.#write();
      await world.time.sleep(random.between(10, 200));
    }
    await this.#client.close();
  }

  async #read(path: string): Promise<void> {
    const server = this.#server;
    const data = await this.#client.getData(path).then(
      (found) => ({ known: true, text: found.data === null ? null : TEXT.decode(found.data) }),
      (error: unknown) => ({ known: isZooKeeperError(error, 'NONODE'), text: undefined }),
    );
    if (data.known) this.#record(server, path, { to: 'read', data: data.text });
  }

  async #write(): Promise<void> {
    const server = this.#server;
    const error = await this.#client.create(NEVER_WRITTEN).then(
      () => undefined,
      (reason: unknown) => (isZooKeeperError(reason) ? reason.code : String(reason)),
    );
    if (error !== 'CONNECTIONLOSS' && error !== 'SESSIONEXPIRED')
      this.#record(server, NEVER_WRITTEN, { to: 'write', error });
  }

  /** Unless it has moved meanwhile: then nobody knows who answered. */
  #record(
    server: ServerId | undefined,
    path: string,
    answer:
      | { readonly to: 'read'; readonly data: string | null | undefined }
      | { readonly to: 'write'; readonly error: string | undefined },
  ): void {
    if (server === undefined || server !== this.#server) return;
    this.#parts.world.history.record({ client: NAME, type: 'answeredWithoutQuorum', server, path, answer });
  }
}
