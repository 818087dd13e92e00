import type { Epoch } from '@zebu/protocol';
import type { ServerModel } from '../model/server-model.ts';
import type { DiskStateEvent, ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on `epochDurable` and `diskState`. No violation: what a damaged disk comes back with; an epoch above the last one that was reported
 * durable, since a crash may come between a write and the word of it.
 */
export class EpochsNeverGoBack extends ZabChecker implements ZabObserver {
  readonly name = 'epochs-never-go-back';
  readonly property =
    'acceptedEpoch and currentEpoch on a disk never fall, and currentEpoch is never above acceptedEpoch';

  onEpochDurable(server: ServerModel, which: 'acceptedEpoch' | 'currentEpoch', epoch: Epoch): void {
    this.#compare(server, { acceptedEpoch: server.acceptedEpoch, currentEpoch: server.currentEpoch, [which]: epoch });
  }

  onDiskState(server: ServerModel, { acceptedEpoch, currentEpoch }: DiskStateEvent): void {
    if (!server.damaged) this.#compare(server, { acceptedEpoch, currentEpoch });
  }

  #compare({ id, ...last }: ServerModel, next: { readonly acceptedEpoch: Epoch; readonly currentEpoch: Epoch }): void {
    for (const which of ['acceptedEpoch', 'currentEpoch'] as const)
      if (next[which] < last[which])
        this.report(`${which} of server ${id} went back from ${last[which]} to ${next[which]}`, [id]);
    if (next.currentEpoch > next.acceptedEpoch)
      this.report(`server ${id} has currentEpoch ${next.currentEpoch} above acceptedEpoch ${next.acceptedEpoch}`, [id]);
  }
}
