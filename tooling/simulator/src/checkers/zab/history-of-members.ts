import { formatZxid } from '@zebu/protocol';
import { areComparable, commonPrefix, type HistoryNode } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * I-10. A server is a member of an epoch from when its currentEpoch says so until another leader begins to change its history, also while it is
 * down. Relies on `epochDurable` and on all that changes a log.
 * No violation: members of different epochs, and servers amid a synchronization, whose tails are still to be cut.
 */
export class HistoryOfMembers extends ZabChecker implements ZabObserver {
  readonly name = 'history-of-members';
  readonly property = 'I-10: of two members of an epoch, the history of one is a prefix of that of the other';
  /** By epoch: the longest history of a member that was compared with all others. */
  readonly #longest = new Map<number, HistoryNode>();

  onHistory(server: ServerModel): void {
    const { memberOf, log } = server;
    if (memberOf === undefined) return;
    const longest = this.#longest.get(memberOf);
    if (longest === undefined || log.depth >= longest.depth) this.#longest.set(memberOf, log);
    // Nearly always, and then there is nobody else to look at.
    if (longest !== undefined && areComparable(longest, log)) return;
    for (const other of this.model.servers)
      if (other !== server && other.memberOf === memberOf) this.#compare(server, other);
  }

  #compare(server: ServerModel, other: ServerModel): void {
    if (areComparable(server.log, other.log) || server.log.beginsUnseen !== other.log.beginsUnseen) return;
    this.report(
      `servers ${server.id} and ${other.id} are members of epoch ${server.memberOf} with histories up to ${formatZxid(server.log.zxid)} and ${formatZxid(other.log.zxid)} that part behind ${formatZxid(commonPrefix(server.log, other.log).zxid)}`,
      [server.id, other.id],
    );
  }
}
