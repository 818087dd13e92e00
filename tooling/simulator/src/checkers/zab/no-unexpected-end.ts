import type { HistoryEvent } from '../../history/event.ts';
import type { ServerModel } from '../model/server-model.ts';
import type { ZabObserver } from '../model/zab-observer.ts';
import { ZabChecker } from '../zab-checker.ts';

/** After these a server may find that its disk cannot be used. */
const DISK_FAULTS: ReadonlySet<string> = new Set([
  'failedWrite',
  'failedFlush',
  'fullDisk',
  'lostFile',
  'flippedBit',
  'removeFile',
  'flipBit',
]);

/**
 * I-11 to I-14, for what the code itself takes for impossible: a broken assertion or an exception on a change of state, an ACK, a PROPOSAL or a
 * COMMIT ends a server. Relies on `ended`, `refusedToStart` and `fault`. No violation: an end on a server whose disk was made to fail before.
 */
export class NoUnexpectedEnd extends ZabChecker implements ZabObserver {
  readonly name = 'no-unexpected-end';
  readonly property = 'I-11 to I-14: no server ends by itself or refuses to start, unless its disk was made to fail';
  readonly #excused = new Set<number>();

  override onEvent(event: HistoryEvent, index: number): void {
    if (event.type === 'fault' && DISK_FAULTS.has(event.kind))
      for (const server of event.servers) this.#excused.add(server);
    super.onEvent(event, index);
  }

  onEnded(server: ServerModel, reason: string): void {
    if (!this.#excused.has(server.id)) this.report(`server ${server.id} ended by itself: ${reason}`, [server.id]);
  }
}
