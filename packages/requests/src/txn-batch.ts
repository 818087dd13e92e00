// The txns of one call of prepare, encoded one after the other into one writer, then handed out as slices of one copy.

import { DIGEST_VERSION } from '@zebu/datatree';
import { JuteWriter } from '@zebu/jute';
import { OpCode, type SessionId, type TxnBytes, type WallClockMs } from '@zebu/protocol';
import type { RunningDigest } from './running-digest.ts';

/** From the start of a txn: clientId, cxid, zxid, time. */
const TYPE_OFFSET = 28;

export class TxnBatch {
  /** Records are appended here between `begin` and `end`. */
  readonly writer = new JuteWriter(4096);
  readonly #ends: number[] = [];
  #start = 0;

  begin(header: {
    readonly sessionId: SessionId;
    readonly cxid: number;
    readonly zxidHigh: number;
    readonly zxidLow: number;
    readonly time: WallClockMs;
    readonly type: number;
  }): void {
    const writer = this.writer;
    this.#start = writer.length;
    writer.writeLong(header.sessionId);
    writer.writeInt(header.cxid);
    writer.writeLongHalves(header.zxidHigh, header.zxidLow);
    writer.writeLongNumber(header.time);
    writer.writeInt(header.type);
  }

  /** The request was refused before any record was appended: an error txn tells so, to every server. */
  fail(error: number): void {
    this.writer.patchInt(this.#start + TYPE_OFFSET, OpCode.ERROR);
    this.writer.writeInt(error);
  }

  end(digest: RunningDigest): void {
    this.writer.writeInt(DIGEST_VERSION);
    this.writer.writeLongHalves(digest.high, digest.low);
    this.#ends.push(this.writer.length);
  }

  take(): TxnBytes[] {
    const bytes = this.writer.take();
    let start = 0;
    const txns = this.#ends.map((end) => {
      const txn = bytes.subarray(start, end);
      start = end;
      return txn;
    });
    this.#ends.length = 0;
    return txns;
  }
}
