// When a server that is LOOKING serves those who are content with reads (QuorumPeer's roZkMgr, ReadOnlyZooKeeperServer). The election goes on beside it,
// knows nothing of it, and ends it.

import type { Millis } from '@zebu/protocol';
import type { ClientService } from './client-service.ts';
import type { Now } from './options.ts';

/** An election usually is over before; who never leaves a quorum for longer has no use for reads that may be old. */
const SHORTEST_GRACE_MS: Millis = 2000;

export class ReadOnlyMode {
  readonly #clients: ClientService;
  readonly #graceMs: Millis;
  /** Waiting for this; undefined while it serves, and while the server is not LOOKING. */
  #startAt: Millis | undefined;

  constructor(clients: ClientService, tickTimeMs: Millis) {
    this.#clients = clients;
    this.#graceMs = Math.max(SHORTEST_GRACE_MS, tickTimeMs);
  }

  /** The tree is as the disk has it, and an election begins; or begins again, which is no reason to cut anybody off. */
  onLooking(now: Now): void {
    if (!this.#clients.readOnly) this.#startAt ??= now.time + this.#graceMs;
  }

  /** `late`: what other servers sent meanwhile is read first, since it may be the end of the election. */
  onTick(late: boolean, now: Now): void {
    if (late || this.#startAt === undefined || now.time < this.#startAt) return;
    this.#startAt = undefined;
    this.#clients.startReadOnly(now);
  }

  /** The election or the server is over: clients go elsewhere, or come back to what the server is then. */
  end(now: Now): void {
    this.#startAt = undefined;
    if (this.#clients.readOnly) this.#clients.stop(now);
  }

  nextWakeup(): Millis | undefined {
    return this.#startAt;
  }
}
