import { formatZxid } from '@zebu/protocol';
import type { HistoryNode, Txn } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on ACK, COMMIT, INFORM and `applied` with the logs behind them. No violation: two txns of a zxid of which one never was acknowledged or
 * committed; the history that lost may keep it until it is cut.
 */
export class ZxidsUsedOnce extends ZabChecker implements ZabObserver {
  readonly name = 'zxids-used-once';
  readonly property = 'a zxid that was ever acknowledged or committed has one content';

  onCommitted(server: ServerModel, history: HistoryNode): void {
    this.#settle(server, history);
  }

  onAcknowledged(server: ServerModel, history: HistoryNode): void {
    this.#settle(server, history);
  }

  #settle(server: ServerModel, history: HistoryNode): void {
    for (let at = history; !at.settled; at = at.parent as HistoryNode) {
      at.settled = true;
      this.#settleTxn(server, at.txn as Txn);
    }
  }

  #settleTxn(server: ServerModel, txn: Txn): void {
    if (txn.settled) return;
    txn.settled = true;
    const other = this.model.tree.txnsAt(txn.zxid).find((candidate) => candidate !== txn && candidate.settled);
    if (other === undefined || txn.isUnseen || other.isUnseen) return;
    this.report(`server ${server.id} acknowledged or committed a second txn with zxid ${formatZxid(txn.zxid)}`, [
      server.id,
    ]);
  }
}
