// The header of a read's reply says up to which zxid the server had applied. What the read shows must be the state at that zxid: every
// change that is known to have been done by then is in it, and none after. Changes of unknown outcome may be in it or not.

import { ClientChecker } from './client-checker.ts';
import {
  type DoneChange,
  hex,
  inOrder,
  isDone,
  nameOf,
  parentOf,
  type PathRecord,
  type Read,
} from './client-record.ts';

/** A znode, and what is known to have happened to it, in order. */
interface Timeline {
  readonly record: PathRecord;
  readonly changes: readonly DoneChange[];
}

export class ReadsAtTheirZxid extends ClientChecker {
  readonly name = 'reads-at-their-zxid';
  readonly property =
    'A read shows the state at the zxid of its reply: all that was done by then, and nothing of what came after.';

  protected override judge(): void {
    const children = new Map<string, Timeline[]>();
    for (const record of this.record.paths.values()) {
      const timeline: Timeline = { record, changes: inOrder(record.changes) };
      const parent = parentOf(record.path);
      const siblings = children.get(parent);
      if (siblings === undefined) children.set(parent, [timeline]);
      else siblings.push(timeline);
      for (const read of record.reads) this.#checkRead(timeline, read);
    }
    for (const record of this.record.paths.values()) {
      for (const listing of record.listings) this.#checkListing(record.path, children.get(record.path) ?? [], listing);
    }
  }

  #checkRead(timeline: Timeline, read: Read): void {
    const { operation, stat, zxid } = read;
    const last = lastBefore(timeline, read);
    if (stat === undefined) {
      if (last !== undefined && mustBeThere(timeline, last, read)) {
        this.blame(
          operation,
          `${nameOf(operation)} as of ${hex(zxid)} finds nothing, after ${nameOf(last.operation)} at ${hex(last.zxid)}`,
        );
      }
      return;
    }
    if (stat.mzxid > zxid) {
      this.blame(operation, `${nameOf(operation)} as of ${hex(zxid)} shows a write of ${hex(stat.mzxid)}`);
    }
    if (last === undefined) return;
    const isBehind = last.request.type === 'delete' ? stat.czxid < last.zxid : stat.mzxid < last.zxid;
    if (isBehind) {
      this.blame(
        operation,
        `${nameOf(operation)} as of ${hex(zxid)} shows mzxid ${hex(stat.mzxid)}, before ${nameOf(last.operation)} at ${hex(last.zxid)}`,
      );
    }
  }

  #checkListing(parent: string, children: readonly Timeline[], listing: Read): void {
    const { operation, zxid } = listing;
    if (listing.children === undefined) return;
    const prefix = parent === '/' ? '/' : `${parent}/`;
    const listed = new Set(listing.children.map((name) => prefix + name));
    for (const child of children) {
      const { path } = child.record;
      const last = lastBefore(child, listing);
      if (last === undefined) continue;
      if (!listed.has(path)) {
        if (!mustBeThere(child, last, listing)) continue;
        this.blame(
          operation,
          `${nameOf(operation)} as of ${hex(zxid)} lacks ${path}, created by ${nameOf(last.operation)} at ${hex(last.zxid)}`,
        );
      } else if (last.request.type === 'delete' && !mayBeCreatedAgain(child, last)) {
        this.blame(operation, `${nameOf(operation)} as of ${hex(zxid)} lists ${path}, deleted at ${hex(last.zxid)}`);
      }
    }
  }
}

function lastBefore({ changes }: Timeline, { zxid }: Read): DoneChange | undefined {
  return changes.findLast((change) => change.zxid <= zxid);
}

/** After this last known change nothing can have removed it. */
function mustBeThere({ record }: Timeline, last: DoneChange, { operation }: Read): boolean {
  if (last.request.type === 'delete' || record.mayVanish) return false;
  return !record.changes.some(
    (change) =>
      change.request.type === 'delete' &&
      change.state === 'open' &&
      change.operation.invokedIndex < operation.returnedIndex,
  );
}

const mayBeCreatedAgain = ({ record }: Timeline, last: DoneChange): boolean =>
  record.changes.some(
    (change) =>
      change.request.type === 'create' && change.state !== 'refused' && (!isDone(change) || change.zxid > last.zxid),
  );
