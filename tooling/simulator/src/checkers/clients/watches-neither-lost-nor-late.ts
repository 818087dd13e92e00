// A watch that fires once: the first change after the read that left it is told before the session is answered anything that has seen the
// change; once; and nothing is told when nothing changed. Since it is told before such an answer, a session that was answered later than the
// change, over whatever connections, and was not told, has lost it.
// A watch that stays tells of each change, in order, as long as the connection holds. What changes between two connections it does not
// tell, as in ZooKeeper: it is judged from the first answer of a connection to the last.
// Changes that nobody asked for (ephemerals that go with their session, containers and TTLs) may be told; nobody knows their zxids.

import { unreachable, type Zxid } from '@zebu/protocol';
import type { HistoryEvent } from '../../history/event.ts';
import { ClientChecker } from './client-checker.ts';
import {
  type Change,
  type DoneChange,
  hex,
  nameOf,
  type Operation,
  parentOf,
  type PathRecord,
  type SessionRecord,
} from './client-record.ts';
import { changesOf, type Firing, heardBefore, type Telling, tellingOf, type Watch, watchOf } from './watch-story.ts';

/** A stretch of one connection: what changes above `from` and up to `to` must be told in it. */
interface Stretch {
  readonly from: Zxid;
  readonly to: Zxid;
  readonly beginIndex: number;
  readonly endIndex: number;
}

export class WatchesNeitherLostNorLate extends ClientChecker {
  readonly name = 'watches-neither-lost-nor-late';
  readonly property =
    'A watch tells of the first change behind its read, or of each, before its session sees the change, and of nothing else.';
  /** By client and number. */
  readonly #watches = new Map<string, Watch>();

  protected override onReturned(operation: Operation): void {
    const watch = watchOf(operation);
    if (watch !== undefined) this.#watches.set(`${operation.client} ${operation.number}`, watch);
  }

  protected override onOther(event: HistoryEvent, index: number): void {
    if (event.type !== 'watchFired' || event.event === 'sessionLost') return;
    const watch = this.#watches.get(`${event.client} ${event.watch}`);
    if (watch === undefined) {
      this.report(event.at, index, `watch #${event.watch} of ${event.client} fires before its read is answered`);
      return;
    }
    const firing: Firing = { index, at: event.at, event: event.event, path: event.path };
    if (!stays(watch) && watch.firings.length > 0) {
      this.#accuse(firing, watch, 'fires a second time');
    }
    watch.firings.push(firing);
    // Whatever it tells of was asked for by now.
    if (!this.#isExplained(firing)) this.#accuse(firing, watch, 'tells of what nobody did');
  }

  protected override judge(): void {
    const changes = changesOf(this.record);
    for (const watch of this.#watches.values()) {
      if (stays(watch)) this.#judgeStanding(watch, changes);
      else this.#judgeOnce(watch, changes);
    }
  }

  #judgeOnce(watch: Watch, changes: readonly DoneChange[]): void {
    const { operation, firings } = watch;
    const { outcome, client } = operation;
    const since = outcome?.zxid;
    if (since === undefined) return;
    const first = changes.find((change) => change.zxid > since && tellingOf(watch, change) !== undefined);
    const [firing] = firings;
    if (firing !== undefined && !this.#isChangedSince(firing, since)) {
      this.#accuse(firing, watch, `tells of what was so as of ${hex(since)}`);
    }
    if (first === undefined) return;
    const heard = heardBefore(this.record.session(client), firing?.index ?? Number.POSITIVE_INFINITY);
    if (heard < first.zxid) return;
    const what = `${nameOf(first.operation)} at ${hex(first.zxid)}`;
    if (firing === undefined) {
      this.blame(operation, `${describe(watch)} never told of ${what}; its session was answered as of ${hex(heard)}`);
    } else {
      this.#accuse(firing, watch, `tells too late of ${what}: its session had been answered as of ${hex(heard)}`);
    }
  }

