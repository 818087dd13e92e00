// A read after a sync sees at least what anybody had been shown before the sync was invoked. Zxids say how far a reply has seen; that a read
// shows the state of its zxid and no other is checked by reads-at-their-zxid. Together with linearizable-writes: sync and read are linearizable.

import { ZERO_ZXID, type Zxid } from '@zebu/protocol';
import { ClientChecker } from './client-checker.ts';
import { hex, nameOf, type Operation, readOf } from './client-record.ts';

export class SyncThenRead extends ClientChecker {
  readonly name = 'sync-then-read';
  readonly property =
    'A read that follows a sync sees at least every write that had returned when the sync was invoked.';
  #shown: Zxid = ZERO_ZXID;
  /** What had been shown when a sync was invoked. */
  readonly #floors = new Map<Operation, Zxid>();
  /** By client: what its reads must see. */
  readonly #owed = new Map<string, Zxid>();

  protected override onInvoked(operation: Operation): void {
    if (operation.request.type === 'sync') this.#floors.set(operation, this.#shown);
  }

  protected override onReturned(operation: Operation): void {
    const { client, outcome } = operation;
    if (outcome?.zxid === undefined) return;
    const floor = this.#floors.get(operation);
    // Replies come in the order of requests, so what is owed is owed to all that return from now on.
    if (floor !== undefined && outcome.ok && floor > (this.#owed.get(client) ?? ZERO_ZXID))
      this.#owed.set(client, floor);
    const owed = this.#owed.get(client) ?? ZERO_ZXID;
    const isRead = operation.request.type === 'sync' || readOf(operation) !== undefined;
    if (isRead && outcome.zxid < owed) {
      this.blame(
        operation,
        `${nameOf(operation)} is as of ${hex(outcome.zxid)}; ${hex(owed)} had returned before its sync`,
      );
    }
    if (outcome.zxid > this.#shown) this.#shown = outcome.zxid;
  }
}
