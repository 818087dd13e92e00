// Everything that crosses the network is a delivery, and whoever builds the network decides when each one happens.

import type { Random } from '@zebu/interfaces';
import { assert, type ServerId } from '@zebu/protocol';

export type DeliveryKind =
  | 'linkUp'
  | 'linkDown'
  | 'notification'
  | 'dial'
  | 'packets'
  | 'snapshotOffer'
  | 'snapshotPull'
  | 'snapshotChunk'
  | 'snapshotEnd'
  | 'snapshotConfirm'
  | 'snapshotAbort';

export interface Delivery {
  readonly channel: 'election' | 'quorum';
  readonly from: ServerId;
  readonly to: ServerId;
  /** Of the item that it was scheduled for. */
  readonly kind: DeliveryKind;
  /**
   * Delivers the oldest item under way on the same connection and direction, so that any order of calls keeps each direction in order. Once;
   * nothing happens when the connection broke meanwhile.
   */
  run(): void;
}

/** Takes a delivery to run later, never from within the call. */
export type Schedule = (delivery: Delivery) => void;

/** Runs deliveries in the order in which they were scheduled, each by `defer` (such as setImmediate or queueMicrotask). */
export function inOrder(defer: (callback: () => void) => void): Schedule {
  return (delivery) => defer(() => delivery.run());
}

/** Holds deliveries until a test or a simulation picks one. */
export class DeliveryPool {
  readonly #waiting: Delivery[] = [];
  readonly schedule: Schedule = (delivery) => {
    this.#waiting.push(delivery);
  };

  get waiting(): readonly Delivery[] {
    return this.#waiting;
  }

  /** False when nothing waits. */
  runOldest(): boolean {
    return this.#run(0);
  }

  runAny(random: Random): boolean {
    return this.#waiting.length > 0 && this.#run(random.below(this.#waiting.length));
  }

  /** Runs all, and what they lead to. */
  runAll(limit = 100_000): void {
    for (let count = 0; this.runOldest(); count++) assert(count < limit, `${limit} deliveries and no end`);
  }

  #run(index: number): boolean {
    const [delivery] = this.#waiting.splice(index, 1);
    delivery?.run();
    return delivery !== undefined;
  }
}
