// Which configurations of the ensemble anybody may count with: the newest that is known to be committed, and what was logged behind it. Those who plan
// faults ask it whom every one of them can do without.

import { type Ensemble, parseEnsembleText, type ServerId } from '@zebu/protocol';
import { Configuration } from '../checkers/model/configuration.ts';
import type { HistoryEvent } from '../history/event.ts';
import type { World } from '../world/world.ts';

interface InUse {
  readonly ensemble: Ensemble;
  readonly configuration: Configuration;
}

export class ConfigurationsInUse {
  readonly #world: World;
  /** Oldest first; the first is committed, as far as is known. */
  #inUse: InUse[];
  /** That some server calls committed. */
  readonly #committed = new Set<bigint>();

  constructor(world: World) {
    this.#world = world;
    this.#inUse = [inUse(world.ensemble)];
    world.history.listen((event) => this.#onEvent(event));
  }

  /** Quorums of all of them are there without these servers. */
  canDoWithout(servers: readonly ServerId[]): boolean {
    const rest = new Set(this.#world.ids.filter((id) => !servers.includes(id)));
    return this.#inUse.every(({ configuration }) => configuration.isQuorum(rest));
  }

  /** Of any of them. */
  get voters(): readonly ServerId[] {
    return this.#world.ids.filter((id) => this.#inUse.some(({ configuration }) => configuration.voters.has(id)));
  }

  /** Any of them lists the server. */
  lists(server: ServerId): boolean {
    return this.#inUse.some(({ ensemble }) => ensemble.servers.has(server));
  }

  /** The newest that is known to be committed. */
  get inForce(): Ensemble {
    return (this.#inUse[0] as InUse).ensemble;
  }

  /** Changes that were made. */
  get changeCount(): number {
    return this.#committed.size;
  }

  #onEvent(event: HistoryEvent): void {
    if (event.type === 'appended') {
      for (const { configuration } of event.txns) if (configuration !== undefined) this.#onLogged(configuration);
    } else if (event.type === 'configurationWritten') {
      const isKnown = this.#inUse.some(({ ensemble }) => ensemble.version === event.version);
      if (!isKnown || event.version === 0n) return;
      this.#committed.add(event.version);
      this.#inUse = this.#inUse.filter(({ ensemble }) => ensemble.version >= event.version);
    }
  }

  #onLogged(text: string): void {
    const ensemble = parseEnsembleText(text);
    if (this.#inUse.some(({ ensemble: { version } }) => version >= ensemble.version)) return;
    this.#inUse.push(inUse(ensemble));
  }
}

const inUse = (ensemble: Ensemble): InUse => ({ ensemble, configuration: Configuration.of(ensemble) });
