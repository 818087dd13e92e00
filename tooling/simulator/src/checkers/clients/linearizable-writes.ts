// Zxids give the order of all writes, so no search for one is needed: what is left to check is that the zxids can be believed.
// - A write's zxid is above every zxid that anybody had been shown before the write was invoked: the order respects real time.
// - No zxid belongs to two requests, and none to a write that was refused.
// - A value that is read was written by the change with the read's mzxid, whoever reads it; a change of unknown outcome has one zxid for all.
// - The versions of a znode count its changes one by one in the order of their zxids, with no more gaps than changes of unknown outcome.
// - A versioned setData makes the version after the one that it named.
// Together: every write takes effect at one point between its invocation and its reply, and the points are ordered by zxid.

import { ZERO_ZXID, type Zxid } from '@zebu/protocol';
import type { ClientRequest, StatSummary } from '../../history/event.ts';
import { ClientChecker } from './client-checker.ts';
import { type Change, hex, nameOf, type Operation, type Read, readOf } from './client-record.ts';

/** The life of a znode from its creation on: zxids by version. */
interface Incarnation {
  readonly path: string;
  readonly zxids: Map<number, Zxid>;
}

export class LinearizableWrites extends ClientChecker {
  readonly name = 'linearizable-writes';
  readonly property =
    'Zxids order the writes as real time does, each belongs to one write, and versions count the writes of a znode one by one.';
  /** The highest zxid that anybody was shown. */
  #shown: Zxid = ZERO_ZXID;
  /** What had been shown when a write was invoked. */
  readonly #floors = new Map<Operation, Zxid>();
  readonly #writers = new Map<Zxid, Operation>();
  readonly #zxids = new Map<Change, Zxid>();
  readonly #incarnations = new Map<string, Incarnation>();

  protected override onInvoked(operation: Operation): void {
    if (operation.changes.length > 0) this.#floors.set(operation, this.#shown);
  }

  protected override onReturned(operation: Operation): void {
    const { outcome } = operation;
    if (outcome?.zxid === undefined) return;
    if (outcome.ok && operation.changes.length > 0) this.#onWritten(operation, outcome.zxid);
    const read = readOf(operation);
    if (read?.stat !== undefined && operation.request.type !== 'getChildren') this.#onRead(read, read.stat);
    if (outcome.zxid > this.#shown) this.#shown = outcome.zxid;
  }

  protected override judge(): void {
    for (const incarnation of this.#incarnations.values()) this.#checkVersions(incarnation);
  }

  #onWritten(operation: Operation, zxid: Zxid): void {
    const other = this.#writers.get(zxid);
    if (other !== undefined) this.blame(operation, `${nameOf(operation)} and ${nameOf(other)} both are ${hex(zxid)}`);
    this.#writers.set(zxid, operation);
    for (const change of operation.changes) this.#place(operation, change, zxid);
    const { request, outcome } = operation;
    if (outcome?.ok !== true) return;
    if (request.type === 'multi') {
      for (const [part, each] of request.operations.entries()) {
        this.#checkStat(operation, each, outcome.parts?.[part]?.stat, zxid);
      }
    } else this.#checkStat(operation, request, outcome.stat, zxid);
  }

  #checkStat(operation: Operation, request: ClientRequest, stat: StatSummary | undefined, zxid: Zxid): void {
    if (stat === undefined || (request.type !== 'setData' && request.type !== 'create')) return;
    if (request.type === 'setData') {
      // A later part of the same multi may have set it, too, but each answers as of itself.
      if (request.version >= 0 && stat.version !== request.version + 1) {
        this.blame(
          operation,
          `${nameOf(operation)} named version ${request.version} of ${request.path} and made version ${stat.version}`,
        );
      }
    } else if (stat.czxid !== zxid || stat.version !== 0) {
      this.blame(
        operation,
        `${nameOf(operation)} was ${hex(zxid)} and made a znode of ${hex(stat.czxid)}, version ${stat.version}`,
      );
    }
    if (stat.mzxid !== zxid) {
      this.blame(operation, `${nameOf(operation)} was ${hex(zxid)} and made mzxid ${hex(stat.mzxid)}`);
    }
    if (request.type === 'setData') this.#keepVersion(operation, request.path, stat);
  }

