import { formatZxid, type ServerId } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import { ZabChecker } from '../zab-checker.ts';
import type { ZabObserver } from '../model/zab-observer.ts';

/**
 * Who serves in an epoch asks for the next one only when the whole of it is committed (decisions/0007): its learners say in ACKEPOCH how far they are, and
 * are served as if nothing happened. Relies on LEADERINFO, on PROPOSAL and `appended` of the leader, and on COMMIT and INFORM as they were sent.
 */
export class RolloverAfterCommit extends ZabChecker implements ZabObserver {
  readonly name = 'rollover-after-commit';
  readonly property = 'a leader that serves asks for a new epoch once everything of its own is committed';

  onSending({ id, leading, serving }: ServerModel, _to: ServerId, packet: PacketSummary): void {
    if (packet.type !== 'LEADERINFO' || packet.epoch === undefined || !serving || leading === undefined) return;
    const { epoch, proposed } = leading;
    if (!epoch.established || epoch.epoch >= packet.epoch || proposed.committed || proposed.isUnseen) return;
    this.report(
      `server ${id} asked for epoch ${packet.epoch} while ${formatZxid(proposed.zxid)} of epoch ${epoch.epoch} is not committed`,
      [id],
    );
  }
}
