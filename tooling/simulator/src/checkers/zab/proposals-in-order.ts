import { counterOf, epochOf, formatZxid, type ServerId, type Zxid } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * I-13: each txn that a leader sends, by PROPOSAL or INFORM, continues what the learner has then: zxids of an epoch are consecutive and begin
 * with counter 1. Relies on ACKEPOCH, DIFF, TRUNC, SNAP, PROPOSAL and INFORM as they were sent.
 */
export class ProposalsInOrder extends ZabChecker implements ZabObserver {
  readonly name = 'proposals-in-order';
  readonly property =
    'I-13: a leader sends a learner one txn behind the other, without a gap, from where its history ends';

  onSending(leader: ServerModel, learner: ServerId, packet: PacketSummary): void {
    if (packet.txns === undefined) return;
    const history = leader.streams.get(learner)?.history;
    if (history === undefined)
      return this.report(`server ${leader.id} sent txns to server ${learner} before DIFF, TRUNC or SNAP`, [leader.id]);
    let last = history.zxid;
    for (const { zxid } of this.model.news(history, packet)) {
      if (!follows(last, zxid))
        return this.report(
          `server ${leader.id} sent ${formatZxid(zxid)} to server ${learner}, whose history ends with ${formatZxid(last)}`,
          [leader.id, learner],
        );
      last = zxid;
    }
  }
}

const follows = (last: Zxid, zxid: Zxid): boolean =>
  zxid === last + 1n || (epochOf(zxid) > epochOf(last) && counterOf(zxid) === 1);
