// Compares the tree with the digests that txns and snapshots carry (DataTree.compareDigest, compareSnapshotDigests).

import type { JuteReader } from '@zebu/jute';
import { DIGEST_VERSION } from './digest.ts';
import type { TreeDigest } from './tree-digest.ts';
import type { TxnPosition } from './txn-position.ts';
import { isAbove } from './words.ts';

const TXN_DIGEST_BYTES = 12;

/** The digest section of a snapshot: what the tree was at a zxid. */
export interface ZxidDigest {
  readonly zxidHigh: number;
  readonly zxidLow: number;
  readonly version: number;
  readonly digestHigh: number;
  readonly digestLow: number;
}

export class DigestCheck {
  readonly #digest: TreeDigest;
  readonly #compares: boolean;
  /** While the txns of a fuzzy snapshot are replayed: where its digest will hold. Before that the tree is a mixture of zxids. */
  #awaited: ZxidDigest | undefined = undefined;

  constructor(digest: TreeDigest, compares: boolean) {
    this.#digest = digest;
    this.#compares = compares;
  }

  /** After a fuzzy snapshot was loaded; its digest lies ahead. */
  await(digest: ZxidDigest): void {
    this.#awaited = digest;
  }

  matches(digest: ZxidDigest): boolean {
    return (
      !this.#compares || digest.version !== DIGEST_VERSION || this.#digest.equals(digest.digestHigh, digest.digestLow)
    );
  }

  /** False when a digest says that the tree is wrong. `reader` stands behind the txn's record. */
  afterTxn(txn: TxnPosition, reader: JuteReader): boolean {
    const awaited = this.#awaited;
    if (awaited !== undefined) {
      if (isAbove(awaited.zxidHigh, awaited.zxidLow, txn.zxidHigh, txn.zxidLow)) return true;
      this.#awaited = undefined;
      if (awaited.zxidHigh === txn.zxidHigh && awaited.zxidLow === txn.zxidLow) return this.matches(awaited);
    }
    return this.#matchesTxn(reader);
  }

  /** ZooKeeper before 3.6, or with digests disabled, ends the txn with its record. */
  #matchesTxn(reader: JuteReader): boolean {
    if (!this.#compares || reader.remaining < TXN_DIGEST_BYTES) return true;
    if (reader.readInt() !== DIGEST_VERSION) return true;
    const high = reader.readInt();
    return this.#digest.equals(high, reader.readInt());
  }
}
