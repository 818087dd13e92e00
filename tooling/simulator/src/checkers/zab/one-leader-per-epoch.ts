import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';
import type { ServerModel } from '../model/server-model.ts';

/**
 * I-1. Relies on `role`. A leader counts from SYNCHRONIZATION on, where a quorum has accepted its epoch: no other can get there.
 * No violation: two that both propose an epoch in DISCOVERY, of whom at most one is accepted.
 */
export class OneLeaderPerEpoch extends ZabChecker implements ZabObserver {
  readonly name = 'one-leader-per-epoch';
  readonly property = 'I-1: an epoch has at most one leader that a quorum accepted';

  onRole(server: ServerModel): void {
    const { leading, zabState } = server;
    if (leading === undefined || (zabState !== 'SYNCHRONIZATION' && zabState !== 'BROADCAST')) return;
    const { epoch } = leading.epoch;
    for (const other of this.model.epochs)
      if (other.epoch === epoch && other.leader !== server.id && other.initialHistory !== undefined)
        this.report(`epoch ${epoch} is led by server ${other.leader} and by server ${server.id}`, [
          other.leader,
          server.id,
        ]);
  }
}
