// What a znode will be once the outstanding txns are applied (ZooKeeper's ChangeRecord).

import type { NodeFacts, StatWords } from '@zebu/datatree';
import type { Acl, SessionId } from '@zebu/protocol';

/** What prep looks at, in the tree or in the overlay. 64-bit fields are in signed 32-bit halves. */
export type Znode = Pick<NodeFacts, keyof StatWords | 'childCount' | 'dataLength' | 'contentCrc' | 'digest' | 'acl'>;

/** Fields may be changed until the record is put into the overlay. */
export class ChangeRecord implements Znode {
  readonly path: string;
  /** Of the txn that made the change. */
  readonly zxidHigh: number;
  readonly zxidLow: number;
  /** False for a deletion; the other fields then say nothing. */
  exists = true;
  czxidHigh = 0;
  czxidLow = 0;
  mzxidHigh = 0;
  mzxidLow = 0;
  pzxidHigh = 0;
  pzxidLow = 0;
  ctimeHigh = 0;
  ctimeLow = 0;
  mtimeHigh = 0;
  mtimeLow = 0;
  version = 0;
  cversion = 0;
  aversion = 0;
  ephemeralOwnerHigh = 0;
  ephemeralOwnerLow = 0;
  childCount = 0;
  dataLength = 0;
  contentCrc = 0;
  digest = 0;
  acl: readonly Acl[] = [];
  /** The session whose ephemeral znode this change creates. */
  createdFor: SessionId | undefined;

  constructor(path: string, zxidHigh: number, zxidLow: number) {
    this.path = path;
    this.zxidHigh = zxidHigh;
    this.zxidLow = zxidLow;
  }

  copy(znode: Znode): this {
    this.czxidHigh = znode.czxidHigh;
    this.czxidLow = znode.czxidLow;
    this.mzxidHigh = znode.mzxidHigh;
    this.mzxidLow = znode.mzxidLow;
    this.pzxidHigh = znode.pzxidHigh;
    this.pzxidLow = znode.pzxidLow;
    this.ctimeHigh = znode.ctimeHigh;
    this.ctimeLow = znode.ctimeLow;
    this.mtimeHigh = znode.mtimeHigh;
    this.mtimeLow = znode.mtimeLow;
    this.version = znode.version;
    this.cversion = znode.cversion;
    this.aversion = znode.aversion;
    this.ephemeralOwnerHigh = znode.ephemeralOwnerHigh;
    this.ephemeralOwnerLow = znode.ephemeralOwnerLow;
    this.childCount = znode.childCount;
    this.dataLength = znode.dataLength;
    this.contentCrc = znode.contentCrc;
    this.digest = znode.digest;
    this.acl = znode.acl;
    return this;
  }

  /** Its list of children changed. */
  setPzxid(): void {
    this.pzxidHigh = this.zxidHigh;
    this.pzxidLow = this.zxidLow;
  }
}
