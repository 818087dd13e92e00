// Discovery (Zab phase 1): the promise not to follow a leader of a lower epoch, and when it may be given.

import type { FlushToken } from '@zebu/interfaces';
import { type Epoch, epochOf, MAX_EPOCH, NO_EPOCH, NO_ZXID } from '@zebu/protocol';
import type { LearnerRole } from './learner-role.ts';

export class Discovery {
  readonly #role: LearnerRole;
  /** As read from disk when learning began, or that of the leader which now asks for a new one. */
  #currentEpoch: Epoch;
  #acceptedEpochFlush: FlushToken | undefined;

  constructor(role: LearnerRole, currentEpoch: Epoch) {
    this.#role = role;
    this.#currentEpoch = currentEpoch;
  }

  /**
   * A promise not to help a leader of a lower epoch binds whose help counts. Who has no vote keeps it on disk for when it has one again, and follows
   * whoever leads, unless that would cut back what it has of a later leader.
   */
  onLeaderInfo(epoch: Epoch): void {
    const { phase, acceptedEpoch, options } = this.#role;
    if (phase === 'broadcast') return this.#onRollover(epoch);
    if (phase !== 'announced') return this.#role.abandon('LEADERINFO out of turn');
    if (!Number.isInteger(epoch) || epoch < 0 || epoch > MAX_EPOCH) return this.#role.abandon(`${epoch} is no epoch`);
    if (epoch < acceptedEpoch && (options.votes || epoch < this.#epochOfHistory))
      return this.#role.abandon(`the leader's epoch ${epoch} is below our acceptedEpoch ${acceptedEpoch}`);
    this.#role.epoch = epoch;
    if (epoch <= acceptedEpoch) this.#acknowledgeEpoch(NO_EPOCH);
    else this.#acceptEpoch(epoch);
  }

  get #epochOfHistory(): Epoch {
    return Math.max(this.#currentEpoch, epochOf(this.#role.history.lastLoggedZxid)) as Epoch;
  }

  /** The leader goes on in a new epoch, and asks for it as it asked for the one before. Of that, everything is committed. */
  #onRollover(epoch: Epoch): void {
    const { history, servedEpoch } = this.#role;
    if (servedEpoch === undefined || history.pending.length > 0)
      return this.#role.abandon('LEADERINFO before everything of the epoch was committed');
    if (!Number.isInteger(epoch) || epoch <= servedEpoch || epoch > MAX_EPOCH)
      return this.#role.abandon(`LEADERINFO of epoch ${epoch} while epoch ${servedEpoch} is led`);
    this.#currentEpoch = servedEpoch;
    this.#role.epoch = epoch;
    this.#acceptEpoch(epoch);
  }

  onFlushed(token: FlushToken): void {
    if (this.#role.phase === 'acceptingEpoch' && token >= (this.#acceptedEpochFlush as FlushToken))
      this.#acknowledgeEpoch(this.#currentEpoch);
  }

  /** The promise not to follow a lower epoch is durable before it is given, and so is the end of the log that is told with it. */
  #acceptEpoch(epoch: Epoch): void {
    this.#role.phase = 'acceptingEpoch';
    if (epoch > this.#role.acceptedEpoch) this.#role.emit({ type: 'writeAcceptedEpoch', epoch });
    this.#role.acceptedEpoch = Math.max(epoch, this.#role.acceptedEpoch) as Epoch;
    this.#acceptedEpochFlush = this.#role.flush();
  }

  /** Once this epoch was accepted before, our history may have been counted for it already: it must not be counted twice. */
  #acknowledgeEpoch(known: Epoch): void {
    this.#role.phase = 'acknowledgedEpoch';
    const currentEpoch = this.#role.damaged ? NO_EPOCH : known;
    const lastZxid = this.#role.hasHistory ? this.#role.history.lastLoggedZxid : NO_ZXID;
    this.#role.send({ type: 'ACKEPOCH', currentEpoch, lastZxid });
  }
}
