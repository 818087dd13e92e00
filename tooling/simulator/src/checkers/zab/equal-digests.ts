import { formatZxid, type ServerId, type Zxid } from '@zebu/protocol';
import type { ServerModel } from '../model/server-model.ts';
import type { AppliedEvent, ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/** Relies on `applied`. A tree that was read back from a snapshot and a log equals one that never went down. */
export class EqualDigests extends ZabChecker implements ZabObserver {
  readonly name = 'equal-digests';
  readonly property = 'trees at the same zxid have the same digest';
  readonly #digests = new Map<Zxid, { readonly digest: string; readonly server: ServerId }>();

  onApplied({ id }: ServerModel, { zxid, digest }: AppliedEvent): void {
    const first = this.#digests.get(zxid);
    if (first === undefined) this.#digests.set(zxid, { digest, server: id });
    else if (first.digest !== digest)
      this.report(
        `at ${formatZxid(zxid)} the tree of server ${id} has digest ${digest}, that of server ${first.server} had ${first.digest}`,
        [id, first.server],
      );
  }
}
