import { epochOf, type ServerId } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/** Relies on NEWLEADER, `epochDurable` and `diskState`. */
export class CurrentEpochBeforeNewLeader extends ZabChecker implements ZabObserver {
  readonly name = 'current-epoch-before-newleader';
  readonly property = "a leader's own currentEpoch is durable before NEWLEADER leaves";

  onSending({ id, currentEpoch }: ServerModel, _to: ServerId, packet: PacketSummary): void {
    if (packet.type !== 'NEWLEADER' || packet.zxid === undefined) return;
    const epoch = epochOf(packet.zxid);
    if (currentEpoch >= epoch) return;
    this.report(`server ${id} sent NEWLEADER of epoch ${epoch} while currentEpoch on its disk is ${currentEpoch}`, [
      id,
    ]);
  }
}
