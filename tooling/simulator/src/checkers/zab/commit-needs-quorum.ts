import { formatZxid, type ServerId } from '@zebu/protocol';
import type { HistoryNode, Txn } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on COMMIT, INFORM and `applied` for what is committed, on `flushed` and what else changes a log for what is durable. A disk that was
 * damaged counts with what it held before, and with nothing more while its damage mark stands. Observers are not counted. Around a reconfig a quorum
 * is one of each configuration (decisions/0005).
 */
export class CommitNeedsQuorum extends ZabChecker implements ZabObserver {
  readonly name = 'commit-needs-quorum';
  readonly property = 'nothing is committed before a quorum of voters holds it durably';

  onCommitted(server: ServerModel, history: HistoryNode, reconfigs: readonly HistoryNode[]): void {
    const holdersOf = ({ txn }: HistoryNode): Set<ServerId> =>
      new Set([...this.model.servers].filter((candidate) => this.#holds(candidate, txn as Txn)).map(({ id }) => id));
    if (history.isUnseen || this.model.mayCommit(history, reconfigs, holdersOf)) return;
    const txn = history.txn as Txn;
    const holders = [...holdersOf(history)];
    this.report(
      `server ${server.id} takes ${formatZxid(txn.zxid)} for committed, which is durable on ${holders.length === 0 ? 'no server' : `servers ${holders.join(', ')} alone`}`,
      [server.id],
    );
  }

  #holds({ durable, durableBeforeDamage, marked }: ServerModel, txn: Txn): boolean {
    return (!marked && this.#has(durable, txn)) || this.#has(durableBeforeDamage, txn);
  }

  #has(history: HistoryNode, txn: Txn): boolean {
    return history.zxid >= txn.zxid && (history.beginsUnseen || this.model.tree.holds(history, txn));
  }
}