  /** The change was done at this zxid. */
  #place(seenBy: Operation, change: Change, zxid: Zxid): void {
    const placed = this.#zxids.get(change);
    if (placed === zxid) return;
    if (placed !== undefined) {
      this.blame(seenBy, `${nameOf(change.operation)} was done at ${hex(placed)} and at ${hex(zxid)}`);
      return;
    }
    this.#zxids.set(change, zxid);
    const floor = this.#floors.get(change.operation);
    if (floor !== undefined && zxid <= floor) {
      this.blame(
        seenBy,
        `${nameOf(change.operation)} was done at ${hex(zxid)}, although ${hex(floor)} had been shown before it was invoked`,
      );
    }
  }

  #onRead({ operation, data }: Read, stat: StatSummary): void {
    const path = 'path' in operation.request ? operation.request.path : '';
    if (stat.mzxid < stat.czxid || (stat.version === 0 && stat.mzxid !== stat.czxid)) {
      this.blame(
        operation,
        `${nameOf(operation)} shows version ${stat.version} with czxid ${hex(stat.czxid)} and mzxid ${hex(stat.mzxid)}`,
      );
    }
    this.#keepVersion(operation, path, stat);
    if (typeof data !== 'string' || this.record.paths.get(path)?.changes.length === 0) return;
    const change = this.record.changesByData.get(data);
    if (change === undefined) {
      this.blame(operation, `${nameOf(operation)} shows "${data}", which nobody wrote`);
    } else if (change.state === 'refused') {
      this.blame(operation, `${nameOf(operation)} shows what ${nameOf(change.operation)} was refused to write`);
    } else if (change.path === path) this.#place(operation, change, stat.mzxid);
  }

  #keepVersion(operation: Operation, path: string, { czxid, mzxid, version }: StatSummary): void {
    const key = `${path} ${czxid}`;
    let incarnation = this.#incarnations.get(key);
    if (incarnation === undefined) {
      incarnation = { path, zxids: new Map([[0, czxid]]) };
      this.#incarnations.set(key, incarnation);
    }
    const known = incarnation.zxids.get(version);
    if (known !== undefined && known !== mzxid) {
      this.blame(operation, `version ${version} of ${path} is ${hex(known)} and ${hex(mzxid)}`);
    }
    incarnation.zxids.set(version, mzxid);
  }

  #checkVersions({ path, zxids }: Incarnation): void {
    const versions = [...zxids.keys()].sort((left, right) => left - right);
    const highest = versions.at(-1) ?? 0;
    const last = this.record.operations.at(-1) as Operation;
    for (const [index, version] of versions.entries()) {
      const next = versions[index + 1];
      if (next === undefined) continue;
      if (!this.#isAfter(zxids.get(next) as Zxid, zxids.get(version) as Zxid)) {
        this.blame(
          last,
          `version ${version} of ${path} is ${hex(zxids.get(version))} and version ${next} is ${hex(zxids.get(next))}`,
        );
      }
    }
    const unknownCount = (this.record.paths.get(path)?.changes ?? []).filter(
      ({ request, state }) => request.type === 'setData' && state === 'open',
    ).length;
    const missingCount = highest + 1 - versions.length;
    if (missingCount > unknownCount) {
      this.blame(
        last,
        `${path} has version ${highest}, and ${missingCount} before it that ${unknownCount} writes of unknown outcome cannot have made`,
      );
    }
  }

  /** Only a multi makes two versions at one zxid. */
  #isAfter(later: Zxid, earlier: Zxid): boolean {
    if (later !== earlier) return later > earlier;
    const writer = this.#writers.get(later);
    return writer === undefined || writer.changes.length > 1;
  }
}
