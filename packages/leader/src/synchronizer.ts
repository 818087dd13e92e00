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
import type { LeaderEffect, LeaderInput } from './messages.ts';
import type { Proposals } from './proposals.ts';

type SyncPathOfDiff = 'DIFF' | 'DIFF_FROM_DISK';

/** Bytes of one round of log; the next is read when this one has left. */
export const ROUND_BYTES = 1024 * 1024;
/** A DIFF of at most this size is never worth a snapshot. */
const ALWAYS_DIFF_BYTES = 8 * 1024 * 1024;

export type SynchronizationInput = Extract<
  LeaderInput,
  { type: 'located' | 'logRead' | 'logReadFailed' | 'snapshotProgress' | 'snapshotSent' }
>;

export interface SynchronizerOptions {
  readonly snapshotSizeFactor: number;
  readonly forceSnapshotSync?: boolean | undefined;
  readonly maxQueuedBytes: number;
}

export class Synchronizer {
  readonly #committedLog: CommittedLog;
  readonly #proposals: Proposals;
  readonly #options: SynchronizerOptions;
  readonly #logger: Logger;

  constructor(committedLog: CommittedLog, proposals: Proposals, options: SynchronizerOptions, logger: Logger) {
    this.#committedLog = committedLog;
    this.#proposals = proposals;
    this.#options = options;
    this.#logger = logger;
  }

  /** The epoch is accepted: bring this learner, whose log ends at `handler.lastZxid`, to our history. */
  begin(handler: LearnerHandler): LeaderEffect[] {
    handler.phase = 'catchingUp';
    const { link, lastZxid } = handler;
    const onlySnapshotWillDo = handler.needsSnapshot || lastZxid === NO_ZXID;
    if (onlySnapshotWillDo || this.#options.forceSnapshotSync === true) return this.#snapshot(handler);
    if (lastZxid >= this.#committedLog.base) return this.#startAt(handler, this.#floor(handler), 'DIFF');
    if (lastZxid === ZERO_ZXID) return this.#snapshot(handler);
    handler.waiting = true;
    return [...this.#pin(handler, lastZxid), { type: 'locate', link, zxid: lastZxid }];
  }

  progress(handler: LearnerHandler, input: SynchronizationInput): LeaderEffect[] {
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

  #startAt(handler: LearnerHandler, floor: Zxid, path: SyncPathOfDiff): LeaderEffect[] {
    const truncates = floor !== handler.lastZxid;
    assert(floor <= handler.lastZxid, 'a learner is cut back, never forward');
    handler.sentZxid = floor;
    handler.syncPath = truncates ? 'TRUNC' : path;
    const packet: QuorumPacket = truncates
      ? { type: 'TRUNC', zxid: floor }
      : { type: 'DIFF', zxid: this.#proposals.lastProposedZxid };
    if (truncates) {
      this.#logger.info('cutting a learner back', {
        sid: handler.sid,
        from: formatZxid(handler.lastZxid),
        to: formatZxid(floor),
      });
    }
    return [{ type: 'send', links: [handler.link], packets: [packet] }, ...this.#nextRound(handler)];
  }

  #onLocated(handler: LearnerHandler, input: Extract<SynchronizationInput, { type: 'located' }>): LeaderEffect[] {
    const { position, bytesAfter, snapshotBytes } = input;
    const longerThanSnapshot =
      bytesAfter > Math.max(ALWAYS_DIFF_BYTES, this.#options.snapshotSizeFactor * snapshotBytes);
    if (position.type === 'tooOld' || longerThanSnapshot) return this.#snapshot(handler);
    const floor = position.type === 'found' ? handler.lastZxid : position.floor;
    return this.#startAt(handler, floor, 'DIFF_FROM_DISK');
  }

  #onLogRead(handler: LearnerHandler, txns: readonly TxnBytes[]): LeaderEffect[] {
    // The log ended below what memory begins with: it does not hold what was promised.
    if (txns.length === 0) return this.#snapshot(handler);
    const packets = this.#run(handler, txns);
    return [{ type: 'send', links: [handler.link], packets }, ...this.#nextRound(handler)];
  }

  /** Memory is tried before another snapshot: a log that stays unreadable must not make one follow the other. */
  #onLogReadFailed(handler: LearnerHandler): LeaderEffect[] {
    handler.logUnreadable = true;
    handler.waiting = false;
    const started = handler.syncPath !== undefined;
    return started && this.isCaughtUp(handler) ? [] : this.#snapshot(handler);
  }

  #nextRound(handler: LearnerHandler): LeaderEffect[] {
    handler.waiting = false;
    if (this.isCaughtUp(handler)) return [];
    handler.waiting = true;
    const { link, sentZxid } = handler;
    return [...this.#pin(handler, sentZxid), { type: 'readLog', link, after: sentZxid, maxBytes: ROUND_BYTES }];
  }

  /** The tree at its last delivered txn; meanwhile nothing is queued for the learner. Also when its log proves unreadable amid a DIFF. */
  #snapshot(handler: LearnerHandler): LeaderEffect[] {
    const { link } = handler;
    const zxid = this.#proposals.lastCommittedZxid;
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

  #pin(handler: LearnerHandler, after: Zxid): LeaderEffect[] {
    if (handler.pinned) return [];
    handler.pinned = true;
    return [{ type: 'pinLog', link: handler.link, after }];
  }

  #floor(handler: LearnerHandler): Zxid {
    const floor = this.#proposals.floor(handler.lastZxid);
    const committedZxid = this.#proposals.lastCommittedZxid;
    return this.#onlyCommitted(handler) && floor > committedZxid ? committedZxid : floor;
  }

  /** What of the history is still to be sent; memory holds it. */
  #rest(handler: LearnerHandler): readonly TxnBytes[] {
    return this.#onlyCommitted(handler)
      ? this.#committedLog.after(handler.sentZxid)
      : this.#proposals.after(handler.sentZxid);
  }

  /** An observer holds what is committed, no more; before the leader is established that is not known, and all of the history may be sent. */
  #onlyCommitted(handler: LearnerHandler): boolean {
    return !handler.voter && this.#proposals.established;
  }

  #run(handler: LearnerHandler, txns: readonly TxnBytes[]): QuorumPacket[] {
    const committedZxid = this.#proposals.lastCommittedZxid;
    const run = this.#onlyCommitted(handler) ? txns.slice(0, firstTxnAfter(txns, committedZxid)) : txns;
    const packets: QuorumPacket[] = [];
    if (run.length > 0) {
      for (const part of split(run)) packets.push({ type: 'PROPOSAL', txns: part });
      handler.sentZxid = txnZxid(run[run.length - 1] as TxnBytes);
    }
    if (this.#proposals.established) {
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
