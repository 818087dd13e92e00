import { counterOf, formatZxid, type ServerId, type Zxid } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * I-12: the ACKs that a leader gets are those it can make sense of (ZOOKEEPER-4685): first that of NEWLEADER, once it came, then those of
 * proposals that were sent. Relies on the packets of one learner's time with a leader, which begins with FOLLOWERINFO or OBSERVERINFO.
 */
export class AcksInOrder extends ZabChecker implements ZabObserver {
  readonly name = 'acks-in-order';
  readonly property = 'I-12: a learner acknowledges NEWLEADER once it came, and then only what it was sent';

  onSending({ id, session }: ServerModel, leader: ServerId, packet: PacketSummary): void {
    if (packet.type !== 'ACK' || packet.zxid === undefined) return;
    const problem = this.#problem(session, packet.zxid);
    if (problem !== undefined) this.report(`server ${id} acknowledged ${problem} to server ${leader}`, [id, leader]);
  }

  #problem(session: ServerModel['session'], zxid: Zxid): string | undefined {
    if (session === undefined) return `${formatZxid(zxid)} without having announced itself`;
    if (counterOf(zxid) === 0) return session.receivedNewLeader ? undefined : 'NEWLEADER, which it has not received,';
    if (!session.sentNewLeaderAck) return `${formatZxid(zxid)} before NEWLEADER`;
    const sent = session.stream?.history;
    return sent !== undefined && zxid > sent.zxid ? `${formatZxid(zxid)}, which was not sent,` : undefined;
  }
}
