// Synchronization (Zab phase 2): from the word that our log can be continued (DIFF), or was rebuilt, to UPTODATE; and what must be durable
// before NEWLEADER is acknowledged.

import type { FlushToken } from '@zebu/interfaces';
import { type Epoch, makeZxid, type Zxid } from '@zebu/protocol';
import type { Broadcast } from './broadcast.ts';
import type { LearnerRole } from './learner-role.ts';

export class Synchronization {
  readonly #role: LearnerRole;
  readonly #broadcast: Broadcast;
  #newLeaderFlush: FlushToken | undefined;

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
    this.#role.phase = 'broadcast';
    this.#role.emit({ type: 'configured', configuration });
    // Everything committed is applied before a client is served (ZOOKEEPER-3023).
    this.#broadcast.deliverCommitted();
  }
}
