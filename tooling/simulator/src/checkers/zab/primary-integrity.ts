import { formatZxid } from '@zebu/protocol';
import type { EpochModel } from '../model/epoch-model.ts';
import type { HistoryNode, Txn } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * I-7: a leader that broadcasts has delivered all that anybody delivers, ever, of earlier epochs. Relies on `applied`, and on PROPOSAL and
 * `appended` of the leader. What an established leader's tree holds it has delivered, however it came there.
 */
export class PrimaryIntegrity extends ZabChecker implements ZabObserver {
  readonly name = 'primary-integrity';
  readonly property = 'I-7: before a leader broadcasts, it delivered what is delivered of earlier epochs';

  onBroadcast(_leader: ServerModel, epoch: EpochModel, txn: Txn): void {
    if (txn.broadcast?.previous !== undefined) return;
    for (const { history } of this.model.deliveredTips) this.#compare(epoch, lastBefore(epoch, history));
  }

  onDelivered(_server: ServerModel, histories: readonly HistoryNode[]): void {
    for (const epoch of this.model.epochs)
      for (const history of histories) if (epoch.lastBroadcast !== undefined) this.#compare(epoch, history);
  }

  #compare(epoch: EpochModel, { txn, isUnseen }: HistoryNode): void {
    const applied = epoch.appliedBeforeBroadcast;
    if (txn === undefined || isUnseen || applied === undefined || txn.epoch >= epoch.epoch) return;
    if (applied.beginsUnseen && applied.zxid >= txn.zxid) return;
    if (this.model.tree.holds(applied, txn)) return;
    this.report(
      `server ${epoch.leader} broadcast in epoch ${epoch.epoch} and had not delivered ${formatZxid(txn.zxid)}, which others deliver`,
      [epoch.leader],
    );
  }
}

function lastBefore({ epoch }: EpochModel, history: HistoryNode): HistoryNode {
  let at = history;
  while (at.txn !== undefined && at.txn.epoch >= epoch) at = at.parent as HistoryNode;
  return at;
}
