import { type Epoch, formatZxid } from '@zebu/protocol';
import { isPrefix } from '../model/history-node.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Of the order of durability at NEWLEADER the first half (ZOOKEEPER-4643): currentEpoch speaks for a history that is on the disk already. For a
 * learner that is what its leader sent before NEWLEADER, for a leader its log. Relies on `epochDurable`, `flushed`, `appended` and the packets
 * from DIFF, TRUNC or SNAP to NEWLEADER.
 */
export class HistoryBeforeCurrentEpoch extends ZabChecker implements ZabObserver {
  readonly name = 'history-before-current-epoch';
  readonly property = "an epoch's initial history is durable before currentEpoch is";

  onEpochDurable(server: ServerModel, which: 'acceptedEpoch' | 'currentEpoch', epoch: Epoch): void {
    if (which !== 'currentEpoch') return;
    const { id, durable, log, session, leading } = server;
    const history = leading === undefined && session !== undefined ? session.stream?.beforeNewLeader : log;
    if (history === undefined || isPrefix(history, durable)) return;
    this.report(
      `currentEpoch ${epoch} is durable on server ${id} while its log is so up to ${formatZxid(durable.zxid)}; the epoch's history ends with ${formatZxid(history.zxid)}`,
      [id],
    );
  }
}
