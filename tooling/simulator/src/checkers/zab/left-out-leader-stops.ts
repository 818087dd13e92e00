import { formatZxid, type Millis } from '@zebu/protocol';
import { type HistoryNode, isPrefix } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on COMMIT, INFORM and `applied` of leaders. No violation: what is committed together with the reconfig, acknowledgements being cumulative; a
 * leader that does not know yet that an earlier one committed the reconfig, and commits its initial history.
 */
export class LeftOutLeaderStops extends ZabChecker implements ZabObserver {
  readonly name = 'left-out-leader-stops';
  readonly property = 'a leader to which a committed configuration gives no vote commits nothing behind it';

  /** When reconfigs were first called committed: a step applies one txn after the other, and has told nobody of the last yet. */
  readonly #committedAt = new Map<HistoryNode, Millis>();

  onCommitted({ id, leading }: ServerModel, history: HistoryNode, reconfigs: readonly HistoryNode[]): void {
    for (const reconfig of reconfigs) this.#committedAt.set(reconfig, this.model.at);
    const { reconfig } = history;
    if (leading === undefined || reconfig === undefined || this.#committedAt.get(reconfig) === this.model.at) return;
    if (reconfig.txn?.configuration?.voters.has(id) !== false) return;
    const { initialHistory } = leading.epoch;
    if (initialHistory !== undefined && isPrefix(history, initialHistory)) return;
    this.report(
      `server ${id} committed ${formatZxid(history.zxid)} behind the configuration ${formatZxid(reconfig.zxid)}, which gives it no vote`,
      [id],
    );
  }
}
