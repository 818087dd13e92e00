// Which proposals are logged and not known to be durable: a flush token stands for everything logged before it.

import type { FlushToken } from '@zebu/interfaces';
import type { Zxid } from '@zebu/protocol';

interface PendingAck {
  readonly token: FlushToken;
  readonly zxid: Zxid;
}

export class PendingAcks {
  /** Invariant: both fields grow along the list. */
  readonly #pending: PendingAck[] = [];

  /** Once that flush is done, everything up to the zxid is to be acknowledged. */
  add(token: FlushToken, zxid: Zxid): void {
    this.#pending.push({ token, zxid });
  }

  /** The zxid to acknowledge, now that everything up to the token is durable; undefined when that is nothing new. */
  take(token: FlushToken): Zxid | undefined {
    let zxid: Zxid | undefined;
    let count = 0;
    while (count < this.#pending.length && (this.#pending[count] as PendingAck).token <= token) {
      zxid = (this.#pending[count] as PendingAck).zxid;
      count++;
    }
    if (count > 0) this.#pending.splice(0, count);
    return zxid;
  }
}