  /** Some change that explains the firing may have come after the read. */
  #isChangedSince(firing: Firing, since: Zxid): boolean {
    const mayFollow = ({ zxid, path, request }: Change): boolean => {
      if (zxid === undefined || zxid > since) return true;
      // Made before the read, gone by itself after it.
      return request.type === 'create' && firing.event !== 'created' && this.#mayVanish(path);
    };
    return this.#explanations(firing).some(mayFollow) || this.#mayBeNameless(firing);
  }

  #judgeStanding(watch: Watch, changes: readonly DoneChange[]): void {
    const session = this.record.session(watch.operation.client);
    this.#checkCounts(watch);
    const tellings = changes
      .map((change) => tellingOf(watch, change))
      .filter((telling): telling is Telling => telling !== undefined);
    for (const stretch of stretchesOf(watch, session)) this.#checkStretch(watch, session, tellings, stretch);
  }

  #checkStretch(watch: Watch, session: SessionRecord, tellings: readonly Telling[], stretch: Stretch): void {
    const firings = watch.firings.filter(({ index }) => index > stretch.beginIndex && index < stretch.endIndex);
    let position = 0;
    for (const { event, path, change } of tellings) {
      const zxid = change.zxid as Zxid;
      if (zxid <= stretch.from || zxid > stretch.to) continue;
      while (position < firings.length && !(firings[position]?.event === event && firings[position]?.path === path)) {
        position++;
      }
      const what = `${nameOf(change.operation)} at ${hex(zxid)}`;
      const firing = firings[position++];
      if (firing === undefined) {
        this.blame(
          watch.operation,
          `${describe(watch)} did not tell in its order of ${what}; its session was answered as of ${hex(stretch.to)}`,
        );
        return;
      }
      const heard = heardBefore(session, firing.index);
      if (heard >= zxid) this.#accuse(firing, watch, `tells too late of ${what}: answers had reached ${hex(heard)}`);
    }
  }

  /** Told as often as it can have happened, at most. */
  #checkCounts(watch: Watch): void {
    const counts = new Map<string, number>();
    for (const firing of watch.firings) {
      const key = `${firing.event} ${firing.path}`;
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      const most = this.#mostOften(firing);
      if (count > most) this.#accuse(firing, watch, `told ${count} times of what happened ${most} times at most`);
    }
  }

  #mostOften(firing: Firing): number {
    if (firing.event === 'childrenChanged') return Number.POSITIVE_INFINITY;
    const record = this.record.paths.get(firing.path);
    const counted = this.#explanations(firing).length;
    // One that nobody deletes goes once for each time that it was made; a creation without a name may be this one.
    return record === undefined || counted === 0 ? Number.POSITIVE_INFINITY : counted;
  }

  #isExplained(firing: Firing): boolean {
    return this.#explanations(firing).length > 0 || this.#mayBeNameless(firing);
  }

  /** Changes, not known to have failed, that the firing may tell of. */
  #explanations({ event, path, index }: Firing): Change[] {
    const explains = (change: Change): boolean =>
      change.state !== 'refused' && change.operation.invokedIndex < index && this.#fits(event, change);
    if (event !== 'childrenChanged') return (this.record.paths.get(path)?.changes ?? []).filter(explains);
    return this.#childrenOf(path).flatMap(({ changes }) => changes.filter(explains));
  }

  #fits(event: Firing['event'], { path, request }: Change): boolean {
    switch (event) {
      case 'created':
        return request.type === 'create';
      case 'dataChanged':
        // A watch that is set again tells of another znode in the place of the first as of a change, and clients pass that on to all
        // that watch the path.
        return request.type !== 'delete';
      case 'deleted':
        return request.type === 'delete' || (request.type === 'create' && this.#mayVanish(path));
      case 'childrenChanged':
        return request.type !== 'setData';
      case 'sessionLost':
        return false;
      default:
        return unreachable(event);
    }
  }

  #mayVanish(path: string | undefined): boolean {
    return path !== undefined && this.record.path(path).mayVanish;
  }

  /** A sequential creation whose name is not known yet made it, or changed the children. */
  #mayBeNameless({ event, path }: Firing): boolean {
    for (const { request } of this.record.nameless) {
      if (event === 'childrenChanged' ? parentOf(request.path) === path : path.startsWith(request.path)) return true;
    }
    return false;
  }

  #childrenOf(parent: string): PathRecord[] {
    return [...this.record.paths.values()].filter(({ path }) => path !== parent && parentOf(path) === parent);
  }

  #accuse({ at, index, event, path }: Firing, watch: Watch, message: string): void {
    this.report(at, index, `${describe(watch)} ${message} (${event} ${path})`);
  }
}

const stays = ({ kind }: Watch): boolean => kind === 'persistent' || kind === 'recursive';

const describe = (watch: Watch): string => `the watch of ${nameOf(watch.operation)}`;

/** From the answer to addWatch on, and from the first answer of each later connection. */
function stretchesOf({ operation }: Watch, { answered, connections }: SessionRecord): Stretch[] {
  const stretches: Stretch[] = [];
  let beginIndex = operation.returnedIndex;
  const ends = connections.filter(({ isUp, index }) => !isUp && index > beginIndex).map(({ index }) => index);
  for (const endIndex of [...ends, Number.POSITIVE_INFINITY]) {
    const within = answered.filter(
      ({ returnedIndex, request }) =>
        returnedIndex >= beginIndex && returnedIndex < endIndex && request.type !== 'closeSession',
    );
    const from = within[0]?.outcome?.zxid;
    const to = within.at(-1)?.outcome?.zxid;
    if (from !== undefined && to !== undefined) {
      stretches.push({ from, to, beginIndex: (within[0] as Operation).returnedIndex, endIndex });
    }
    beginIndex = endIndex;
  }
  return stretches;
}
