// Which configurations of the ensemble anybody may count with: the newest that is known to be committed, and what was logged behind it. Those who plan
// faults ask it whom every one of them can do without.

import type { ServerId } from '@zebu/protocol';
import { Configuration } from '../checkers/model/configuration.ts';
import type { World } from '../world/world.ts';

export class ConfigurationsInUse {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Quorums of all of them are there without these servers. */
  canDoWithout(servers: readonly ServerId[]): boolean {
    const rest = new Set(this.#world.ids.filter((id) => !servers.includes(id)));
    return this.all.every((configuration) => configuration.isQuorum(rest));
  }

  get all(): readonly Configuration[] {
    return [Configuration.of(this.#world.ensemble)];
  }
}
