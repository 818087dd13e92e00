// The header of the txn being applied, in words.

import type { JuteReader } from '@zebu/jute';

export class TxnPosition {
  sessionHigh = 0;
  sessionLow = 0;
  cxid = 0;
  zxidHigh = 0;
  zxidLow = 0;
  timeHigh = 0;
  timeLow = 0;
  type = 0;

  read(reader: JuteReader): void {
    this.sessionHigh = reader.readInt();
    this.sessionLow = reader.readInt();
    this.cxid = reader.readInt();
    this.zxidHigh = reader.readInt();
    this.zxidLow = reader.readInt();
    this.timeHigh = reader.readInt();
    this.timeLow = reader.readInt();
    this.type = reader.readInt();
  }
}
