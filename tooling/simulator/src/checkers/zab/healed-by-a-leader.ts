import type { ServerId } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { EpochModel } from '../model/epoch-model.ts';
import { isPrefix } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on `healed`, on what a leader sent before NEWLEADER, on SYNC as the answer that a quorum confirmed it, and on `flushed` and what else changes a
 * log for what is durable. No violation: an observer without a log, which has promised nobody what is behind its snapshot.
 */
export class HealedByALeader extends ZabChecker implements ZabObserver {
  readonly name = 'healed-by-a-leader';
  readonly property =
    'a damage mark goes when all that an established leader began with is durable on the server, and a quorum confirmed that leader since, not before';
  /** To whom a sync was answered behind UPTODATE. */
  readonly #confirmed = new Set<ServerId>();

  onSending(_sender: ServerModel, to: ServerId, { type }: PacketSummary): void {
    if (type === 'UPTODATE') this.#confirmed.delete(to);
    if (type === 'SYNC') this.#confirmed.add(to);
  }

  onHealed(server: ServerModel): void {
    const { id, session, durable } = server;
    const stream = session?.stream;
    // An observer may have it from a follower of that leader. Others may have asked for the same epoch, and come to nothing.
    const isTheirs = ({ leader }: EpochModel): boolean => session?.observer === true || leader === session?.leader;
    const isEstablished = this.model.epochs.some(
      (each) => each.epoch === stream?.epoch && each.established && isTheirs(each),
    );
    const history = stream?.beforeNewLeader;
    if (history === undefined || !isEstablished)
      return this.report(`server ${id} took its damage mark away without an established leader's history`, [id]);
    if (!this.model.keepsNoLog(server) && !isPrefix(history, durable))
      return this.report(`server ${id} took its damage mark away before its leader's history was durable`, [id]);
    if (!this.#confirmed.has(id))
      this.report(`server ${id} took its damage mark away without a quorum that follows its leader still`, [id]);
  }
}
