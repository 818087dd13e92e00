import { NO_EPOCH, NO_ZXID, type ServerId } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on what `diskState` says of the damage mark, on ACKEPOCH and `role`. That its ACKs count for nothing is said by the model, which does not
 * count them, and so by every checker that asks for a quorum.
 */
export class DamagedInNoQuorum extends ZabChecker implements ZabObserver {
  readonly name = 'damaged-in-no-quorum';
  readonly property = 'a server whose damage mark stands leads nobody, and offers no history to be counted';

  onSending({ id, marked }: ServerModel, to: ServerId, { type, epoch, zxid }: PacketSummary): void {
    if (!marked || type !== 'ACKEPOCH') return;
    if (epoch === NO_EPOCH && zxid === NO_ZXID) return;
    this.report(`server ${id} is damaged, and told server ${to} a history to be counted with`, [id]);
  }

  onRole({ id, marked, state }: ServerModel): void {
    if (marked && state === 'LEADING') this.report(`server ${id} is damaged, and leads`, [id]);
  }
}
