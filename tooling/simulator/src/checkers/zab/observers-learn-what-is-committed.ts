import { formatZxid, type ServerId } from '@zebu/protocol';
import type { PacketSummary } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on `role`, on COMMIT as the follower received it, and on SNAP, PROPOSAL and INFORM as it sent them. What a follower logged and does not
 * know to be committed may be lost, and an observer would have shown it.
 */
export class ObserversLearnWhatIsCommitted extends ZabChecker implements ZabObserver {
  readonly name = 'observers-learn-what-is-committed';
  readonly property = 'a follower that serves observers hands on only what it knows to be committed';

  onSending({ id, state, knownCommitted }: ServerModel, to: ServerId, packet: PacketSummary): void {
    if (state !== 'FOLLOWING') return;
    const last = packet.txns?.at(-1)?.zxid ?? (packet.type === 'SNAP' ? packet.zxid : undefined);
    if (last === undefined || last <= knownCommitted) return;
    this.report(
      `server ${id} handed ${formatZxid(last)} to server ${to}, but knows only ${formatZxid(knownCommitted)} to be committed`,
      [id, to],
    );
  }
}
