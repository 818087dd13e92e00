// multiRead: getData and getChildren several times over, each with a result of its own (FinalRequestProcessor,
// MultiOperationRecord). One that is too much for a step goes on in later ones, and is all of the zxid of its first.

import type { ListingCursor, Readable, TreeView } from '@zebu/datatree';
import { encodeMultiHeader, type JuteReader, type JuteWriter, MULTI_END } from '@zebu/jute';
import { type Acl, ErrorCode, OpCode } from '@zebu/protocol';
import { type LongWork, NO_BYTES } from './long-work.ts';
import { MultiReadParts } from './multi-read-parts.ts';
import type { SliceSizes } from './slice-sizes.ts';

/** Entries of lists that take the time of a part. */
const ENTRIES_PER_PART = 4;
/** A list so many times shorter than a slice is written as a part like any other. */
const SHORT_LISTS_PER_SLICE = 8;

/** Why the client may not read what has this ACL, or undefined; undefined for no znode. */
export type ReadRefusal = (acl: readonly Acl[] | undefined) => ErrorCode | undefined;

export class MultiReadAnswer implements LongWork {
  readonly opening: Uint8Array = NO_BYTES;
  /** What was answered before an error is told with it, as ZooKeeper does. */
  outcome: ErrorCode = ErrorCode.OK;
  readonly #parts: MultiReadParts;
  readonly #refusalOf: ReadRefusal;
  readonly #slices: SliceSizes;
  #tree: Readable;
  #view: TreeView | undefined;
  /** The list that is being written. */
  #openList: ListingCursor | undefined;

  constructor(tree: Readable, reader: JuteReader, refusalOf: ReadRefusal, slices: SliceSizes) {
    this.#slices = slices;
    this.#tree = tree;
    this.#parts = new MultiReadParts(reader);
    this.#refusalOf = refusalOf;
  }

  /** What is left is done in later steps, of the tree as it is now. */
  keep(view: TreeView): void {
    this.#view = view;
    this.#tree = view;
    this.#parts.keep();
  }

  /** All parts are looked at before the first is answered. */
  next(body: JuteWriter): boolean {
    if (!this.#parts.isChecked) {
      this.#parts.check(this.#slices.stringCount);
      if (!this.#parts.isChecked) return true;
    }
    const end = body.length + this.#slices.bytes;
    for (let left = this.#slices.partCount; left > 0 && body.length < end; ) {
      const cost = this.#openList === undefined ? this.#answerNext(body) : this.#listMore(this.#openList, body);
      if (cost === 0) return false;
      left -= cost;
    }
    return true;
  }

  close(): void {
    this.#openList?.close();
    this.#view?.close();
  }

  /** In parts; 0 when there is none left. */
  #answerNext(body: JuteWriter): number {
    const path = this.#parts.next();
    if (path === null) this.outcome = ErrorCode.MARSHALLINGERROR;
    if (path === null || path === undefined) {
      encodeMultiHeader(body, MULTI_END);
      return 0;
    }
    const { type } = this.#parts;
    const refusal = this.#refusalOf(this.#tree.aclOf(path));
    const isRefused = refusal !== undefined;
    encodeMultiHeader(body, { type: isRefused ? OpCode.ERROR : type, done: false, error: refusal ?? ErrorCode.OK });
    if (type === OpCode.GET_CHILDREN && !isRefused) return this.#list(path, body);
    if (isRefused) body.writeInt(refusal);
    else this.#tree.getData(path, body);
    return 1;
  }

  #list(path: string, body: JuteWriter): number {
    const count = this.#tree.childCountOf(path);
    if (count * SHORT_LISTS_PER_SLICE <= this.#slices.entryCount) {
      this.#tree.getChildren(path, body);
      return 1 + count / ENTRIES_PER_PART;
    }
    body.writeInt(count);
    this.#openList = this.#tree.openChildren(path);
    return 1;
  }

  #listMore(list: ListingCursor, body: JuteWriter): number {
    const { entryCount } = this.#slices;
    if (!list.next(entryCount, body)) {
      list.close();
      this.#openList = undefined;
    }
    return entryCount / ENTRIES_PER_PART;
  }
}
