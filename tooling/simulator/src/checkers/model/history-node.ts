// Histories as Zab means them: sequences of txns. All histories of a run are paths in one tree, so equal histories are the same node, "is a
// prefix of" is "is an ancestor of", and what a dozen servers hold in common is kept once.

import { type Epoch, epochOf, parseEnsembleText, ZERO_ZXID, type Zxid } from '@zebu/protocol';
import type { TxnSummary } from '../../history/event.ts';
import { Configuration } from './configuration.ts';

/** Where a history begins with a zxid whose txn nobody has shown: a directory that was there before the run. */
const UNSEEN = -1;

/** One txn, whoever holds it: there is one object for each zxid and content. */
export class Txn {
  readonly zxid: Zxid;
  readonly hash: number;
  readonly epoch: Epoch;
  /** By a leader of its epoch; `previous` is what that leader broadcast before it in the epoch. */
  broadcast: { readonly previous: Txn | undefined } | undefined;
  /** Committed, or acknowledged by somebody. */
  settled = false;
  /** What a reconfig makes of the ensemble. */
  readonly configuration: Configuration | undefined;

  /** The end of a past that nobody has shown. */
  get isUnseen(): boolean {
    return this.hash === UNSEEN;
  }

  constructor({ zxid, hash, configuration }: Omit<TxnSummary, 'bytes'>) {
    this.zxid = zxid;
    this.hash = hash;
    this.epoch = epochOf(zxid);
    this.configuration = configuration === undefined ? undefined : Configuration.of(parseEnsembleText(configuration));
  }
}

export class HistoryNode {
  /** The last of the history; undefined of the empty one. */
  readonly txn: Txn | undefined;
  readonly zxid: Zxid;
  readonly parent: HistoryNode | undefined;
  readonly depth: number;
  /** An ancestor farther up: jumps of growing length make looking up a long history logarithmic. */
  readonly jump: HistoryNode;
  readonly children: HistoryNode[] = [];
  /** What it begins with nobody has shown. */
  readonly beginsUnseen: boolean;
  /** The prefix that ends with its last reconfig: what it says of the ensemble. */
  readonly reconfig: HistoryNode | undefined;
  /** Of this history and so of all its prefixes: somebody delivered it. */
  delivered = false;
  /** Of this history and so of all its prefixes: known to be committed. */
  committed = false;
  /** Every txn of it is settled. */
  settled = false;

  constructor(parent: HistoryNode | undefined, txn: Txn | undefined) {
    this.txn = txn;
    this.zxid = txn?.zxid ?? ZERO_ZXID;
    this.parent = parent;
    this.depth = parent === undefined ? 0 : parent.depth + 1;
    this.jump = parent === undefined ? this : jumpBehind(parent);
    this.beginsUnseen = parent?.beginsUnseen === true || txn?.isUnseen === true;
    this.reconfig = txn?.configuration === undefined ? parent?.reconfig : this;
  }

  get isUnseen(): boolean {
    return this.txn?.isUnseen === true;
  }
}

function jumpBehind(parent: HistoryNode): HistoryNode {
  const { jump } = parent;
  return parent.depth - jump.depth === jump.depth - jump.jump.depth ? jump.jump : parent;
}

export class HistoryTree {
  readonly empty = new HistoryNode(undefined, undefined);
  readonly #txns = new Map<Zxid, Txn[]>();
  /** Somewhere a txn follows one of a higher zxid: then a zxid is found by walking. */
  #outOfOrder = false;

  extend(node: HistoryNode, summary: TxnSummary): HistoryNode {
    const { zxid, hash } = summary;
    for (const child of node.children) if (child.zxid === zxid && child.txn?.hash === hash) return child;
    const child = new HistoryNode(node, this.#txn(summary));
    if (node !== this.empty && zxid <= node.zxid) this.#outOfOrder = true;
    node.children.push(child);
    return child;
  }

  /** A history of which only its end is known. */
  unseen(zxid: Zxid): HistoryNode {
    return zxid <= 0n ? this.empty : this.extend(this.empty, { zxid, hash: UNSEEN, bytes: 0 });
  }

  /** All contents that this zxid was seen with. */
  txnsAt(zxid: Zxid): readonly Txn[] {
    return this.#txns.get(zxid) ?? [];
  }

  /** The prefix of `node` that ends with `zxid`; undefined when the zxid is not on it. */
  prefixAt(node: HistoryNode, zxid: Zxid): HistoryNode | undefined {
    if (zxid <= 0n) return this.empty;
    const found = this.#outOfOrder ? walkTo(node, zxid) : this.floor(node, zxid);
    return found?.zxid === zxid ? found : undefined;
  }

  /** The longest prefix of `node` whose end is at most `zxid`. */
  floor(node: HistoryNode, zxid: Zxid): HistoryNode {
    let at = node;
    while (at.zxid > zxid && at.parent !== undefined) at = at.jump.zxid > zxid ? at.jump : at.parent;
    return at;
  }

  /** True when the history holds this very txn. */
  holds(node: HistoryNode, txn: Txn): boolean {
    return this.prefixAt(node, txn.zxid)?.txn === txn;
  }

  #txn(summary: TxnSummary): Txn {
    const { zxid, hash } = summary;
    const known = this.#txns.get(zxid);
    const same = known?.find((txn) => txn.hash === hash);
    if (same !== undefined) return same;
    const txn = new Txn(summary);
    if (known === undefined) this.#txns.set(zxid, [txn]);
    else known.push(txn);
    return txn;
  }
}

export function isPrefix(prefix: HistoryNode, node: HistoryNode): boolean {
  return prefix === node || (prefix.depth < node.depth && ancestorAt(node, prefix.depth) === prefix);
}

/** One of the two is a prefix of the other. */
export const areComparable = (left: HistoryNode, right: HistoryNode): boolean =>
  left.depth <= right.depth ? isPrefix(left, right) : isPrefix(right, left);

/** What `node` holds behind its prefix `from`, oldest first. */
export function pathBetween(from: HistoryNode, node: HistoryNode): HistoryNode[] {
  const path: HistoryNode[] = [];
  for (let at: HistoryNode | undefined = node; at !== undefined && at !== from && at.depth > from.depth; at = at.parent)
    path.push(at);
  return path.reverse();
}

export function commonPrefix(left: HistoryNode, right: HistoryNode): HistoryNode {
  let [a, b] = [left, right];
  if (a.depth > b.depth) a = ancestorAt(a, b.depth);
  else b = ancestorAt(b, a.depth);
  while (a !== b) {
    a = a.parent as HistoryNode;
    b = b.parent as HistoryNode;
  }
  return a;
}

function ancestorAt(node: HistoryNode, depth: number): HistoryNode {
  let at = node;
  while (at.depth > depth) at = at.jump.depth >= depth ? at.jump : (at.parent as HistoryNode);
  return at;
}

function walkTo(node: HistoryNode, zxid: Zxid): HistoryNode | undefined {
  let at: HistoryNode | undefined = node;
  while (at !== undefined && at.zxid !== zxid) at = at.parent;
  return at;
}
