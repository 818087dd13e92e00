import { formatZxid, type ServerId } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * I-14: a learner hears that a txn is committed only once it was sent that txn (ZOOKEEPER-4394, and what goes wrong when proposals do not go to
 * every learner that acknowledged the epoch). Relies on DIFF, TRUNC, SNAP, PROPOSAL and COMMIT as they were sent. COMMIT is cumulative, and
 * one that says nothing new is in order.
 */
export class CommitsInOrder extends ZabChecker implements ZabObserver {
  readonly name = 'commits-in-order';
  readonly property = 'I-14: a leader commits to a learner only what it sent it';

  onSending(leader: ServerModel, learner: ServerId, packet: PacketSummary): void {
    const isCommit = packet.type === 'COMMIT' || packet.type === 'COMMITANDACTIVATE';
    if (!isCommit || packet.zxid === undefined) return;
    const history = leader.streams.get(learner)?.history;
    if (history !== undefined && this.model.tree.prefixAt(history, packet.zxid) !== undefined) return;
    if (history?.beginsUnseen === true && packet.zxid <= history.zxid) return;
    this.report(
      `server ${leader.id} told server ${learner} that ${formatZxid(packet.zxid)} is committed, which it was not sent`,
      [leader.id, learner],
    );
  }
}
