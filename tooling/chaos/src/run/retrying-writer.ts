// A client that wants each of its writes done, and retries when a connection is lost before the answer came: as most programs do. A creation that was done
// by an attempt without an answer is found by the next one, which is told that the znode exists.

import type { ReplyZxids, WorkloadWorld } from '@zebu/simulator/clients';
import { RecordedClient } from '@zebu/simulator/clients';

export interface RetryingWriterParts {
  readonly world: WorkloadWorld;
  readonly zxids: ReplyZxids;
  /** To be read back at the end. */
  readonly written: { add(path: string): void };
  readonly name: string;
}

export interface WrittenOnce {
  readonly path: string;
  /** From the first attempt to the answer that it is done. */
  readonly tookMs: number;
  readonly attemptCount: number;
}

/** Between two attempts; the client looks for another server meanwhile. */
const RETRY_AFTER_MS = 5;

export class RetryingWriter {
  readonly writes: WrittenOnce[] = [];
  /** Creations that were told to exist and are not this writer's. */
  readonly strangers: string[] = [];
  readonly #parts: RetryingWriterParts;
  readonly #end: Promise<void>;
  #client: RecordedClient;
  #generation = 0;
  #isStopping = false;

  constructor(parts: RetryingWriterParts) {
    this.#parts = parts;
    this.#client = this.#open();
    this.#end = this.#run();
  }

  /** Ends the write that is under way, and the session. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#end;
  }

  async #run(): Promise<void> {
    for (let number = 0; !this.#isStopping; number++) {
      const path = `/${this.#parts.name}-${number}`;
      this.#parts.written.add(path);
      await this.#write(path);
    }
    await this.#client.close();
  }

  async #write(path: string): Promise<void> {
    const { time } = this.#parts.world;
    const beganAt = time.now;
    for (let attemptCount = 1; ; attemptCount++) {
      const outcome = await this.#client.create(path);
      const isDone = outcome.ok || outcome.error === 'NODEEXISTS';
      if (isDone) {
        if (!outcome.ok && attemptCount === 1) this.strangers.push(path);
        this.writes.push({ path, tookMs: time.now - beganAt, attemptCount });
        return;
      }
      if (this.#client.isOver) this.#client = this.#open();
      else await time.sleep(RETRY_AFTER_MS);
    }
  }

  #open(): RecordedClient {
    const { world, zxids, name } = this.#parts;
    return new RecordedClient(world, zxids, { name: `${name}.${this.#generation++}` });
  }
}
