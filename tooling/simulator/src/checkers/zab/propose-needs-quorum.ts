import { formatZxid } from '@zebu/protocol';
import type { EpochModel } from '../model/epoch-model.ts';
import type { Txn } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/** Relies on PROPOSAL and `appended` of leaders, `role`, and the ACKs of NEWLEADER that the leader received; its own counts by itself. */
export class ProposeNeedsQuorum extends ZabChecker implements ZabObserver {
  readonly name = 'propose-needs-quorum';
  readonly property = 'nothing of an epoch is proposed or served before a quorum acknowledged NEWLEADER';

  onBroadcast(leader: ServerModel, epoch: EpochModel, txn: Txn): void {
    if (txn.broadcast?.previous === undefined) this.#compare(leader, epoch, `proposed ${formatZxid(txn.zxid)}`);
  }

  onRole(server: ServerModel): void {
    if (server.serving && server.leading !== undefined) this.#compare(server, server.leading.epoch, 'serves clients');
  }

  #compare({ id }: ServerModel, model: EpochModel, what: string): void {
    if (this.model.isAccepted(model)) return;
    const { epoch, newLeaderAcks } = model;
    const acknowledged = newLeaderAcks.size === 0 ? 'nobody' : `servers ${[...newLeaderAcks].join(', ')} alone`;
    this.report(`server ${id} ${what} in epoch ${epoch}, whose NEWLEADER ${acknowledged} acknowledged`, [id]);
  }
}
