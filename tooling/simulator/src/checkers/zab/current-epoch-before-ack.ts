import { counterOf, epochOf, type ServerId } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/** Of the order of durability at NEWLEADER the second half. Relies on ACK, `epochDurable` and `diskState`. No violation: an observer without a log. */
export class CurrentEpochBeforeAck extends ZabChecker implements ZabObserver {
  readonly name = 'current-epoch-before-ack';
  readonly property = "a learner's currentEpoch is durable before its ACK of NEWLEADER leaves";

  onSending(server: ServerModel, _to: ServerId, packet: PacketSummary): void {
    if (packet.type !== 'ACK' || packet.zxid === undefined || counterOf(packet.zxid) !== 0) return;
    if (this.model.needsNoDisk(server, packet.zxid)) return;
    const { id, currentEpoch } = server;
    const epoch = epochOf(packet.zxid);
    if (currentEpoch >= epoch) return;
    this.report(
      `server ${id} acknowledged NEWLEADER of epoch ${epoch} while currentEpoch on its disk is ${currentEpoch}`,
      [id],
    );
  }
}
