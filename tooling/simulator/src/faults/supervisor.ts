// Who starts servers again: after a crash when its time has come, after a fatal end at once, and after damage to a disk as an operator would.

import type { Millis, ServerId } from '@zebu/protocol';
import type { HistoryEvent } from '../history/event.ts';
import type { World } from '../world/world.ts';

const RESTART_MS: Millis = 250;
const ENDED = 'ended by itself';
/** What a server says of files that are gone or not what was written. */
const DAMAGE = /\b(TxnLogCorrupt|TxnLogGap|SnapshotMissing|SnapshotCorrupt|EpochFile)Error\b/;
const DISK_ERROR = /\b(EIO|ENOSPC)\b/;

/** `suspect`: something on the disk was damaged. `replaced`: the disk is a new one. Until the server serves again, and has all that was committed. */
type DiskState = 'suspect' | 'replaced';

export class Supervisor {
  readonly #world: World;
  readonly #disks = new Map<ServerId, DiskState>();
  readonly #kept = new Set<ServerId>();
  /** Who is about to end, and how long it is to be down. */
  readonly #stopping = new Map<ServerId, Millis>();
  /** Ends and refusals that nothing explains. */
  readonly unexplained: { readonly server: ServerId; readonly what: string }[] = [];

  constructor(world: World) {
    this.#world = world;
    world.history.listen((event) => this.#onEvent(event));
  }

  /** A server whose disk was damaged is not back in sync yet: another one must not be damaged now. */
  get hasDamage(): boolean {
    return this.#disks.size > 0;
  }

  isDamaged(id: ServerId): boolean {
    return this.#disks.has(id);
  }

  bringBack(id: ServerId, afterMs: Millis): void {
    this.#world.time.after(afterMs, () => this.start(id));
  }

  /** In order; it is started again this long after it has ended. */
  stop(id: ServerId, downMs: Millis): void {
    this.#stopping.set(id, downMs);
    this.#world.stop(id);
  }

  start(id: ServerId): void {
    if (this.#world.isUp(id) || this.#kept.has(id)) return;
    this.#world.start(id, { dbAutocreate: this.#disks.get(id) !== 'replaced', heals: true });
  }

  /** Does not start it until `letGo`. */
  keepDown(id: ServerId): void {
    this.#kept.add(id);
  }

  isKept(id: ServerId): boolean {
    return this.#kept.has(id);
  }

  /** It may start, alone of those that are kept down. */
  admit(id: ServerId): void {
    this.#kept.delete(id);
  }

  letGo(): void {
    this.#kept.clear();
  }

  suspect(id: ServerId): void {
    this.#disks.set(id, 'suspect');
  }

  /** It comes back empty, and votes for nothing before it is synchronized (db.autocreate=false). */
  replaceDisk(id: ServerId): void {
    const description = `server ${id} gets an empty disk`;
    this.#world.history.record({ type: 'fault', kind: 'wipe', description, servers: [id] });
    this.#world.wipe(id);
    this.#disks.set(id, 'replaced');
  }

  #onEvent(event: HistoryEvent): void {
    if (event.type === 'ended') this.#onStopped(event.server);
    if (event.type === 'role' && event.serving) this.#disks.delete(event.server);
    else if (event.type === 'ended' && event.how === 'fatal') this.#onEnd(event.server, ENDED, event.reason ?? '');
    else if (event.type === 'refusedToStart') this.#onEnd(event.server, 'refused to start', event.reason);
  }

  /** However it ended. */
  #onStopped(server: ServerId): void {
    const downMs = this.#stopping.get(server);
    this.#stopping.delete(server);
    if (downMs !== undefined) this.bringBack(server, downMs);
  }

  #onEnd(server: ServerId, how: string, reason: string): void {
    if (DISK_ERROR.test(reason)) return this.bringBack(server, RESTART_MS);
    // Some damage shows only when the tree is read back.
    if (this.#disks.get(server) === 'suspect' && DAMAGE.test(reason)) return this.#giveUp(server);
    this.unexplained.push({ server, what: `${how}: ${reason}` });
    if (how === ENDED) this.bringBack(server, RESTART_MS);
  }

  /** As an operator does who reads what the server says of its disk. */
  #giveUp(server: ServerId): void {
    this.#world.time.after(RESTART_MS, () => {
      if (this.#world.isUp(server)) return;
      this.replaceDisk(server);
      this.start(server);
    });
  }
}
