// The txns of one call of prepare, encoded one after the other into one writer, then handed out as slices of one copy
// (of several, when there is much of it).

import { DIGEST_VERSION } from '@zebu/datatree';
import { JuteWriter } from '@zebu/jute';
import { OpCode, type SessionId, type TxnBytes, type WallClockMs } from '@zebu/protocol';
import type { RunningDigest } from './running-digest.ts';

/** Slices are cut off at this size, so that the writer keeps a bounded capacity whatever comes in one batch. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** From the start of a txn: clientId, cxid, zxid, time. */
const TYPE_OFFSET = 28;

export class TxnBatch {
  /** Records are appended here between `begin` and `end`. */
  readonly writer = new JuteWriter(4096);
  readonly #hasDigests: boolean;
  /** Where the txns in the writer end. */
  readonly #ends: number[] = [];
  #taken: TxnBytes[] = [];
  #start = 0;

  constructor(hasDigests: boolean) {
    this.#hasDigests = hasDigests;
  }

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
    if (this.#hasDigests) {
      this.writer.writeInt(DIGEST_VERSION);
      this.writer.writeLongHalves(digest.high, digest.low);
    }
    this.#ends.push(this.writer.length);
    if (this.writer.length >= MAX_BUFFERED_BYTES) this.#cut();
  }

  take(): TxnBytes[] {
    this.#cut();
    const taken = this.#taken;
    this.#taken = [];
    return taken;
  }

  #cut(): void {
    const bytes = this.writer.take();
    let start = 0;
    for (const end of this.#ends) {
      this.#taken.push(bytes.subarray(start, end));
      start = end;
    }
    this.#ends.length = 0;
  }
}
