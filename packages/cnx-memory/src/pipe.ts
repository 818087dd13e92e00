// One direction of one connection: items in order, each waiting for the schedule.

import type { ServerId } from '@zebu/protocol';
import type { Delivery, DeliveryKind, Schedule } from './delivery.ts';

export interface Route {
  readonly channel: 'election' | 'quorum';
  readonly from: ServerId;
  readonly to: ServerId;
}

/** What pipes need of the network around them. */
export interface Medium {
  readonly schedule: Schedule;
  /** Nothing gets from one server to the other at present, and neither notices. */
  stalled(from: ServerId, to: ServerId): boolean;
  /** Counts deliveries. What is sent between two of them counts as sent in one turn. */
  turn: number;
  /** To be woken when a stall ends. */
  readonly waiting: Set<Pipe>;
}

interface Item {
  readonly kind: DeliveryKind;
  readonly perform: () => void;
  /** The receiving server's own finding, such as a broken connection: it does not cross the network. */
  readonly local: boolean;
  bytes: number;
}

export class Pipe {
  /** Something is no longer under way. */
  onDelivered: () => void = () => {};
  readonly #route: Route;
  readonly #medium: Medium;
  #items: Item[] = [];
  #bytes = 0;
  /** Deliveries of cleared items do nothing. */
  #generation = 0;
  /** Deliveries that came while the pipe was stalled. */
  #owed = 0;

  constructor(route: Route, medium: Medium) {
    this.#route = route;
    this.#medium = medium;
  }

  /** Under way. */
  get bytes(): number {
    return this.#bytes;
  }

  push(kind: DeliveryKind, perform: () => void, bytes = 0): void {
    this.#push({ kind, perform, local: false, bytes });
  }

  pushLocal(kind: DeliveryKind, perform: () => void): void {
    this.#push({ kind, perform, local: true, bytes: 0 });
  }

  /** The newest item has become larger; false when it is lost: the other server crashed in this very turn. */
  grow(bytes: number): boolean {
    const newest = this.#items.at(-1);
    if (newest === undefined) return false;
    newest.bytes += bytes;
    this.#bytes += bytes;
    return true;
  }

  /** What is under way is lost. */
  clear(): void {
    this.#items = [];
    this.#bytes = 0;
    this.#owed = 0;
    this.#generation++;
    this.#medium.waiting.delete(this);
  }

  /** Schedules again what came during a stall, if the stall has ended. */
  wake(): void {
    if (this.#medium.stalled(this.#route.from, this.#route.to)) return;
    this.#medium.waiting.delete(this);
    const owed = this.#items.slice(0, this.#owed);
    this.#owed = 0;
    for (const item of owed) this.#medium.schedule(this.#deliveryOf(item));
  }

  #push(item: Item): void {
    this.#items.push(item);
    this.#bytes += item.bytes;
    this.#medium.schedule(this.#deliveryOf(item));
  }

  #deliveryOf(item: Item): Delivery {
    const generation = this.#generation;
    let ran = false;
    const run = (): void => {
      if (ran || generation !== this.#generation) return;
      ran = true;
      this.#deliverNext();
    };
    const { channel, from, to } = this.#route;
    return { channel, from, to, kind: item.kind, run };
  }

  #deliverNext(): void {
    const [item] = this.#items;
    if (item === undefined) return;
    this.#medium.turn++;
    if (!item.local && this.#medium.stalled(this.#route.from, this.#route.to)) {
      this.#owed++;
      this.#medium.waiting.add(this);
      return;
    }
    this.#items.shift();
    this.#bytes -= item.bytes;
    this.onDelivered();
    item.perform();
  }
}
