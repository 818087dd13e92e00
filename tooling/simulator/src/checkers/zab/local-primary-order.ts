import { formatZxid } from '@zebu/protocol';
import type { HistoryNode } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * I-5. Relies on `applied`, and on PROPOSAL and `appended` of leaders for the order of their broadcasts. What begins with a snapshot holds all
 * that is below its zxid.
 */
export class LocalPrimaryOrder extends ZabChecker implements ZabObserver {
  readonly name = 'local-primary-order';
  readonly property = 'I-5: what a leader broadcast before a txn is delivered before it';

  onDelivered(server: ServerModel, histories: readonly HistoryNode[]): void {
    for (const history of histories) {
      const previous = history.txn?.broadcast?.previous;
      const before = history.parent as HistoryNode;
      if (previous === undefined || before.txn === previous || this.model.tree.holds(before, previous)) continue;
      this.report(
        `server ${server.id} delivered ${formatZxid(history.zxid)} without ${formatZxid(previous.zxid)}, which its leader broadcast before it`,
        [server.id],
      );
    }
  }
}
