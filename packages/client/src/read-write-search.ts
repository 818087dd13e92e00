// While a read-only server is all that was found: asks the other servers, one at a time and ever more seldom, whether they have a quorum
// (ClientCnxn.pingRwServer).

import type { AbortSignalLike, Clock, Timer } from '@zebu/interfaces';
import type { Millis, ServerAddress } from '@zebu/protocol';

/** Whether the server serves writes; a rejection is a no. The signal ends the attempt. */
export type ReadWriteProbe = (server: ServerAddress, signal: AbortSignalLike) => Promise<boolean>;

/** ClientCnxn.minPingRwTimeout. */
const FIRST_DELAY_MS: Millis = 100;
/** ClientCnxn.maxPingRwTimeout. */
const LONGEST_DELAY_MS: Millis = 60_000;
/** For a server to answer. */
const LONGEST_PROBE_MS: Millis = 1000;

export interface ReadWriteSearchParts {
  /** Not the one that serves the client now; at least one. */
  readonly servers: readonly ServerAddress[];
  readonly probe: ReadWriteProbe;
  readonly clock: Clock;
  /** Called at most once, and not after `stop`. */
  readonly onFound: (server: ServerAddress) => void;
}

export class ReadWriteSearch {
  readonly #parts: ReadWriteSearchParts;
  readonly #abort = new AbortController();
  #next = 0;
  #delayMs = FIRST_DELAY_MS;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(parts: ReadWriteSearchParts) {
    this.#parts = parts;
    this.#arm();
  }

  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#abort.abort();
  }

  #arm(): void {
    const { clock } = this.#parts;
    this.#timer = clock.setTimer(clock.now() + this.#delayMs, () => this.#ask());
    this.#delayMs = Math.min(2 * this.#delayMs, LONGEST_DELAY_MS);
  }

  #ask(): void {
    const { servers, probe, clock } = this.#parts;
    const server = servers[this.#next] as ServerAddress;
    this.#next = (this.#next + 1) % servers.length;
    const attempt = new AbortController();
    const onAbort = (): void => attempt.abort();
    this.#abort.signal.addEventListener('abort', onAbort);
    const limit = clock.setTimer(clock.now() + LONGEST_PROBE_MS, onAbort);
    // Inside a then, so that a probe that throws is like one that rejects.
    void Promise.resolve()
      .then(() => probe(server, attempt.signal))
      .catch(() => false)
      .then((isReadWrite) => {
        limit.cancel();
        this.#abort.signal.removeEventListener('abort', onAbort);
        if (!this.#isOver) this.#onAnswer(server, isReadWrite);
      });
  }

  #onAnswer(server: ServerAddress, isReadWrite: boolean): void {
    if (!isReadWrite) return this.#arm();
    this.stop();
    this.#parts.onFound(server);
  }
}
