// Synchronization (Zab phase 2): from the word that our log can be continued (DIFF), or was rebuilt, to UPTODATE; and what must be durable
// before NEWLEADER is acknowledged.

import type { FlushToken } from '@zebu/interfaces';
import { type Epoch, makeZxid, type Zxid } from '@zebu/protocol';
import type { Broadcast } from './broadcast.ts';
import type { LearnerRole } from './learner-role.ts';

const HEALING_SYNC_ID = 0;

export class Synchronization {
  readonly #role: LearnerRole;
  readonly #broadcast: Broadcast;
  #newLeaderFlush: FlushToken | undefined;
  /** Of a damaged server, from UPTODATE on. */
  #asksForConfirmation = false;

  constructor(role: LearnerRole, broadcast: Broadcast) {
    this.#role = role;
    this.#broadcast = broadcast;
  }

  onDiff(): void {
    if (this.#role.phase !== 'acknowledgedEpoch') return this.#role.abandon('DIFF out of turn');
    if (this.#role.onlySnapshotWillDo)
      return this.#role.abandon('DIFF, but there is nothing here that it could build on');
    this.#role.phase = 'synchronizing';
  }

  onNewLeader(zxid: Zxid): void {
    const { phase, epoch } = this.#role;
    if (phase !== 'synchronizing') return this.#role.abandon('NEWLEADER out of turn');
    if (epoch === undefined || zxid !== makeZxid(epoch, 0)) return this.#role.abandon('NEWLEADER of another epoch');
    this.#role.phase = 'acceptingNewLeader';
    // History durable, then currentEpoch durable, then ACK: an epoch on disk never hides missing txns (ZOOKEEPER-4643, ZOOKEEPER-4646).
    this.#role.emit({ type: 'writeCurrentEpoch', epoch });
    this.#newLeaderFlush = this.#role.flush();
  }

  onFlushed(token: FlushToken): void {
    if (this.#role.phase !== 'acceptingNewLeader' || token < (this.#newLeaderFlush as FlushToken)) return;
    this.#role.phase = 'acknowledgedNewLeader';
    this.#role.send({ type: 'ACK', zxid: makeZxid(this.#role.epoch as Epoch, 0) });
  }

  onUpToDate(zxid: Zxid, configuration: string): void {
    const { phase, epoch } = this.#role;
    if (phase !== 'acknowledgedNewLeader') return this.#role.abandon('UPTODATE out of turn');
    if (zxid !== makeZxid(epoch as Epoch, 0)) return this.#role.abandon('UPTODATE of another epoch');
    this.#role.emit({ type: 'configured', configuration });
    if (this.#role.damaged) return this.#askForConfirmation();
    this.#role.phase = 'broadcast';
    // Everything committed is applied before a client is served (ZOOKEEPER-3023).
    this.#broadcast.deliverCommitted();
  }

  /**
   * A quorum that this server is none of follows the leader, now and not only once: a leader that was left behind long ago says UPTODATE as well,
   * and what others committed without it, with our help, may be what we forgot. NEWLEADER was acknowledged, so all of the leader's history is durable
   * here. It does not count us for as long as it knows us as damaged; so we come again.
   */
  onConfirmed(): void {
    if (!this.#asksForConfirmation) return this.#role.abandon('SYNC, which was not asked for');
    this.#role.emit({ type: 'removeDamageMark' });
    this.#role.abandon('healed, to be counted from now on', this.#role.dependencies.leader);
  }

  /** As a client would ask; none is served. */
  #askForConfirmation(): void {
    this.#asksForConfirmation = true;
    this.#role.send({ type: 'SYNC', syncId: HEALING_SYNC_ID });
  }
}
