import { formatZxid } from '@zebu/protocol';
import type { HistoryNode, Txn } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * I-2. Relies on `applied`, and on PROPOSAL and `appended` of leaders for what was broadcast. What another leader hands on of an earlier epoch
 * is no broadcast. No violation: a history that was there before the run, of which nobody saw the leader.
 */
export class Integrity extends ZabChecker implements ZabObserver {
  readonly name = 'integrity';
  readonly property = 'I-2: what is delivered was broadcast by a leader of its epoch';

  onDelivered(server: ServerModel, histories: readonly HistoryNode[]): void {
    for (const { txn, isUnseen } of histories)
      if (!isUnseen && (txn as Txn).broadcast === undefined)
        this.report(
          `server ${server.id} delivered ${formatZxid((txn as Txn).zxid)}, which no leader of its epoch has proposed`,
          [server.id],
        );
  }
}
