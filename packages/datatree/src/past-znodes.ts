// What znodes were before they changed, for reads that take several steps and are all of one zxid. What a change is about to end is kept
// first, once for all views that are open then: a view looks among what was kept since its opening, and else in the tree.

import { JuteWriter } from '@zebu/jute';
import type { Acl, Zxid } from '@zebu/protocol';
import type { ChangeObserver } from './change-observer.ts';
import { ZnodeListCursor } from './listing-cursor.ts';
import { Field, NO_NODE, StatOffset } from './node-store.ts';
import { PathKey } from './path-key.ts';
import { writeStat } from './read-records.ts';
import { ShardedMap } from './sharded-map.ts';
import { writeData } from './snapshot-records.ts';
import { childrenOf } from './znode-lists.ts';
import type { Znodes } from './znodes.ts';

export interface PastZnode {
  readonly acl: readonly Acl[];
  /** The body of getData's response. */
  readonly data: Uint8Array;
  readonly childCount: number;
  /** At their beginning, to be forked; undefined without children. */
  readonly children: ZnodeListCursor | undefined;
}

/** There was no znode. */
const ABSENT = 'absent';
export type Past = PastZnode | typeof ABSENT;

/** What was kept from the opening of some views to that of the next ones. */
export interface Generation {
  viewCount: number;
  readonly znodes: ShardedMap<string, Past>;
  /** Cursors over the children of a znode, by its number. */
  readonly lists: ShardedMap<number, ChangeObserver[]>;
}

export class PastZnodes implements ChangeObserver {
  readonly #znodes: Znodes;
  /** Oldest first. Invariant: the first has views, and the tree is observed while there is one. */
  readonly #generations: Generation[] = [];
  readonly #key = new PathKey();
  readonly #writer = new JuteWriter();
  /** For the cursors; a view knows its own. */
  readonly #zxid: () => Zxid;

  constructor(znodes: Znodes, zxid: () => Zxid) {
    this.#znodes = znodes;
    this.#zxid = zxid;
  }

  /** What is kept for a new view. */
  open(): Generation {
    let newest = this.#generations.at(-1);
    if (newest?.znodes.isEmpty !== true) {
      newest = { viewCount: 0, znodes: new ShardedMap(), lists: new ShardedMap() };
      if (this.#generations.length === 0) this.#znodes.observers.push(this);
      this.#generations.push(newest);
    }
    newest.viewCount++;
    return newest;
  }

  close(generation: Generation): void {
    generation.viewCount--;
    while (this.#generations[0]?.viewCount === 0) this.#generations.shift();
    const { observers } = this.#znodes;
    if (this.#generations.length === 0) observers.splice(observers.indexOf(this), 1);
  }

  /** Undefined: as it is in the tree. */
  find(path: string, since: Generation): Past | undefined {
    const key = this.#key;
    key.setString(path);
    const canonical = key.isRoot ? '/' : path;
    for (let i = this.#generations.indexOf(since); i < this.#generations.length; i++) {
      const past = (this.#generations[i] as Generation).znodes.get(canonical, key.hash);
      if (past !== undefined) return past;
    }
    return undefined;
  }

  beforeNodeChange(node: number): void {
    this.#tellLists(node, (list) => list.beforeNodeChange(node));
    this.#keep(node, (newest) => this.#pastOf(node, newest));
  }

  onNodeAdded(node: number): void {
    this.#tellLists(node, (list) => list.onNodeAdded(node));
    this.#keep(node, () => ABSENT);
  }

  beforeAclRemoval(): void {}
  onAclAdded(): void {}
  beforeSessionChange(): void {}
  onSessionAdded(): void {}

  #tellLists(node: number, tell: (list: ChangeObserver) => void): void {
    const parent = this.#znodes.nodes.get(node, Field.PARENT);
    for (const { lists } of this.#generations) lists.get(parent, parent)?.forEach(tell);
  }

  /** Unless something is kept already: that is older. */
  #keep(node: number, past: (newest: Generation) => Past): void {
    const newest = this.#generations.at(-1) as Generation;
    const key = this.#key;
    this.#znodes.names.writePath(node, key);
    const path = key.text();
    if (newest.znodes.get(path, key.hash) === undefined) newest.znodes.set(path, key.hash, past(newest));
  }

  #pastOf(node: number, newest: Generation): PastZnode {
    const { nodes, acls } = this.#znodes;
    writeData(this.#writer, this.#znodes, node);
    writeStat(this.#writer, nodes, node);
    return {
      acl: acls.aclOf(nodes.get(node, Field.ACL)),
      data: this.#writer.take(),
      childCount: nodes.statInt(node, StatOffset.NUM_CHILDREN),
      children: nodes.get(node, Field.FIRST_CHILD) === NO_NODE ? undefined : this.#listOf(node, newest),
    };
  }

  #listOf(node: number, newest: Generation): ZnodeListCursor {
    const lists = newest.lists.get(node, node) ?? [];
    newest.lists.set(node, node, lists);
    return new ZnodeListCursor(lists, childrenOf(this.#znodes, node), this.#zxid());
  }
}
