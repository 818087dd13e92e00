// Builds a tree from the body of a snapshot, in chunks cut anywhere. A record is taken as soon as it is whole; what is left of
// a chunk waits for the next.

import { JuteError, JuteReader } from '@zebu/jute';
import type { Zxid } from '@zebu/protocol';
import { assert } from '@zebu/protocol';
import { DataTree } from './data-tree.ts';
import type { ZxidDigest } from './digest-check.ts';
import { NO_NODE } from './node-store.ts';
import { PathKey } from './path-key.ts';
import { SnapshotFormatError } from './snapshot-format-error.ts';
import { SnapshotLoader } from './snapshot-loader.ts';
import { isEndMark, type Measure, measureAcl, measureCount, measureNode, measureSession } from './snapshot-measure.ts';
import { readSnapshotTail } from './snapshot-tail.ts';
import { countRootAgain } from './system-znodes.ts';
import type { DataTreeOptions } from './tree-state.ts';
import { highWord, isAbove, lowWord } from './words.ts';

type Section = 'sessionCount' | 'session' | 'aclCount' | 'acl' | 'node' | 'tail';

const MEASURES: { readonly [Name in Exclude<Section, 'tail'>]: Measure } = {
  sessionCount: measureCount,
  session: measureSession,
  aclCount: measureCount,
  acl: measureAcl,
  node: measureNode,
};
/** More than any version writes behind the znodes. */
const MAX_TAIL_BYTES = 128;
const FIRST_BUFFER_BYTES = 4096;

export class SnapshotRestorer {
  readonly #options: DataTreeOptions;
  readonly #loader: SnapshotLoader;
  readonly #reader = new JuteReader();
  /** What has come and is not read yet: buffer[start, end). */
  #buffer = new Uint8Array(FIRST_BUFFER_BYTES);
  #start = 0;
  #end = 0;
  /** Bytes that must be there before the next look at them. */
  #needed = 0;
  #section: Section = 'sessionCount';
  /** Records to come in this section, where it has a count. */
  #left = 0;
  #isOver = false;

  constructor(options: DataTreeOptions = {}) {
    this.#options = options;
    this.#loader = new SnapshotLoader(options);
  }

  /** Cuts may fall anywhere. Throws SnapshotFormatError; the restorer is of no use afterwards. */
  push(chunk: Uint8Array): void {
    assert(!this.#isOver, 'a restorer that failed or finished takes no more');
    this.#append(chunk);
    this.#guarded(() => this.#readRecords());
  }

  /** `zxid` is the snapshot's, by its file name or packet. Throws SnapshotFormatError when the body is not complete or its digest is wrong. */
  finish(zxid: Zxid): DataTree {
    assert(!this.#isOver, 'a restorer finishes once');
    return this.#guarded(() => {
      if (this.#section !== 'tail') throw new SnapshotFormatError(`the snapshot ends in its ${this.#section} section`);
      this.#reader.reset(this.#buffer, this.#start, this.#end);
      const digest = readSnapshotTail(this.#reader);
      this.#isOver = true;
      return this.#complete(zxid, digest);
    });
  }

  #complete(zxid: Zxid, digest: ZxidDigest | undefined): DataTree {
    const { state } = this.#loader;
    const root = new PathKey();
    root.setString('/');
    if (state.znodes.names.find(root) === NO_NODE) throw new SnapshotFormatError('no root');
    state.znodes.acls.purgeUnused();
    countRootAgain(state.znodes);
    state.lastZxidHigh = highWord(zxid);
    state.lastZxidLow = lowWord(zxid);
    const isExact = digest !== undefined && this.#isOfSnapshot(digest);
    if (digest !== undefined) this.#checkDigest(digest);
    state.quotas.load(isExact);
    return new DataTree(this.#options, state);
  }

  /** A digest of an earlier zxid than the snapshot's says nothing (DataTree.deserializeZxidDigest); one ahead is met in replay. */
  #checkDigest(digest: ZxidDigest): void {
    const { digestCheck, lastZxidHigh, lastZxidLow } = this.#loader.state;
    if (isAbove(digest.zxidHigh, digest.zxidLow, lastZxidHigh, lastZxidLow)) return digestCheck.await(digest);
    if (this.#isOfSnapshot(digest) && !digestCheck.matches(digest)) {
      throw new SnapshotFormatError('the znodes of the snapshot do not have its digest');
    }
  }

  #isOfSnapshot(digest: ZxidDigest): boolean {
    const { lastZxidHigh, lastZxidLow } = this.#loader.state;
    return digest.zxidHigh === lastZxidHigh && digest.zxidLow === lastZxidLow;
  }

  #readRecords(): void {
    while (this.#section !== 'tail' && this.#available >= this.#needed) {
      const window = { bytes: this.#buffer, start: this.#start, end: this.#end };
      const length = MEASURES[this.#section](window);
      if (length > this.#available) {
        this.#needed = length;
        return;
      }
      this.#needed = 0;
      this.#reader.reset(this.#buffer, this.#start, this.#start + length);
      if (this.#section === 'node' && isEndMark(window)) this.#section = 'tail';
      else this.#readRecord(this.#section);
      this.#start += length;
    }
    if (this.#section === 'tail' && this.#available > MAX_TAIL_BYTES) {
      throw new SnapshotFormatError('more bytes behind the znodes than any version writes');
    }
  }

  #readRecord(section: Exclude<Section, 'tail'>): void {
    switch (section) {
      case 'sessionCount':
        return this.#enter('session', 'aclCount', this.#reader.readInt());
      case 'session':
        this.#loader.addSession(this.#reader);
        return this.#enter('session', 'aclCount', this.#left - 1);
      case 'aclCount':
        return this.#enter('acl', 'node', this.#reader.readInt());
      case 'acl':
        this.#loader.addAcl(this.#reader);
        return this.#enter('acl', 'node', this.#left - 1);
      case 'node':
        return this.#loader.addNode(this.#reader);
    }
  }

  #enter(section: Section, behind: Section, left: number): void {
    if (left < 0) throw new SnapshotFormatError(`a count of ${left} in the ${section} section`);
    this.#left = left;
    this.#section = left > 0 ? section : behind;
  }

  get #available(): number {
    return this.#end - this.#start;
  }

  #append(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#buffer.length) this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  #makeRoom(length: number): void {
    const needed = this.#available + length;
    const target = needed * 2 > this.#buffer.length ? new Uint8Array(needed * 2) : this.#buffer;
    target.set(this.#buffer.subarray(this.#start, this.#end));
    this.#buffer = target;
    this.#end -= this.#start;
    this.#start = 0;
  }

  #guarded<T>(step: () => T): T {
    try {
      return step();
    } catch (error) {
      this.#isOver = true;
      if (error instanceof JuteError) throw new SnapshotFormatError(error.message, { cause: error });
      throw error;
    }
  }
}
