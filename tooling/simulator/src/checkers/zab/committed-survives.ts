import { formatZxid } from '@zebu/protocol';
import type { HistoryNode, Txn } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * A quorum that holds a txn durably is what keeps it: a leader that takes it away from one disk, be it for a moment, takes it from the quorum.
 * Relies on `truncated` and `snapshotInstalled`, and on COMMIT, INFORM and `applied` for what is committed.
 * No violation: what a server held that a reconfig leaves without a vote, whom its leader hands only what is committed by then; what one held that is
 * marked as damaged, and is no part of any quorum; a tail that is not known to be committed when it is cut; what a disk loses by itself, which is for
 * flushed-survives.
 */
export class CommittedSurvives extends ZabChecker implements ZabObserver {
  readonly name = 'committed-survives';
  readonly property = 'TRUNC and SNAP take nothing committed from a disk';

  onReplacing(server: ServerModel, next: HistoryNode): void {
    const { id, log, marked } = server;
    if (marked || this.#lostItsVote(server)) return;
    let committed = log;
    while (!committed.committed) committed = committed.parent as HistoryNode;
    const txn = committed.txn as Txn | undefined;
    if (txn === undefined || this.model.tree.holds(next, txn) || (next.beginsUnseen && next.zxid >= txn.zxid)) return;
    this.report(
      `the log of server ${id} is made to end with ${formatZxid(next.zxid)}, and held what is committed up to ${formatZxid(txn.zxid)}`,
      [id],
    );
  }

  /** Nobody counts it, says the history of the leader that it follows. */
  #lostItsVote({ id, session }: ServerModel): boolean {
    const leading = session === undefined ? undefined : this.model.server(session.leader).leading;
    if (leading?.proposed.reconfig === undefined) return false;
    return !this.model.configurations(leading.proposed).some(({ voters }) => voters.has(id));
  }
}
