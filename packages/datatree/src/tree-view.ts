// The tree as it was at one zxid, for a read that takes several steps.

import type { JuteWriter } from '@zebu/jute';
import { type Acl, ErrorCode, type ErrorCode as Code, type Zxid } from '@zebu/protocol';
import type { ListingCursor } from './listing-cursor.ts';
import type { Generation, Past, PastZnodes } from './past-znodes.ts';

/** What may be read of the tree as it is, and of a view. */
export interface Readable {
  aclOf(path: string): readonly Acl[] | undefined;
  /** 0 for a path without a znode. */
  childCountOf(path: string): number;
  getData(path: string, out: JuteWriter): Code;
  getChildren(path: string, out: JuteWriter): Code;
  openChildren(path: string): ListingCursor | undefined;
}

export interface TreeView extends Readable {
  readonly zxid: Zxid;
  /** Frees what was kept for the view; cursors of it must be closed before. May be called twice. */
  close(): void;
}

/** A path that was about to change has its past; any other is as it was. */
export class OpenTreeView implements TreeView {
  readonly zxid: Zxid;
  readonly #tree: Readable;
  readonly #pastZnodes: PastZnodes;
  readonly #generation: Generation;
  #closed = false;

  constructor(tree: Readable, pastZnodes: PastZnodes, zxid: Zxid) {
    this.zxid = zxid;
    this.#tree = tree;
    this.#pastZnodes = pastZnodes;
    this.#generation = pastZnodes.open();
  }

  aclOf(path: string): readonly Acl[] | undefined {
    const past = this.#pastOf(path);
    if (past === undefined) return this.#tree.aclOf(path);
    return past === 'absent' ? undefined : past.acl;
  }

  childCountOf(path: string): number {
    const past = this.#pastOf(path);
    if (past === undefined) return this.#tree.childCountOf(path);
    return past === 'absent' ? 0 : past.childCount;
  }

  getData(path: string, out: JuteWriter): Code {
    const past = this.#pastOf(path);
    if (past === undefined) return this.#tree.getData(path, out);
    if (past === 'absent') return ErrorCode.NONODE;
    out.writeRaw(past.data);
    return ErrorCode.OK;
  }

  getChildren(path: string, out: JuteWriter): Code {
    const past = this.#pastOf(path);
    if (past === undefined) return this.#tree.getChildren(path, out);
    if (past === 'absent') return ErrorCode.NONODE;
    out.writeInt(past.childCount);
    past.children?.fork().next(past.childCount, out);
    return ErrorCode.OK;
  }

  openChildren(path: string): ListingCursor | undefined {
    const past = this.#pastOf(path);
    if (past === undefined) return this.#tree.openChildren(path);
    return past === 'absent' ? undefined : past.children?.fork();
  }

  close(): void {
    if (!this.#closed) this.#pastZnodes.close(this.#generation);
    this.#closed = true;
  }

  #pastOf(path: string): Past | undefined {
    return this.#pastZnodes.find(path, this.#generation);
  }
}
