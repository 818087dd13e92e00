// Somebody outside an ensemble of two (oraclePath) who sees both machines, and lets one go on alone only while the other is down, and only one that
// holds all that anybody may have acknowledged.

import { type Millis, type ServerId, ZERO_ZXID, type Zxid } from '@zebu/protocol';
import type { HistoryEvent, TxnSummary } from '../history/event.ts';
import type { SeededRandom } from '../world/seeded-random.ts';
import type { World } from '../world/world.ts';

/** How long it takes to notice that a server is gone, or back. */
const NOTICED_WITHIN_MS: Millis = 800;

export class TruthfulOracle {
  readonly #world: World;
  readonly #random: SeededRandom;
  /** Those without whom nothing can have been acknowledged that the rest lacks. */
  #holders: ReadonlySet<ServerId>;
  #alone: ServerId | undefined;
  /** The end of what the one that went on alone may have acknowledged by itself. Whatever is committed behind it, both hold. */
  #aloneUntil: Zxid | undefined;
  readonly #lastLogged = new Map<ServerId, Zxid>();
  #grantCount = 0;

  constructor(world: World, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
    this.#holders = new Set(world.voters);
    world.history.listen((event) => this.#onEvent(event));
  }

  get grantCount(): number {
    return this.#grantCount;
  }

  /** Can go on alone, whenever the other one is gone. */
  holdsAll(server: ServerId): boolean {
    return this.#holders.has(server);
  }

  #onEvent(event: HistoryEvent): void {
    if (event.type === 'appended') this.#onAppended(event.server, event.txns);
    // What a leader does not read back but applies, a quorum has acknowledged.
    else if (event.type === 'applied' && event.by === 'step' && this.#world.leader() === event.server)
      this.#onCommitted(event.zxid);
    else if (event.type === 'oracleAnswered' && !event.grants && event.server === this.#alone)
      this.#onTakenBack(event.server);
    else if (event.type === 'started' || event.type === 'ended' || (event.type === 'role' && event.serving))
      this.#lookSoon();
  }

  #lookSoon(): void {
    this.#world.time.after(this.#random.between(0, NOTICED_WITHIN_MS), () => this.#look());
  }

  #look(): void {
    const world = this.#world;
    const alone = this.#alone;
    if (alone !== undefined) {
      // While the other one is down, or not in sync, what the one acknowledges is nowhere else.
      if (world.voters.every((id) => this.#isInSync(id))) world.setOracle(alone, false);
      return;
    }
    const [down, ...more] = world.voters.filter((id) => !world.isUp(id));
    const left = world.voters.find((id) => world.isUp(id));
    if (down === undefined || more.length > 0 || left === undefined || !this.#holders.has(left)) return;
    this.#alone = left;
    this.#holders = new Set([left]);
    this.#aloneUntil = undefined;
    this.#grantCount++;
    world.setOracle(left, true);
  }

  #isInSync(id: ServerId): boolean {
    const view = this.#world.view(id);
    return view?.serving === true && !view.readOnly;
  }

  #onAppended(server: ServerId, txns: readonly TxnSummary[]): void {
    const last = txns.at(-1);
    if (last !== undefined) this.#lastLogged.set(server, last.zxid);
  }

  /** Only now does the server know. */
  #onTakenBack(server: ServerId): void {
    this.#alone = undefined;
    this.#aloneUntil = this.#lastLogged.get(server) ?? ZERO_ZXID;
    this.#lookSoon();
  }

  #onCommitted(zxid: Zxid): void {
    if (this.#alone !== undefined || this.#aloneUntil === undefined || zxid <= this.#aloneUntil) return;
    this.#aloneUntil = undefined;
    this.#holders = new Set(this.#world.voters);
  }
}
