// How a learner is brought to the leader's history (LearnerHandler.syncFollower): DIFF from memory when it missed little, DIFF from the log
// files when it missed more, TRUNC first when it has txns that the history has not, SNAP when the log no longer reaches back or would be longer.

import type { Logger } from '@zebu/interfaces';
import {
  assert,
  firstTxnAfter,
  formatZxid,
  NO_ZXID,
  type QuorumPacket,
  totalBytes,
  type TxnBytes,
  txnZxid,
  unreachable,
  ZERO_ZXID,
  type Zxid,
} from '@zebu/protocol';
import type { CommittedLog } from './committed-log.ts';
import type { LearnerHandler } from './learner-handler.ts';
import type { LeaderInput, LearnerMasterEffect } from './messages.ts';
import { DEFAULT_SYNC_LIMITS, type LearnerMasterOptions } from './setup.ts';
import { SyncThrottle } from './sync-throttle.ts';

type SyncPathOfDiff = 'DIFF' | 'DIFF_FROM_DISK';

/** Bytes of one round of log; the next is read when this one has left. */
export const ROUND_BYTES = 1024 * 1024;
/** A DIFF of at most this size is never worth a snapshot. */
const ALWAYS_DIFF_BYTES = 8 * 1024 * 1024;

export type SynchronizationInput = Extract<
  LeaderInput,
  { type: 'located' | 'logRead' | 'logReadFailed' | 'snapshotProgress' | 'snapshotSent' }
>;

/** The history that learners are brought to. */
export interface SharedHistory {
  /** The end of the log, committed or not. */
  readonly lastProposedZxid: Zxid;
  readonly lastCommittedZxid: Zxid;
  /** What is committed is known. */
  readonly established: boolean;
  /** The greatest zxid of the history, as far as memory holds it, that is at most `zxid`. */
  floor(zxid: Zxid): Zxid;
  /** Everything above `zxid` that memory holds, which begins at or below it. */
  after(zxid: Zxid): readonly TxnBytes[];
}

export interface SynchronizerDependencies {
  readonly committedLog: CommittedLog;
  readonly history: SharedHistory;
  /** All that are connected. */
  readonly learners: ReadonlyMap<unknown, LearnerHandler>;
  readonly options: LearnerMasterOptions;
  readonly logger: Logger;
}

export class Synchronizer {
  readonly #committedLog: CommittedLog;
  readonly #history: SharedHistory;
  readonly #options: LearnerMasterOptions;
  readonly #throttle: SyncThrottle;
  readonly #logger: Logger;

  constructor({ committedLog, history, learners, options, logger }: SynchronizerDependencies) {
    this.#committedLog = committedLog;
    this.#history = history;
    this.#options = options;
    this.#throttle = new SyncThrottle(learners, options.syncLimits ?? DEFAULT_SYNC_LIMITS);
    this.#logger = logger;
  }

