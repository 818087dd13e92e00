import { formatZxid, NO_EPOCH, NO_ZXID, type ServerId } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * What a learner says of its history is on its disk: discovery decides by it. Relies on ACKEPOCH, and on all that changes a log or an epoch.
 * No violation: an epoch of -1 (it had accepted this epoch before), a zxid of -1 (nothing that may be voted for), an observer without a log. That one says
 * what its memory holds, also to a leader that knows of a vote for it: it acknowledged none of that to anybody, and reads its disk before it does.
 */
export class AckEpochIsTrue extends ZabChecker implements ZabObserver {
  readonly name = 'ackepoch-is-true';
  readonly property = 'ACKEPOCH tells the durable currentEpoch and the end of a durable log';

  onSending(server: ServerModel, _to: ServerId, packet: PacketSummary): void {
    if (packet.type !== 'ACKEPOCH' || this.model.keepsNoLog(server)) return;
    const { id, currentEpoch, log, durable } = server;
    const { epoch = NO_EPOCH, zxid = NO_ZXID } = packet;
    if (epoch !== NO_EPOCH && epoch !== currentEpoch)
      this.report(`server ${id} said that its currentEpoch is ${epoch}, but its disk says ${currentEpoch}`, [id]);
    if (zxid === NO_ZXID || (zxid === log.zxid && log === durable)) return;
    this.report(
      `server ${id} said that its history ends with ${formatZxid(zxid)}, but its log ends with ${formatZxid(log.zxid)}, durable up to ${formatZxid(durable.zxid)}`,
      [id],
    );
  }
}
