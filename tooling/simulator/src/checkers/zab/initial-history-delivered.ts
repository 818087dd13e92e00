import { formatZxid } from '@zebu/protocol';
import type { EpochModel } from '../model/epoch-model.ts';
import { type HistoryNode, isPrefix, type Txn } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * I-9: who delivers a txn of an epoch has delivered the epoch's initial history before. Relies on `applied`, NEWLEADER and what changes a
 * leader's log.
 */
export class InitialHistoryDelivered extends ZabChecker implements ZabObserver {
  readonly name = 'initial-history-delivered';
  readonly property = "I-9: an epoch's initial history is a prefix of what is delivered with its txns";

  onDelivered(server: ServerModel, histories: readonly HistoryNode[]): void {
    for (const history of histories) {
      // The parent was looked at already.
      if ((history.parent as HistoryNode).txn?.epoch === (history.txn as Txn).epoch) continue;
      for (const epoch of this.model.epochs) this.#compare(server, epoch, history);
    }
  }

  #compare(server: ServerModel, { epoch, initialHistory }: EpochModel, history: HistoryNode): void {
    if (initialHistory === undefined || epoch !== history.txn?.epoch || isPrefix(initialHistory, history)) return;
    if (history.beginsUnseen !== initialHistory.beginsUnseen) return;
    this.report(
      `server ${server.id} delivered ${formatZxid(history.zxid)} behind ${formatZxid((history.parent as HistoryNode).zxid)}, but epoch ${epoch} begins with a history up to ${formatZxid(initialHistory.zxid)}`,
      [server.id],
    );
  }
}
