import { formatZxid } from '@zebu/protocol';
import type { EpochModel } from '../model/epoch-model.ts';
import { commonPrefix, type HistoryNode, isPrefix } from '../model/history-node.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * I-8. Relies on `appended` and what else changes a leader's log, NEWLEADER, the ACKs of it and `role`. Only established epochs bind later ones.
 * No violation: a leader that no quorum followed, whose tail its successors do not have.
 */
export class InitialHistoryPrefix extends ZabChecker implements ZabObserver {
  readonly name = 'initial-history-prefix';
  readonly property = 'I-8: the initial history of an established epoch is a prefix of that of every later epoch';

  onInitialHistory(epoch: EpochModel): void {
    for (const earlier of this.model.epochs) this.#compare(earlier, epoch);
  }

  onEstablished(epoch: EpochModel): void {
    for (const later of this.model.epochs) this.#compare(epoch, later);
  }

  #compare(earlier: EpochModel, later: EpochModel): void {
    const [before, after] = [earlier.initialHistory, later.initialHistory];
    if (!earlier.established || earlier.epoch >= later.epoch || before === undefined || after === undefined) return;
    if (isPrefix(before, after) || startsUnseen(before, after)) return;
    this.report(
      `epoch ${later.epoch} of server ${later.leader} begins with a history up to ${formatZxid(after.zxid)} that parts behind ${formatZxid(commonPrefix(before, after).zxid)} from that of epoch ${earlier.epoch}, which server ${earlier.leader} established up to ${formatZxid(before.zxid)}`,
      [later.leader, earlier.leader],
    );
  }
}

/** A past that nobody saw cannot be compared. */
const startsUnseen = (before: HistoryNode, after: HistoryNode): boolean => before.beginsUnseen !== after.beginsUnseen;
