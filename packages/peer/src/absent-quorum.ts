// Says aloud when no election can end well: so many voters are damaged, or have no history, that the others are no quorum. Only people can help then.

import type { Logger } from '@zebu/interfaces';
import { NO_ZXID, type Notification, type ServerId } from '@zebu/protocol';
import type { Membership } from '@zebu/quorum';

export class AbsentQuorum {
  readonly #logger: Logger;
  /** Servers that look for a leader and may not be voted for. */
  readonly #abstaining = new Set<ServerId>();
  #reported = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** This server looks: with a history that may be voted for, or without. */
  onLooking(self: ServerId, mayVote: boolean, membership: Membership): void {
    this.#note(self, mayVote, membership);
  }

  onNotification(from: ServerId, { state, vote }: Notification, membership: Membership): void {
    this.#note(from, state !== 'LOOKING' || vote.zxid !== NO_ZXID, membership);
  }

  /** There is a leader: what was noted is from another time. */
  onRole(): void {
    this.#abstaining.clear();
    this.#reported = false;
  }

  #note(server: ServerId, mayVote: boolean, { verifier }: Membership): void {
    if (mayVote || !verifier.voters.has(server)) this.#abstaining.delete(server);
    else this.#abstaining.add(server);
    const others = new Set([...verifier.voters].filter((voter) => !this.#abstaining.has(voter)));
    if (verifier.containsQuorum(others)) this.#reported = false;
    else this.#report();
  }

  #report(): void {
    if (this.#reported) return;
    this.#reported = true;
    const servers = [...this.#abstaining].sort((left, right) => left - right).join(', ');
    this.#logger.error(
      `no quorum is left that may elect a leader: servers ${servers} are damaged or hold no history. Bring a quorum of the others back, restore a data directory from a backup, or stop all servers and run 'zebu-server recover' on the directories that are left`,
    );
  }
}
