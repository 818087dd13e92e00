// All of a multi, at one zxid, or nothing of it; also of one whose outcome nobody knows, once any part of it was seen.

import type { Zxid } from '@zebu/protocol';
import { ClientChecker } from './client-checker.ts';
import { type Change, hex, mayBeDeleted, nameOf, type Operation, type Read, readOf } from './client-record.ts';

export class MultiIsAtomic extends ClientChecker {
  readonly name = 'multi-is-atomic';
  readonly property = 'The operations of a multi are done together, at one zxid, or not at all.';
  /** Where a part was seen, by multi. */
  readonly #seen = new Map<Operation, { readonly zxid: Zxid; readonly by: Operation }>();

  protected override onReturned(operation: Operation): void {
    const { outcome } = operation;
    if (outcome?.ok !== true) return;
    if (operation.request.type === 'multi') {
      this.#place(operation, outcome.zxid, operation);
      for (const [part, { stat }] of (outcome.parts ?? []).entries()) {
        if (stat === undefined || stat.mzxid === outcome.zxid) continue;
        this.blame(operation, `part ${part} of ${nameOf(operation)} at ${hex(outcome.zxid)} is of ${hex(stat.mzxid)}`);
      }
      return;
    }
    const read = readOf(operation);
    if (typeof read?.data !== 'string' || read.stat === undefined) return;
    const change = this.record.changesByData.get(read.data);
    if (change?.operation.request.type === 'multi') this.#place(change.operation, read.stat.mzxid, operation);
  }

  protected override judge(): void {
    for (const [multi, { zxid, by }] of this.#seen) {
      const isRefused = multi.changes.some(({ state }) => state === 'refused');
      if (isRefused) this.blame(by, `a part of ${nameOf(multi)}, which was refused, was done at ${hex(zxid)}`);
      for (const change of multi.changes) this.#checkPart(change, zxid);
    }
  }

  #place(multi: Operation, zxid: Zxid, by: Operation): void {
    const seen = this.#seen.get(multi);
    if (seen === undefined) this.#seen.set(multi, { zxid, by });
    else if (seen.zxid !== zxid) {
      this.blame(by, `parts of ${nameOf(multi)} were done at ${hex(seen.zxid)} and at ${hex(zxid)}`);
    }
  }

  /** Whoever looks as of the multi's zxid or later sees this part of it, or what came later. */
  #checkPart({ path, request, operation }: Change, zxid: Zxid): void {
    if (path === undefined) return;
    const record = this.record.path(path);
    for (const read of record.reads) {
      if (read.zxid < zxid) continue;
      const isMissing = request.type === 'delete' ? isBefore(read, zxid) : isBehind(read, zxid);
      if (!isMissing) continue;
      const mayBeGone = record.mayVanish || mayBeDeleted(record, read.operation.returnedIndex);
      if (read.stat === undefined && mayBeGone) continue;
      this.blame(
        read.operation,
        `${nameOf(read.operation)} as of ${hex(read.zxid)} does not show the ${request.type} of ${nameOf(operation)} at ${hex(zxid)}`,
      );
    }
  }
}

/** The znode that was to be deleted is still there. */
const isBefore = ({ stat }: Read, zxid: Zxid): boolean => stat !== undefined && stat.czxid < zxid;

const isBehind = ({ stat }: Read, zxid: Zxid): boolean => stat === undefined || stat.mzxid < zxid;
