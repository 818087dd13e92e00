import { counterOf, formatZxid, type ServerId } from '@zebu/protocol';
import { isPrefix } from '../model/history-node.ts';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on ACK, `appended` and `flushed`; for NEWLEADER (ZOOKEEPER-4646) also on what the leader sent before it. Where currentEpoch was durable
 * from an earlier time with the same leader, this alone says that the history is so too. No violation: an observer without a log, as long as nobody
 * counts it.
 */
export class FlushBeforeAck extends ZabChecker implements ZabObserver {
  readonly name = 'flush-before-ack';
  readonly property = 'what an ACK speaks of is flushed before it leaves';

  onSending(server: ServerModel, _to: ServerId, packet: PacketSummary): void {
    const { type, zxid } = packet;
    if (type !== 'ACK' || zxid === undefined || this.model.needsNoDisk(server, zxid)) return;
    const { id, durable, session } = server;
    const history = counterOf(zxid) === 0 ? session?.stream?.beforeNewLeader : undefined;
    const isDurable =
      counterOf(zxid) === 0 ? history === undefined || isPrefix(history, durable) : durable.zxid >= zxid;
    if (isDurable) return;
    this.report(
      `server ${id} acknowledged ${formatZxid(history?.zxid ?? zxid)} while its log is durable up to ${formatZxid(durable.zxid)}`,
      [id],
    );
  }
}
