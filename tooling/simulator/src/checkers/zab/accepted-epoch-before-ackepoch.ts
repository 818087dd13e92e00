import type { ServerId } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/** Relies on LEADERINFO, ACKEPOCH, `epochDurable` and `diskState`. */
export class AcceptedEpochBeforeAckEpoch extends ZabChecker implements ZabObserver {
  readonly name = 'accepted-epoch-before-ackepoch';
  readonly property = "a learner's acceptedEpoch is durable before its ACKEPOCH leaves";

  onSending({ id, session, acceptedEpoch }: ServerModel, _to: ServerId, packet: PacketSummary): void {
    const epoch = session?.stream?.epoch;
    if (packet.type !== 'ACKEPOCH' || epoch === undefined || acceptedEpoch >= epoch) return;
    this.report(`server ${id} sent ACKEPOCH of epoch ${epoch} while acceptedEpoch on its disk is ${acceptedEpoch}`, [
      id,
    ]);
  }
}
