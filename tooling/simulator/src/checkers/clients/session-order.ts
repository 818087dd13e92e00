// What one session sees comes in the order in which it asked, and never goes back: not the zxids of replies, over whatever servers the
// session moves; not what is shown of a znode; and its own writes are seen by the reads behind them.

import type { Zxid } from '@zebu/protocol';
import type { HistoryEvent } from '../../history/event.ts';
import { ClientChecker } from './client-checker.ts';
import { hex, mayBeDeleted, nameOf, type Operation, type Read, readOf } from './client-record.ts';

/** What a session saw of a znode last. */
interface Sight {
  /** As of this zxid... */
  readonly zxid: Zxid;
  /** ... this was its last write, by this session or shown to it; undefined where there was no znode. */
  readonly mzxid: Zxid | undefined;
  readonly operation: Operation;
}

interface Progress {
  lastNumber: number;
  lastXid: number;
  lastZxid: Zxid;
  readonly sights: Map<string, Sight>;
  /** Numbers of what it has asked for and no reply has come to, in order. */
  readonly unanswered: Set<number>;
}

export class SessionOrder extends ClientChecker {
  readonly name = 'session-order';
  readonly property =
    'Replies of a session come in the order of its requests, see its own writes, and never go back in time, also on another server.';
  readonly #progress = new Map<string, Progress>();

  protected override onInvoked(operation: Operation): void {
    this.#of(operation.client).unanswered.add(operation.number);
  }

  protected override onReturned(operation: Operation): void {
    const progress = this.#of(operation.client);
    progress.unanswered.delete(operation.number);
    if (operation.number < progress.lastNumber) {
      this.blame(operation, `${nameOf(operation)} returned after #${progress.lastNumber}`);
    }
    progress.lastNumber = operation.number;
    const { outcome } = operation;
    if (outcome?.zxid === undefined) return;
    const read = readOf(operation);
    if (read !== undefined && operation.request.type !== 'getChildren') this.#onRead(progress, read);
    if (!outcome.ok) return;
    for (const { path, request } of operation.changes) {
      if (path === undefined) continue;
      const mzxid = request.type === 'delete' ? undefined : outcome.zxid;
      progress.sights.set(path, { zxid: outcome.zxid, mzxid, operation });
    }
  }

  protected override onOther(event: HistoryEvent, index: number): void {
    // Negative numbers are those of pings and events, which wait for nothing.
    if (event.type !== 'replied' || event.xid <= 0) return;
    const progress = this.#of(event.client);
    if (event.xid <= progress.lastXid) {
      this.report(event.at, index, `${event.client} had the reply to #${event.xid} after that to #${progress.lastXid}`);
    }
    progress.lastXid = event.xid;
    progress.unanswered.delete(event.xid);
    // A client that is answered out of turn gives its connection up, so the reply that should have come first never comes.
    const [first = event.xid] = progress.unanswered;
    if (first < event.xid) {
      this.report(event.at, index, `${event.client} had the reply to #${event.xid} and none to #${first} before it`);
    }
    // The answer to a type that no server knows: its zxid says nothing of the tree.
    if (event.zxid < 0n) return;
    if (event.zxid < progress.lastZxid) {
      this.report(
        event.at,
        index,
        `${event.client} was answered #${event.xid} by server ${event.server} as of ${hex(event.zxid)}, after ${hex(progress.lastZxid)}`,
      );
    } else progress.lastZxid = event.zxid;
  }

  #onRead(progress: Progress, { operation, stat, zxid }: Read): void {
    const path = 'path' in operation.request ? operation.request.path : '';
    const before = progress.sights.get(path);
    if (before !== undefined) this.#compare(before, { operation, zxid, stat }, path);
    progress.sights.set(path, { zxid, mzxid: stat?.mzxid, operation });
  }

  #compare(before: Sight, { operation, stat }: Pick<Read, 'operation' | 'zxid' | 'stat'>, path: string): void {
    const seen = `${nameOf(before.operation)} as of ${hex(before.zxid)}`;
    if (stat === undefined) {
      if (before.mzxid === undefined || this.#mayBeGone(path, operation.returnedIndex)) return;
      this.blame(operation, `${nameOf(operation)} finds nothing, after ${seen}`);
    } else if (before.mzxid === undefined) {
      if (stat.czxid > before.zxid) return;
      this.blame(operation, `${nameOf(operation)} finds a znode of ${hex(stat.czxid)} that was gone for ${seen}`);
    } else if (stat.mzxid < before.mzxid) {
      this.blame(operation, `${nameOf(operation)} shows ${hex(stat.mzxid)}, after ${hex(before.mzxid)} in ${seen}`);
    }
  }

  #mayBeGone(path: string, beforeIndex: number): boolean {
    const record = this.record.path(path);
    return record.mayVanish || mayBeDeleted(record, beforeIndex);
  }

  #of(client: string): Progress {
    let progress = this.#progress.get(client);
    if (progress === undefined) {
      progress = { lastNumber: 0, lastXid: 0, lastZxid: 0n as Zxid, sights: new Map(), unanswered: new Set() };
      this.#progress.set(client, progress);
    }
    return progress;
  }
}
