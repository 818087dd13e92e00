import type { ServerId } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/** Relies on LEADERINFO, `epochDurable` and `diskState`. */
export class AcceptedEpochBeforeLeaderInfo extends ZabChecker implements ZabObserver {
  readonly name = 'accepted-epoch-before-leaderinfo';
  readonly property = "a leader's own acceptedEpoch is durable before it proposes the epoch by LEADERINFO";

  onSending({ id, acceptedEpoch }: ServerModel, _to: ServerId, packet: PacketSummary): void {
    if (packet.type !== 'LEADERINFO' || packet.epoch === undefined || acceptedEpoch >= packet.epoch) return;
    this.report(
      `server ${id} sent LEADERINFO of epoch ${packet.epoch} while acceptedEpoch on its disk is ${acceptedEpoch}`,
      [id],
    );
  }
}
