import { type Epoch, epochOf, formatSessionId, formatZxid, type SessionId, type Zxid } from '@zebu/protocol';
import type { HistoryEvent } from '../../history/event.ts';
import { ZabChecker } from '../zab-checker.ts';

/**
 * Relies on `appended`. No violation: a session that a later epoch's leader ends again, since what the earlier one proposed may be lost; and one that
 * its client closes while its time is up.
 */
export class SessionsExpireOnce extends ZabChecker {
  readonly name = 'sessions-expire-once';
  readonly property = 'no leader ends a session twice because its time is up';
  readonly #ends = new Map<Epoch, Map<SessionId, Zxid>>();

  override onEvent(event: HistoryEvent, index: number): void {
    super.onEvent(event, index);
    if (event.type !== 'appended') return;
    for (const { zxid, expires } of event.txns) {
      if (expires === undefined) continue;
      const ends = this.#endsIn(epochOf(zxid) as Epoch);
      const earlier = ends.get(expires);
      if (earlier === undefined) ends.set(expires, zxid);
      else if (earlier !== zxid) {
        const [first, second] = [formatZxid(earlier), formatZxid(zxid)];
        this.report(`session ${formatSessionId(expires)} expired at ${first} and again at ${second}`, [event.server]);
      }
    }
  }

  #endsIn(epoch: Epoch): Map<SessionId, Zxid> {
    const known = this.#ends.get(epoch);
    if (known !== undefined) return known;
    const ends = new Map<SessionId, Zxid>();
    this.#ends.set(epoch, ends);
    return ends;
  }
}
