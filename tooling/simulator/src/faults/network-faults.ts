// Cuts and silences of the network that overlap: a link works again when the last of them has ended.

import type { ServerId } from '@zebu/protocol';
import type { World } from '../world/world.ts';

interface Link {
  readonly a: ServerId;
  readonly b: ServerId;
  cutCount: number;
  /** From a to b, and back. */
  readonly stallCounts: [number, number];
}

export class NetworkFaults {
  readonly #world: World;
  readonly #links = new Map<string, Link>();

  constructor(world: World) {
    this.#world = world;
  }

  /** Between each of these servers and each of all others; returns what ends it. */
  cutOff(servers: readonly ServerId[]): () => void {
    const links: Link[] = [];
    for (const inside of servers)
      for (const outside of this.#world.ids) if (!servers.includes(outside)) links.push(this.#link(inside, outside));
    for (const link of links) if (link.cutCount++ === 0) this.#world.sever(link.a, link.b);
    return () => {
      for (const link of links) {
        link.cutCount--;
        this.#maybeHeal(link);
      }
    };
  }

  stall(from: ServerId, to: ServerId): () => void {
    const link = this.#link(from, to);
    const direction = from === link.a ? 0 : 1;
    link.stallCounts[direction]++;
    this.#world.stall(from, to);
    return () => {
      link.stallCounts[direction]--;
      this.#maybeHeal(link);
    };
  }

  #maybeHeal(link: Link): void {
    const { a, b, stallCounts } = link;
    if (link.cutCount > 0) return;
    this.#world.heal(a, b);
    if (stallCounts[0] > 0) this.#world.stall(a, b);
    if (stallCounts[1] > 0) this.#world.stall(b, a);
  }

  #link(one: ServerId, other: ServerId): Link {
    const [a, b] = one < other ? [one, other] : [other, one];
    const key = `${a}-${b}`;
    let link = this.#links.get(key);
    if (link === undefined) {
      link = { a, b, cutCount: 0, stallCounts: [0, 0] };
      this.#links.set(key, link);
    }
    return link;
  }
}
