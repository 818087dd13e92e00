// Who waits for leadership to be handed over, and for how long. The peer hands it over, one transfer at a time.

import type { Clock, TransferOutcome } from '@zebu/interfaces';
import type { PeerInput } from '@zebu/peer';

/** Longer than a handover takes, and short enough for a stop: then the others elect. */
const STOP_PATIENCE_MS = 500;

type Request = Omit<Extract<PeerInput, { type: 'transferLeadership' }>, 'type'>;

export class LeadershipTransfers {
  readonly #post: (input: PeerInput) => void;
  readonly #clock: Clock;
  /** Invariant: as many as the peer has been asked and has not answered. */
  #waiting: ((outcome: TransferOutcome) => void)[] = [];

  constructor(post: (input: PeerInput) => void, clock: Clock) {
    this.#post = post;
    this.#clock = clock;
  }

  begin(request: Request): Promise<TransferOutcome> {
    if (this.#waiting.length > 0)
      return Promise.resolve({ ok: false, reason: 'leadership is being handed over already' });
    return new Promise((resolve) => {
      this.#waiting = [resolve];
      this.#post({ type: 'transferLeadership', ...request });
    });
  }

  /** Joins the transfer that is under way, if there is one. */
  async beforeStop(): Promise<TransferOutcome> {
    const ended =
      this.#waiting.length === 0
        ? this.begin({ to: undefined, leaves: true })
        : new Promise<TransferOutcome>((resolve) => this.#waiting.push(resolve));
    const reason = `not within ${STOP_PATIENCE_MS} ms`;
    return new Promise((resolve) => {
      const patience = this.#clock.setTimer(this.#clock.now() + STOP_PATIENCE_MS, () => resolve({ ok: false, reason }));
      void ended.then((outcome) => {
        patience.cancel();
        resolve(outcome);
      });
    });
  }

  end(outcome: TransferOutcome): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve(outcome);
  }
}
