import { formatZxid, type ServerId } from '@zebu/protocol';
import { commonPrefix, type HistoryNode, pathBetween, type Txn } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * I-4: if one delivers a before b, whoever delivers b delivers a before it. Relies on `applied` and `role`. Where two delivered histories part
 * and yet share a later txn, one of them has before it what the other has not. Two that share nothing after they part are agreement's.
 */
export class TotalOrder extends ZabChecker implements ZabObserver {
  readonly name = 'total-order';
  readonly property = 'I-4: all who deliver a txn delivered the same before it';

  onDivergence(server: ServerModel, history: HistoryNode, other: HistoryNode, deliverer: ServerId): void {
    const shared = commonPrefix(history, other);
    const others = new Set(pathBetween(shared, other).map((node) => node.txn));
    const both = pathBetween(shared, history).find((node) => others.has(node.txn))?.txn as Txn | undefined;
    if (both === undefined) return;
    this.report(
      `servers ${server.id} and ${deliverer} both delivered ${formatZxid(both.zxid)}, but not the same before it; they part behind ${formatZxid(shared.zxid)}`,
      [server.id, deliverer],
    );
  }
}
