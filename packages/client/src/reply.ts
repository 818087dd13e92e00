// A reply as raw callers see it. One object serves every reply of a connection: take from it what you need, in the call.

import { JuteReader } from '@zebu/jute';
import type { Zxid } from '@zebu/protocol';
import type { ZooKeeperError } from './errors.ts';

export class Reply {
  /** An ErrorCode; with any but OK the body is empty, save for a multi. */
  error = 0;
  zxidHigh = 0;
  zxidLow = 0;
  /** Stands at the start of the response record. Its bytes are valid during the call only. */
  readonly body: JuteReader = new JuteReader();

  /** Zxid of the write, or the last one that the server had applied. */
  get zxid(): Zxid {
    return ((BigInt(this.zxidHigh >>> 0) << 32n) | BigInt(this.zxidLow)) as Zxid;
  }
}

/** Exactly one of the two is called, once. */
export interface ReplyHandler {
  onReply(reply: Reply): void;
  /** No reply will come: connection lost, session expired or client closed. */
  onFailure(error: ZooKeeperError): void;
}
