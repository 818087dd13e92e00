// All that a tree consists of, for the parts that build one: a fresh tree, and one restored from a snapshot.

import { DigestCheck } from './digest-check.ts';
import { Quotas } from './quotas.ts';
import { SessionTable } from './session-table.ts';
import { Watches } from './watches.ts';
import { Znodes } from './znodes.ts';

export class TreeState {
  readonly znodes: Znodes = new Znodes();
  readonly sessions: SessionTable = new SessionTable(this.znodes.observers);
  readonly quotas: Quotas = new Quotas(this.znodes);
  readonly watches: Watches = new Watches();
  readonly digestCheck: DigestCheck = new DigestCheck(this.znodes.digest);
  lastZxidHigh = 0;
  lastZxidLow = 0;
}
