import { type Epoch, formatZxid } from '@zebu/protocol';
import type { HistoryNode, Txn } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/** I-6. Relies on `applied` and on the order of `appended`: a txn is delivered where it stands in the log. */
export class GlobalPrimaryOrder extends ZabChecker implements ZabObserver {
  readonly name = 'global-primary-order';
  readonly property = 'I-6: txns of a lower epoch are delivered before those of a higher one';

  onDelivered(server: ServerModel, histories: readonly HistoryNode[]): void {
    for (const history of histories) {
      const before = history.parent as HistoryNode;
      if (epochBefore(before) <= (history.txn as Txn).epoch) continue;
      this.report(
        `server ${server.id} delivered ${formatZxid(history.zxid)} behind ${formatZxid(before.zxid)}, of a later epoch`,
        [server.id],
      );
    }
  }
}

const epochBefore = (before: HistoryNode): Epoch => before.txn?.epoch ?? (0 as Epoch);
