import { formatZxid, type ServerId, type Zxid } from '@zebu/protocol';
import type { HistoryNode } from '../model/history-node.ts';
import { freshReconfigs } from '../model/zab-model.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { AppliedEvent, ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on `applied` by a step, COMMIT and INFORM as received, and for a leader on the ACKs that it received and on its own `flushed`.
 * No violation: `applied` by a restore, which brings back the whole log and with it a tail that nobody knows to be committed; therefore nobody
 * is served then. What was known to be committed may be applied later, in another role too.
 */
export class ApplyAfterCommit extends ZabChecker implements ZabObserver {
  readonly name = 'apply-after-commit';
  readonly property = 'a server applies a txn in a step only once it knows that it is committed';

  onApplied(server: ServerModel, { by, zxid }: AppliedEvent, history: HistoryNode | undefined): void {
    if (by !== 'step' || history === undefined || zxid <= server.knownCommitted) return;
    const committed = this.#committedAsLeader(server);
    if (committed !== undefined && zxid <= committed) {
      // Known from now on, whatever role follows.
      server.knownCommitted = zxid;
      return;
    }
    const known = committed !== undefined && committed > server.knownCommitted ? committed : server.knownCommitted;
    this.report(
      `server ${server.id} applied ${formatZxid(zxid)}, but knows only ${formatZxid(known)} to be committed`,
      [server.id],
    );
  }

  /** What a quorum acknowledged to it while it led; undefined for whoever is no established leader. */
  #committedAsLeader(server: ServerModel): Zxid | undefined {
    const { id, durable, leading = server.ledBefore } = server;
    if (leading === undefined) return undefined;
    const { initialHistory, acks } = leading.epoch;
    if (initialHistory === undefined || !this.model.isAccepted(leading.epoch)) return undefined;
    const held = new Map<ServerId, Zxid>([...acks, [id, durable.zxid]]);
    const holders = ({ zxid }: HistoryNode): Set<ServerId> =>
      new Set([...held].filter(([, upTo]) => upTo >= zxid).map(([holder]) => holder));
    // What lies before a reconfig needs no quorum of the servers that it brings.
    const beforeReconfigs = freshReconfigs(leading.proposed).map(({ parent }) => (parent as HistoryNode).zxid);
    const ends = [...new Set([...held.values(), ...beforeReconfigs])].sort((left, right) =>
      left < right ? 1 : left > right ? -1 : 0,
    );
    for (const end of ends) {
      const history = this.model.tree.floor(leading.proposed, end);
      if (history.zxid <= initialHistory.zxid) break;
      if (this.model.mayCommit(history, freshReconfigs(history), holders)) return history.zxid;
    }
    return initialHistory.zxid;
  }
}
