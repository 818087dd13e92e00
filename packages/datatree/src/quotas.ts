// Keeps the use of each quota in its zookeeper_stats znode, as every ZooKeeper server does by itself: without a txn, without a
// trace in the Stat, and outside the digest (DataTree.updateQuotaStat). Prep asks for the limits, and enforces them.

import { JuteWriter } from '@zebu/jute';
import { Field, NO_NODE, StatOffset } from './node-store.ts';
import { PathKey } from './path-key.ts';
import { formatUsage, moveUsage, parseLimits, parseUsage, type QuotaLimits, type QuotaUsage } from './quota-usage.ts';
import type { Znodes } from './znodes.ts';

const QUOTA_ROOT = '/zookeeper/quota';
const LIMITS = '/zookeeper_limits';
const STATS = '/zookeeper_stats';
const MAX_USAGE_BYTES = 1024;

export interface Quota {
  /** The znode that has the quota. */
  readonly path: string;
  readonly limits: QuotaLimits;
  readonly usage: QuotaUsage;
}

export class Quotas {
  readonly #znodes: Znodes;
  /** Paths that have a zookeeper_limits znode. */
  readonly #limited = new Set<string>();
  readonly #key = new PathKey();

  constructor(znodes: Znodes) {
    this.#znodes = znodes;
  }

  onCreated(key: PathKey, dataLength: number): void {
    if (isQuotaPath(key)) {
      const path = key.text();
      if (path.endsWith(LIMITS)) this.#limited.add(limitedPath(path, LIMITS));
      if (path.endsWith(STATS)) this.#recount(limitedPath(path, STATS));
    }
    if (this.#limited.size > 0) this.#move(key, 1, dataLength);
  }

  onDeleted(key: PathKey, dataLength: number): void {
    if (this.#limited.size === 0) return;
    const path = key.text();
    if (isQuotaPath(key) && path.endsWith(LIMITS)) this.#limited.delete(limitedPath(path, LIMITS));
    this.#move(key, -1, -dataLength);
  }

  onDataChanged(key: PathKey, lengthDifference: number): void {
    if (this.#limited.size > 0) this.#move(key, 0, lengthDifference);
  }

  /** The quota that a znode at the path counts for; undefined if none does, or a client took its parts away. */
  quotaOf(path: string): Quota | undefined {
    const limited = this.#limited.size === 0 ? undefined : this.#limitedPrefix(path);
    if (limited === undefined) return undefined;
    const limits = this.#find(limited, LIMITS);
    const stats = this.#find(limited, STATS);
    if (limits === NO_NODE || stats === NO_NODE) return undefined;
    return { path: limited, limits: parseLimits(this.#read(limits)), usage: parseUsage(this.#read(stats)) };
  }

  /** After a snapshot was loaded. Its counts are right when it was exact; a fuzzy one's may be of another moment. */
  load(isExact: boolean): void {
    this.#key.setString(QUOTA_ROOT);
    const root = this.#znodes.names.find(this.#key);
    if (root === NO_NODE) return;
    for (const node of this.#below(root)) {
      this.#znodes.names.writePath(node, this.#key);
      const path = this.#key.text();
      if (!path.endsWith(LIMITS)) continue;
      this.#limited.add(limitedPath(path, LIMITS));
      if (!isExact) this.#recount(limitedPath(path, LIMITS));
    }
  }

  #move(key: PathKey, countDifference: number, bytesDifference: number): void {
    const limited = this.#limitedPrefix(key.text());
    const stats = limited === undefined ? NO_NODE : this.#find(limited, STATS);
    if (stats !== NO_NODE) this.#write(stats, moveUsage(this.#read(stats), countDifference, bytesDifference));
  }

  /** Only the innermost quota counts a znode (PathTrie.findMaxPrefix); one on the root counts none. */
  #limitedPrefix(path: string): string | undefined {
    let prefix = path;
    while (prefix !== '' && !this.#limited.has(prefix)) prefix = prefix.slice(0, prefix.lastIndexOf('/'));
    return prefix === '' ? undefined : prefix;
  }

  /** DataTree.updateQuotaForPath. */
  #recount(path: string): void {
    const stats = this.#find(path, STATS);
    if (stats === NO_NODE) return;
    this.#key.setString(path);
    const top = path === '' ? NO_NODE : this.#znodes.names.find(this.#key);
    let count = 0;
    let bytes = 0;
    for (const node of top === NO_NODE ? [] : this.#below(top)) {
      count++;
      bytes += this.#znodes.nodes.statInt(node, StatOffset.DATA_LENGTH);
    }
    this.#write(stats, formatUsage(count, bytes));
  }

  /** The znode and all below it. */
  *#below(top: number): Generator<number> {
    const { nodes } = this.#znodes;
    const pending = [top];
    for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
      yield node;
      for (let at = nodes.get(node, Field.FIRST_CHILD); at !== NO_NODE; at = nodes.get(at, Field.NEXT_SIBLING)) {
        pending.push(at);
      }
    }
  }

  #find(path: string, name: string): number {
    this.#key.setString(`${QUOTA_ROOT}${path}${name}`);
    return this.#znodes.names.find(this.#key);
  }

  /** Clients may write anything there: what is not ASCII or endless is not the use of a quota. */
  #read(stats: number): string {
    const ref = this.#znodes.nodes.get(stats, Field.DATA);
    const start = this.#znodes.arena.offsetOf(ref);
    const length = this.#znodes.nodes.statInt(stats, StatOffset.DATA_LENGTH);
    if (length > MAX_USAGE_BYTES) return '';
    return String.fromCharCode(...this.#znodes.arena.bytesOf(ref).subarray(start, start + length));
  }

  #write(stats: number, usage: string): void {
    this.#znodes.names.writePath(stats, this.#key);
    const writer = new JuteWriter();
    writer.writeString(usage);
    const bytes = writer.view();
    this.#znodes.beginChange(stats, false);
    this.#znodes.replaceData(stats, this.#key, bytes, 4, bytes.length - 4);
    this.#znodes.endChange(stats, false);
  }
}

function isQuotaPath(key: PathKey): boolean {
  return !key.countsInDigest && key.text().startsWith(`${QUOTA_ROOT}/`);
}

/** "/a/b" of "/zookeeper/quota/a/b/zookeeper_limits"; empty for a quota on the root. */
const limitedPath = (path: string, name: string): string => path.slice(QUOTA_ROOT.length, path.length - name.length);
