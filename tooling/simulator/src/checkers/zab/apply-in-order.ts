import { formatZxid } from '@zebu/protocol';
import { type HistoryNode, isPrefix } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { AppliedEvent, ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on `applied` and on what a server was given by `appended` or its leader. Each server alone: what others have is not asked.
 * No violation: several txns in one step; a restore that goes back, after TRUNC for one.
 */
export class ApplyInOrder extends ZabChecker implements ZabObserver {
  readonly name = 'apply-in-order';
  readonly property = "a server's tree moves along its own history, forward, and takes nothing twice";

  onApplied({ id, applied }: ServerModel, { by, zxid }: AppliedEvent, history: HistoryNode | undefined): void {
    if (history === undefined)
      return this.report(`server ${id} applied ${formatZxid(zxid)}, which it does not have`, [id]);
    if (by === 'restore' || (history !== applied && isPrefix(applied, history))) return;
    const problem = isPrefix(history, applied) ? 'a second time' : 'which does not continue it';
    this.report(
      `server ${id}, whose tree was at ${formatZxid(applied.zxid)}, applied ${formatZxid(zxid)}, ${problem}`,
      [id],
    );
  }
}
