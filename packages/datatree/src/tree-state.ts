// All that a tree consists of, for the parts that build one: a fresh tree, and one restored from a snapshot.

import { DigestCheck } from './digest-check.ts';
import { Quotas } from './quotas.ts';
import { SessionTable } from './session-table.ts';
import { Watches } from './watches.ts';
import { Znodes } from './znodes.ts';

export interface DataTreeOptions {
  /** Takes the TTL znodes that ZooKeeper 3.5.3 wrote for what they are (zookeeper.emulate353TTLNodes). */
  readonly emulate353TtlNodes?: boolean;
  /** False: what txns and snapshots say of the tree's digest is passed over (zookeeper.digest.enabled). */
  readonly comparesDigests?: boolean;
}

export class TreeState {
  readonly znodes: Znodes;
  readonly sessions: SessionTable;
  readonly quotas: Quotas;
  readonly watches: Watches = new Watches();
  readonly digestCheck: DigestCheck;
  lastZxidHigh = 0;
  lastZxidLow = 0;

  constructor(options: DataTreeOptions) {
    this.znodes = new Znodes(options.emulate353TtlNodes ?? false);
    this.sessions = new SessionTable(this.znodes.observers);
    this.quotas = new Quotas(this.znodes);
    this.digestCheck = new DigestCheck(this.znodes.digest, options.comparesDigests ?? true);
  }
}
