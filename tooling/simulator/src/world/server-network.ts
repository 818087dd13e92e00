// The network between the servers: how long it takes from one to another, and the gates of paused servers at its ends.

import { createMemoryNetwork, type Delivery, type MemoryNetwork } from '@zebu/cnx-memory';
import type { ServerId } from '@zebu/protocol';
import { Delay } from './delay.ts';
import type { ProcessGate } from './process-gate.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { DelayRange } from './world.ts';

const BITS_PER_ID = 8;

export class ServerNetwork {
  readonly #time: VirtualTime;
  readonly #delays = new Map<number, Delay>();
  readonly #gates = new Map<ServerId, ProcessGate>();
  readonly memory: MemoryNetwork = createMemoryNetwork({ schedule: (delivery) => this.#schedule(delivery) });

  constructor(time: VirtualTime, random: SeededRandom, ids: readonly ServerId[], usual: DelayRange) {
    this.#time = time;
    for (const from of ids)
      for (const to of ids) this.#delays.set(direction(from, to), new Delay(random.fork(), usual));
  }

  /** Where what is meant for a server comes in. */
  setGate(id: ServerId, gate: ProcessGate): void {
    this.#gates.set(id, gate);
  }

  setDelay(a: ServerId, b: ServerId, range: DelayRange | undefined): void {
    this.#delays.get(direction(a, b))?.set(range);
    this.#delays.get(direction(b, a))?.set(range);
  }

  #schedule(delivery: Delivery): void {
    const { from, to } = delivery;
    const delay = this.#delays.get(direction(from, to)) as Delay;
    this.#time.after(delay.next(), () => {
      const gate = this.#gates.get(to);
      if (gate === undefined || gate.hasEnded) delivery.run();
      else gate.read(() => delivery.run());
    });
  }
}

const direction = (from: ServerId, to: ServerId): number => (from << BITS_PER_ID) | to;
