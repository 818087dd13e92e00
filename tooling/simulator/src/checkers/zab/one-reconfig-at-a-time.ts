import { formatZxid } from '@zebu/protocol';
import type { EpochModel } from '../model/epoch-model.ts';
import type { Txn } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Of a chain of configurations all but the last are committed: that is what makes two of them enough to count with (decisions/0005). Relies on
 * PROPOSAL and `appended` of leaders, and on COMMIT, INFORM and `applied` for what is committed.
 */
export class OneReconfigAtATime extends ZabChecker implements ZabObserver {
  readonly name = 'one-reconfig-at-a-time';
  readonly property = 'a leader proposes a configuration only when the one before is committed';

  onBroadcast(leader: ServerModel, { epoch }: EpochModel, txn: Txn): void {
    if (txn.configuration === undefined) return;
    const own = leader.leading?.proposed ?? leader.log;
    const before = this.model.tree.prefixAt(own, txn.zxid)?.parent?.reconfig;
    if (before === undefined || before.committed) return;
    this.report(
      `server ${leader.id} proposed the configuration ${formatZxid(txn.zxid)} in epoch ${epoch} while ${formatZxid(before.zxid)} is not committed`,
      [leader.id],
    );
  }
}