  /** The epoch is accepted: bring this learner, whose log ends at `handler.lastZxid`, to our history. `handler.refusal` says if it has to wait. */
  begin(handler: LearnerHandler): LearnerMasterEffect[] {
    handler.phase = 'catchingUp';
    const { link, lastZxid } = handler;
    const onlySnapshotWillDo = handler.needsSnapshot || lastZxid === NO_ZXID;
    // Where the epoch rolls over there is nothing to bring: the learner serves on with the tree that it has.
    const forced = this.#options.forceSnapshotSync === true && !handler.rollsOver;
    if (onlySnapshotWillDo || forced) return this.#snapshot(handler);
    if (lastZxid >= this.#committedLog.base) return this.#startAt(handler, this.#floor(handler), 'DIFF');
    if (lastZxid === ZERO_ZXID) return this.#snapshot(handler);
    handler.waiting = true;
    return [...this.#pin(handler, lastZxid), { type: 'locate', link, zxid: lastZxid }];
  }

  progress(handler: LearnerHandler, input: SynchronizationInput): LearnerMasterEffect[] {
    switch (input.type) {
      case 'located':
        return this.#onLocated(handler, input);
      case 'logRead':
        return this.#onLogRead(handler, input.txns);
      case 'logReadFailed':
        return this.#onLogReadFailed(handler);
      case 'snapshotProgress':
        return [];
      case 'snapshotSent':
        return this.#nextRound(handler);
      default:
        return unreachable(input);
    }
  }

  /** What is left to send is in memory and fits the link's queue: the last round can be made in this very step. */
  isCaughtUp(handler: LearnerHandler): boolean {
    if (handler.phase !== 'catchingUp' || handler.waiting || handler.sentZxid < this.#committedLog.base) return false;
    return handler.logUnreadable || totalBytes(this.#rest(handler)) <= this.#options.maxQueuedBytes / 2;
  }

  /** The last round; NEWLEADER follows it. */
  finish(handler: LearnerHandler): QuorumPacket[] {
    const packets = this.#run(handler, this.#rest(handler));
    handler.ackedZxid = handler.sentZxid;
    return packets;
  }

  #startAt(handler: LearnerHandler, floor: Zxid, path: SyncPathOfDiff): LearnerMasterEffect[] {
    const truncates = floor !== handler.lastZxid;
    assert(floor <= handler.lastZxid, 'a learner is cut back, never forward');
    if (this.#refuses(handler, 'diffs')) return [];
    handler.sentZxid = floor;
    handler.syncPath = truncates ? 'TRUNC' : path;
    const packet: QuorumPacket = truncates
      ? { type: 'TRUNC', zxid: floor }
      : { type: 'DIFF', zxid: this.#history.lastProposedZxid };
    if (truncates) {
      this.#logger.info('cutting a learner back', {
        sid: handler.sid,
        from: formatZxid(handler.lastZxid),
        to: formatZxid(floor),
      });
    }
    return [{ type: 'send', links: [handler.link], packets: [packet] }, ...this.#nextRound(handler)];
  }

  #onLocated(
    handler: LearnerHandler,
    input: Extract<SynchronizationInput, { type: 'located' }>,
  ): LearnerMasterEffect[] {
    const { position, bytesAfter, snapshotBytes } = input;
    const longerThanSnapshot =
      bytesAfter > Math.max(ALWAYS_DIFF_BYTES, this.#options.snapshotSizeFactor * snapshotBytes);
    if (position.type === 'tooOld' || longerThanSnapshot) return this.#snapshot(handler);
    const floor = position.type === 'found' ? handler.lastZxid : position.floor;
    return this.#startAt(handler, floor, 'DIFF_FROM_DISK');
  }

  #onLogRead(handler: LearnerHandler, txns: readonly TxnBytes[]): LearnerMasterEffect[] {
    // The log ended below what memory begins with: it does not hold what was promised.
    if (txns.length === 0) return this.#snapshot(handler);
    const packets = this.#run(handler, txns);
    return [{ type: 'send', links: [handler.link], packets }, ...this.#nextRound(handler)];
  }

  /** Memory is tried before another snapshot: a log that stays unreadable must not make one follow the other. */
  #onLogReadFailed(handler: LearnerHandler): LearnerMasterEffect[] {
    handler.logUnreadable = true;
    handler.waiting = false;
    const started = handler.syncPath !== undefined;
    return started && this.isCaughtUp(handler) ? [] : this.#snapshot(handler);
  }

  #nextRound(handler: LearnerHandler): LearnerMasterEffect[] {
    handler.waiting = false;
    if (this.isCaughtUp(handler)) return [];
    handler.waiting = true;
    const { link, sentZxid } = handler;
    return [...this.#pin(handler, sentZxid), { type: 'readLog', link, after: sentZxid, maxBytes: ROUND_BYTES }];
  }

  /** The tree at its last delivered txn; meanwhile nothing is queued for the learner. Also when its log proves unreadable amid a DIFF. */
  #snapshot(handler: LearnerHandler): LearnerMasterEffect[] {
    if (this.#refuses(handler, 'snapshots')) return [];
    const { link } = handler;
    const zxid = this.#history.lastCommittedZxid;
    handler.sentZxid = zxid;
    handler.syncPath = 'SNAP';
    handler.waiting = true;
    handler.pinned = false;
    return [
      ...this.#pin(handler, zxid),
      { type: 'send', links: [link], packets: [{ type: 'SNAP', zxid }] },
      { type: 'sendSnapshot', link, zxid },
    ];
  }

  #refuses(handler: LearnerHandler, kind: 'snapshots' | 'diffs'): boolean {
    handler.refusal = this.#throttle.refusalOf(handler, kind);
    return handler.refusal !== undefined;
  }

  #pin(handler: LearnerHandler, after: Zxid): LearnerMasterEffect[] {
    if (handler.pinned) return [];
    handler.pinned = true;
    return [{ type: 'pinLog', link: handler.link, after }];
  }

  #floor(handler: LearnerHandler): Zxid {
    const floor = this.#history.floor(handler.lastZxid);
    const committedZxid = this.#history.lastCommittedZxid;
    return this.#onlyCommitted(handler) && floor > committedZxid ? committedZxid : floor;
  }

  /** What of the history is still to be sent; memory holds it. */
  #rest(handler: LearnerHandler): readonly TxnBytes[] {
    return this.#onlyCommitted(handler)
      ? this.#committedLog.after(handler.sentZxid)
      : this.#history.after(handler.sentZxid);
  }

  /** An observer holds what is committed, no more; before the leader is established that is not known, and all of the history may be sent. */
  #onlyCommitted(handler: LearnerHandler): boolean {
    return !handler.voter && this.#history.established;
  }

  #run(handler: LearnerHandler, txns: readonly TxnBytes[]): QuorumPacket[] {
    const committedZxid = this.#history.lastCommittedZxid;
    const run = this.#onlyCommitted(handler) ? txns.slice(0, firstTxnAfter(txns, committedZxid)) : txns;
    const packets: QuorumPacket[] = [];
    if (run.length > 0) {
      for (const part of split(run)) packets.push({ type: 'PROPOSAL', txns: part });
      handler.sentZxid = txnZxid(run[run.length - 1] as TxnBytes);
    }
    if (this.#history.established) {
      packets.push({ type: 'COMMIT', zxid: committedZxid < handler.sentZxid ? committedZxid : handler.sentZxid });
    }
    return packets;
  }
}

/** Parts of about a round each, so that no packet is as large as the window. */
function split(txns: readonly TxnBytes[]): TxnBytes[][] {
  const parts: TxnBytes[][] = [];
  let part: TxnBytes[] = [];
  let bytes = 0;
  for (const txn of txns) {
    if (bytes + txn.length > ROUND_BYTES && part.length > 0) {
      parts.push(part);
      part = [];
      bytes = 0;
    }
    part.push(txn);
    bytes += txn.length;
  }
  if (part.length > 0) parts.push(part);
  return parts;
}
