// A long listing, taken in slices while the tree goes on changing, exact at the zxid of its opening. What is about to change and
// was not listed yet is listed first, as for a snapshot; new znodes stand in front of a list, where the cursor does not come again.

import type { JuteWriter } from '@zebu/jute';
import { JuteWriter as Writer } from '@zebu/jute';
import type { Zxid } from '@zebu/protocol';
import type { ChangeObserver } from './change-observer.ts';
import { NO_NODE } from './node-store.ts';
import { SlotSet } from './slot-set.ts';

export interface ListingCursor {
  /** The tree is listed as it was then. */
  readonly zxid: Zxid;
  /** Entries appended so far. */
  readonly count: number;
  /** Looks at up to `maxCount` more znodes of the list and appends their entries. False once there are no more. */
  next(maxCount: number, out: JuteWriter): boolean;
  /** Frees what was kept for the listing; may be called early and twice. */
  close(): void;
}

/** A linked list of znodes, of which all may change but the order of those that stay. */
export interface ZnodeList {
  readonly first: number;
  after(node: number): number;
  has(node: number): boolean;
  /** Appends the entry of a znode; false when it has none. */
  write(node: number, out: JuteWriter): boolean;
}

export class ZnodeListCursor implements ListingCursor, ChangeObserver {
  readonly zxid: Zxid;
  readonly #observers: ChangeObserver[];
  readonly #list: ZnodeList;
  /** Listed, or newer than the listing. */
  #done = new SlotSet();
  /** What had to be listed before its turn. */
  #early = new Writer();
  #next: number;
  #count = 0;

  /** Among the observers it hears of every znode that is, was or comes into the list. */
  constructor(observers: ChangeObserver[], list: ZnodeList, zxid: Zxid) {
    this.zxid = zxid;
    this.#observers = observers;
    this.#list = list;
    this.#next = list.first;
    this.#observers.push(this);
  }

  get count(): number {
    return this.#count;
  }

  /** Another that goes on from here, of the same zxid. */
  fork(): ZnodeListCursor {
    const fork = new ZnodeListCursor(this.#observers, this.#list, this.zxid);
    fork.#done = this.#done.copy();
    fork.#early.writeRaw(this.#early.view());
    fork.#next = this.#next;
    fork.#count = this.#count;
    return fork;
  }

  next(maxCount: number, out: JuteWriter): boolean {
    out.writeRaw(this.#early.view());
    this.#early.reset();
    for (let looked = 0; looked < maxCount && this.#next !== NO_NODE; looked++) {
      const node = this.#next;
      this.#next = this.#list.after(node);
      this.#writeIfPending(node, out);
    }
    if (this.#next !== NO_NODE) return true;
    this.close();
    return false;
  }

  close(): void {
    const at = this.#observers.indexOf(this);
    if (at >= 0) this.#observers.splice(at, 1);
    this.#next = NO_NODE;
    this.#done = new SlotSet();
    this.#early = new Writer();
  }

  beforeNodeChange(node: number): void {
    if (!this.#list.has(node)) return;
    this.#writeIfPending(node, this.#early);
    // It may be taken out of the list.
    if (node === this.#next) this.#next = this.#list.after(node);
  }

  onNodeAdded(node: number): void {
    this.#done.add(node);
  }

  beforeAclRemoval(): void {}
  onAclAdded(): void {}
  beforeSessionChange(): void {}
  onSessionAdded(): void {}

  #writeIfPending(node: number, out: JuteWriter): void {
    if (this.#done.has(node)) return;
    this.#done.add(node);
    if (this.#list.write(node, out)) this.#count++;
  }
}
