// What prep may know of a znode: values as of the lookup, with 64-bit fields in halves so that hot paths need no bigint.

import type { Acl, SessionId, WallClockMs, Zxid } from '@zebu/protocol';
import { assert } from '@zebu/protocol';
import { NO_BLOB } from './byte-arena.ts';
import type { StatWords } from './digest.ts';
import { Field, StatOffset } from './node-store.ts';
import { numberOf, signedLong } from './words.ts';
import type { Znodes } from './znodes.ts';

export class NodeFacts implements StatWords {
  readonly czxidHigh: number;
  readonly czxidLow: number;
  readonly mzxidHigh: number;
  readonly mzxidLow: number;
  readonly pzxidHigh: number;
  readonly pzxidLow: number;
  readonly ctimeHigh: number;
  readonly ctimeLow: number;
  readonly mtimeHigh: number;
  readonly mtimeLow: number;
  readonly version: number;
  /** The stored counter of creations below the znode, not doubled: it numbers sequential children. */
  readonly cversion: number;
  readonly aversion: number;
  /** As stored: also that of container and TTL znodes. */
  readonly ephemeralOwnerHigh: number;
  readonly ephemeralOwnerLow: number;
  readonly childCount: number;
  readonly dataLength: number;
  /** Unsigned 32 bits; 0 below /zookeeper/. */
  readonly digest: number;
  /** contentCrc(path, data); 0 below /zookeeper/. */
  readonly contentCrc: number;
  readonly acl: readonly Acl[];
  readonly #znodes: Znodes;
  readonly #dataRef: number;
  readonly #changeCount: number;

  constructor(znodes: Znodes, node: number) {
    const { nodes } = znodes;
    this.#znodes = znodes;
    this.#dataRef = nodes.get(node, Field.DATA);
    this.#changeCount = znodes.changeCount;
    this.czxidHigh = nodes.statInt(node, StatOffset.CZXID);
    this.czxidLow = nodes.statInt(node, StatOffset.CZXID + 4);
    this.mzxidHigh = nodes.statInt(node, StatOffset.MZXID);
    this.mzxidLow = nodes.statInt(node, StatOffset.MZXID + 4);
    this.pzxidHigh = nodes.statInt(node, StatOffset.PZXID);
    this.pzxidLow = nodes.statInt(node, StatOffset.PZXID + 4);
    this.ctimeHigh = nodes.statInt(node, StatOffset.CTIME);
    this.ctimeLow = nodes.statInt(node, StatOffset.CTIME + 4);
    this.mtimeHigh = nodes.statInt(node, StatOffset.MTIME);
    this.mtimeLow = nodes.statInt(node, StatOffset.MTIME + 4);
    this.version = nodes.statInt(node, StatOffset.VERSION);
    this.cversion = nodes.get(node, Field.STORED_CVERSION);
    this.aversion = nodes.statInt(node, StatOffset.AVERSION);
    this.ephemeralOwnerHigh = nodes.ownerHigh(node);
    this.ephemeralOwnerLow = nodes.ownerLow(node);
    this.childCount = nodes.statInt(node, StatOffset.NUM_CHILDREN);
    this.dataLength = nodes.statInt(node, StatOffset.DATA_LENGTH);
    this.digest = nodes.get(node, Field.DIGEST) >>> 0;
    this.contentCrc = nodes.get(node, Field.CONTENT_CRC) >>> 0;
    this.acl = znodes.acls.aclOf(nodes.get(node, Field.ACL));
  }

  get czxid(): Zxid {
    return signedLong(this.czxidHigh, this.czxidLow) as Zxid;
  }

  get mzxid(): Zxid {
    return signedLong(this.mzxidHigh, this.mzxidLow) as Zxid;
  }

  get pzxid(): Zxid {
    return signedLong(this.pzxidHigh, this.pzxidLow) as Zxid;
  }

  get ctime(): WallClockMs {
    return numberOf(this.ctimeHigh, this.ctimeLow);
  }

  get mtime(): WallClockMs {
    return numberOf(this.mtimeHigh, this.mtimeLow);
  }

  get ephemeralOwner(): SessionId {
    return signedLong(this.ephemeralOwnerHigh, this.ephemeralOwnerLow) as SessionId;
  }

  /** Owned by a session: it may have no children. */
  get isEphemeral(): boolean {
    return this.#znodes.ownerKind(this.ephemeralOwnerHigh, this.ephemeralOwnerLow) === 'session';
  }

  /** A copy. It is made when asked for, which must be before the tree changes again. */
  get data(): Uint8Array | null {
    assert(this.#changeCount === this.#znodes.changeCount, 'the data of a znode is read before the tree changes again');
    if (this.#dataRef === NO_BLOB) return null;
    const { arena } = this.#znodes;
    const start = arena.offsetOf(this.#dataRef);
    return arena.bytesOf(this.#dataRef).slice(start, start + this.dataLength);
  }
}
