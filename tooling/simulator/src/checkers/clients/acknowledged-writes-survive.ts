// What is there when all is calm and read back: every acknowledged write, unless a later one took its place; writes of unknown outcome once
// or not at all; refused ones not. Only reads behind a sync of the reading phase count as the end.

import { ClientChecker } from './client-checker.ts';
import { hex, inOrder, nameOf, type Operation, parentOf, type PathRecord, type Read, readOf } from './client-record.ts';

export class AcknowledgedWritesSurvive extends ClientChecker {
  readonly name = 'acknowledged-writes-survive';
  readonly property =
    'At the end every acknowledged write is there exactly once, one of unknown outcome at most once, and a refused one not at all.';
  /** Clients that synced in the reading phase. */
  readonly #readers = new Set<string>();
  /** The last word on each path. */
  readonly #finalReads = new Map<string, Read>();
  readonly #finalListings = new Map<string, Read>();
  /** Where each created znode was seen, by its data: path and czxid. */
  readonly #places = new Map<string, string>();

  protected override onReturned(operation: Operation): void {
    const { request, outcome, client } = operation;
    if (request.type === 'sync' && outcome?.ok === true && this.record.readingAt !== undefined) {
      this.#readers.add(client);
    }
    const read = readOf(operation);
    if (read === undefined || !('path' in request)) return;
    if (request.type === 'getData') this.#checkPlace(read, request.path);
    if (!this.#readers.has(client)) return;
    if (request.type === 'getChildren') this.#finalListings.set(request.path, read);
    else this.#finalReads.set(request.path, read);
  }

  protected override judge(): void {
    for (const record of this.record.paths.values()) {
      const read = this.#finalReads.get(record.path);
      if (read !== undefined) this.#checkFinal(record, read);
      this.#checkListed(record);
    }
  }

  /** One creation makes one znode, once. */
  #checkPlace({ operation, data, stat }: Read, path: string): void {
    if (typeof data !== 'string' || stat === undefined) return;
    const change = this.record.changesByData.get(data);
    if (change?.request.type !== 'create') return;
    const place = `${path} at ${hex(stat.czxid)}`;
    const other = this.#places.get(data);
    if (other !== undefined && other !== place) {
      this.blame(operation, `${nameOf(change.operation)} was done twice: ${other}, and ${place}`);
    }
    this.#places.set(data, place);
  }

  #checkFinal(record: PathRecord, { operation, stat, data }: Read): void {
    const last = inOrder(record.changes).at(-1);
    const isOpen = record.changes.some(({ state }) => state === 'open');
    const change = typeof data === 'string' ? this.record.changesByData.get(data) : undefined;
    if (change?.state === 'refused') {
      this.blame(operation, `${record.path} ends as ${nameOf(change.operation)}, which was refused`);
    }
    if (last === undefined) {
      if (stat !== undefined && !isOpen) {
        this.blame(operation, `${record.path} is there at the end, although nothing created it`);
      }
      return;
    }
    const name = `${nameOf(last.operation)} of ${hex(last.zxid)}`;
    if (last.request.type === 'delete') {
      if (stat !== undefined && stat.czxid < last.zxid) this.blame(operation, `${name} is undone at the end`);
    } else if (stat === undefined) {
      if (!record.mayVanish && !isOpen)
        this.blame(operation, `${name} is lost: ${record.path} is not there at the end`);
    } else if (stat.mzxid < last.zxid) {
      this.blame(operation, `${name} is lost: ${record.path} ends with the write of ${hex(stat.mzxid)}`);
    }
  }

  #checkListed(record: PathRecord): void {
    const listing = this.#finalListings.get(parentOf(record.path));
    const last = inOrder(record.changes).at(-1);
    if (listing?.children === undefined || last === undefined || record.mayVanish) return;
    if (last.zxid > listing.zxid || record.changes.some(({ state }) => state === 'open')) return;
    const isListed = listing.children.includes(record.path.slice(record.path.lastIndexOf('/') + 1));
    if (isListed === (last.request.type !== 'delete')) return;
    this.blame(
      listing.operation,
      `${record.path} is ${isListed ? 'listed' : 'not listed'} at the end, after ${nameOf(last.operation)} of ${hex(last.zxid)}`,
    );
  }
}
