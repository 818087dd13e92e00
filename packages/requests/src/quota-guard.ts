// Does a write exceed a quota (ZooKeeperServer.checkQuota)? The use that counts is that of what has been applied, as in
// ZooKeeper: what one multi creates, or what is still outstanding, may go beyond a limit together.

import type { Logger } from '@zebu/interfaces';
import type { WallClockMs } from '@zebu/protocol';
import type { PrepTree } from './tree-views.ts';

/** What a write adds. */
export interface QuotaChange {
  readonly count: number;
  readonly bytes: number;
}

/** A quota that is exceeded is not logged more often. */
const LOG_INTERVAL_MS = 60_000;
/** Quotas whose last log line is remembered. */
const MAX_REMEMBERED_COUNT = 1000;

export class QuotaGuard {
  readonly #tree: Pick<PrepTree, 'quotaOf'>;
  readonly #enforceQuota: boolean;
  readonly #logger: Logger;
  readonly #loggedAt = new Map<string, WallClockMs>();

  constructor(tree: Pick<PrepTree, 'quotaOf'>, enforceQuota: boolean, logger: Logger) {
    this.#tree = tree;
    this.#enforceQuota = enforceQuota;
    this.#logger = logger;
  }

  /** Whether a hard limit is enforced and would be exceeded. What exceeds a soft one is logged, and permitted. */
  refuses(path: string, change: QuotaChange, now: WallClockMs): boolean {
    const quota = this.#tree.quotaOf(path);
    if (quota === undefined) return false;
    const { limits, usage } = quota;
    const count = { soft: limits.count, hard: limits.countHard, usage: usage.count, change: change.count };
    const bytes = { soft: limits.bytes, hard: limits.bytesHard, usage: usage.bytes, change: change.bytes };
    return this.#exceeds('count', count, quota.path, now) || this.#exceeds('bytes', bytes, quota.path, now);
  }

  /** A hard limit hides the soft one. */
  #exceeds(
    what: string,
    { soft, hard, usage, change }: { soft: number; hard: number; usage: number; change: number },
    path: string,
    now: WallClockMs,
  ): boolean {
    const isHard = hard > -1;
    const limit = isHard ? hard : soft;
    if (change === 0 || limit <= -1 || usage + change <= limit) return false;
    this.#log(`the quota of ${what} is exceeded`, { path, wouldBe: usage + change, limit, isHard }, now);
    return isHard && this.#enforceQuota;
  }

  #log(message: string, fields: { path: string; wouldBe: number; limit: number; isHard: boolean }, now: number): void {
    const loggedAt = this.#loggedAt.get(fields.path);
    if (loggedAt !== undefined && now - loggedAt < LOG_INTERVAL_MS) return;
    if (this.#loggedAt.size >= MAX_REMEMBERED_COUNT) this.#loggedAt.clear();
    this.#loggedAt.set(fields.path, now);
    this.#logger.warn(message, fields);
  }
}
