// What servers of this module tell each other: a notification, with an extension that says who speaks. The vote says whom it has chosen.

import {
  assert,
  type Epoch,
  NO_ZXID,
  type Notification,
  type ServerId,
  type ServerState,
  type Vote,
  type Zxid,
} from '@zebu/protocol';

/** What a server logged last, and in which epoch. */
export interface History {
  readonly zxid: Zxid;
  readonly peerEpoch: Epoch;
}

/** What a server says of itself, beside its state and its vote. */
export interface Speaker {
  /** Drawn at each start: what was said before a restart does not count as later. */
  readonly incarnation: number;
  /** As of its last look; zxid -1 when it has none to vote with. */
  readonly history: History;
  readonly priority: number;
  /** It has heard a quorum that its history is not behind of. */
  readonly stands: boolean;
  /** It wants to be answered. */
  readonly asks: boolean;
}

/** One server's last word. */
export interface Word extends Speaker {
  readonly state: ServerState;
  /** Notifications of one incarnation, counted by it. */
  readonly count: bigint;
  readonly vote: Vote;
}

const FORMAT = 1;
const [STANDS, ASKS] = [1, 2];
/** Format, flags, incarnation, priority, epoch, zxid. */
const LENGTH = 2 + 4 + 4 + 4 + 8;
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

export function encodeSpeaker({ incarnation, history, priority, stands, asks }: Speaker): Uint8Array {
  const bytes = new Uint8Array(LENGTH);
  const view = new DataView(bytes.buffer);
  assert(history.zxid >= NO_ZXID && history.zxid < ALL_ONES, `${history.zxid} is no zxid`);
  view.setUint8(0, FORMAT);
  view.setUint8(1, (stands ? STANDS : 0) | (asks ? ASKS : 0));
  view.setUint32(2, incarnation);
  view.setInt32(6, priority);
  view.setInt32(10, history.peerEpoch);
  view.setBigInt64(14, BigInt.asIntN(64, history.zxid));
  return bytes;
}

/** Undefined for what no server of this module said, or one of a later format. */
export function wordOf({ state, vote, electionEpoch, extension }: Notification): Word | undefined {
  if (extension?.length !== LENGTH || extension[0] !== FORMAT) return undefined;
  const view = new DataView(extension.buffer, extension.byteOffset, LENGTH);
  const flags = view.getUint8(1);
  const zxid = view.getBigUint64(14);
  const epoch = view.getUint32(10);
  return {
    state,
    vote,
    count: electionEpoch,
    incarnation: view.getUint32(2),
    history: {
      zxid: zxid === ALL_ONES ? NO_ZXID : (zxid as Zxid),
      peerEpoch: (epoch === 0xffff_ffff ? -1 : epoch) as Epoch,
    },
    priority: view.getInt32(6),
    stands: (flags & STANDS) !== 0,
    asks: (flags & ASKS) !== 0,
  };
}

/** A duplicate, or one that was overtaken. Of two incarnations nobody can tell which is the later. */
export const isOutdated = (word: Word, known: Word | undefined): boolean =>
  known !== undefined && known.incarnation === word.incarnation && word.count <= known.count;

/** As discovery compares: a leader counts nobody whose history is ahead of its own. */
export const isAhead = (one: History, other: History): boolean =>
  one.peerEpoch !== other.peerEpoch ? one.peerEpoch > other.peerEpoch : one.zxid > other.zxid;

export interface Candidate {
  readonly id: ServerId;
  readonly priority: number;
  readonly history: History;
}

/** Of two that stand: the preferred one, then the newer history, then the higher id. */
export function isPreferred(one: Candidate, other: Candidate): boolean {
  if (one.priority !== other.priority) return one.priority > other.priority;
  if (isAhead(one.history, other.history)) return true;
  return !isAhead(other.history, one.history) && one.id > other.id;
}
