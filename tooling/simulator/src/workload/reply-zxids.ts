// The zxids in the headers of replies, which the client keeps to itself: taken from the wire, where each bears the number of its request.

import type { Zxid } from '@zebu/protocol';
import type { History } from '../history/history.ts';

export class ReplyZxids {
  readonly #byClient = new Map<string, Map<number, Zxid>>();

  constructor(history: History) {
    history.listen((event) => {
      if (event.type !== 'replied' || event.xid <= 0) return;
      const zxids = this.#byClient.get(event.client);
      if (zxids === undefined) this.#byClient.set(event.client, new Map([[event.xid, event.zxid]]));
      else zxids.set(event.xid, event.zxid);
    });
  }

  /** Of the reply to this operation, if there was one; once. */
  take(client: string, operation: number): Zxid | undefined {
    const zxids = this.#byClient.get(client);
    const zxid = zxids?.get(operation);
    zxids?.delete(operation);
    return zxid;
  }
}
