import { formatZxid, type ServerId } from '@zebu/protocol';
import { areComparable, type HistoryNode, isPrefix } from '../model/history-node.ts';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on the learner's log when it sent ACKEPOCH and on what the leader sent it from DIFF, TRUNC or SNAP to NEWLEADER: together they are the
 * leader's history, all of it for a voter. Whether the learner took it is for the checkers of durability.
 * No violation: an observer or a damaged server, which an established leader hands only what is committed, and a voter that does not know yet that it is
 * one, at a follower.
 */
export class SyncedHistory extends ZabChecker implements ZabObserver {
  readonly name = 'synced-history';
  readonly property = "what a leader sends before NEWLEADER makes a learner's history equal to its own";

  onSending(leader: ServerModel, learner: ServerId, packet: PacketSummary): void {
    if (packet.type !== 'NEWLEADER') return;
    const own = leader.leading?.proposed ?? leader.log;
    const handed = leader.streams.get(learner)?.history;
    const isVoter = leader.leading !== undefined && this.#votes(own, learner);
    const counts = isVoter && !this.model.server(learner).marked;
    if (handed !== undefined && this.#isEnough(handed, own, counts)) return;
    this.report(
      `server ${leader.id} sent NEWLEADER to server ${learner}, which it left with ${handed === undefined ? 'nothing' : `a history up to ${formatZxid(handed.zxid)}`}; its own ends with ${formatZxid(own.zxid)}`,
      [leader.id, learner],
    );
  }

  #votes(history: HistoryNode, learner: ServerId): boolean {
    return this.model.configurations(history).some(({ voters }) => voters.has(learner));
  }

  #isEnough(handed: HistoryNode, own: HistoryNode, voter: boolean): boolean {
    if (handed.beginsUnseen || own.beginsUnseen) return handed.zxid === own.zxid || !voter;
    return voter ? isPrefix(own, handed) : areComparable(own, handed);
  }
}
