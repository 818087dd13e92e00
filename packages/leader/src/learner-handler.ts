// What the leader knows of one learner's connection (ZooKeeper's LearnerHandler, without its thread).

import type { LearnerView, LinkId, SyncPath } from '@zebu/interfaces';
import {
  type Epoch,
  type Millis,
  NO_ZXID,
  type QuorumPacket,
  type ServerId,
  ZERO_ZXID,
  type Zxid,
} from '@zebu/protocol';

export type HeldQuestion = Extract<QuorumPacket, { type: 'REQUEST' | 'SYNC' }>;

export type HandlerPhase =
  /** Up, FOLLOWERINFO or OBSERVERINFO not seen. */
  | 'connected'
  /** Announced; LEADERINFO not sent. */
  | 'announced'
  /** LEADERINFO sent. */
  | 'discovery'
  /** ACKEPOCH seen; waits for the quorum. */
  | 'epochAcknowledged'
  /** The log is searched or read, or a snapshot is streamed: nothing else is sent but PING. */
  | 'catchingUp'
  /** NEWLEADER sent; proposals are forwarded. */
  | 'newLeaderSent'
  /** NEWLEADER acknowledged; UPTODATE waits for the quorum. */
  | 'synced'
  | 'upToDate';

export class LearnerHandler {
  readonly link: LinkId;
  readonly sid: ServerId;
  /** Counted in quorums: a voter of our configuration, or of the one that is proposed. */
  voter: boolean;
  /** It announced itself as an observer: it is not led to where a quorum would need it. */
  observes = false;
  phase: HandlerPhase = 'connected';
  /** It was up to date when the epoch began to roll over: its clients are served meanwhile. */
  rollsOver = false;
  /** What its clients asked for while it rolled over. Neither what is proposed for them nor an answer may overtake what brings it into the new epoch. */
  held: HeldQuestion[] = [];
  /** Answers to syncs of an observer, while it rolls over behind the follower that serves it. */
  readonly confirmedSyncs: number[] = [];
  acceptedEpoch: Epoch | undefined;
  needsSnapshot = false;
  /** It lost a part of its history: it is never counted over this connection, whatever the configuration says. */
  damaged = false;
  lastZxid: Zxid = ZERO_ZXID;
  syncPath: SyncPath | undefined;
  /** A snapshot is on its way, or the log is being searched or read: its end will be told. */
  waiting = false;
  /** Reading the log for it failed. */
  logUnreadable = false;
  /** Why it cannot be brought to the history now. */
  refusal: string | undefined;
  /** Log files are kept for it. */
  pinned = false;
  /** When catching up last got ahead. */
  progressAt: Millis;
  /** The learner's log ends here once it took what was sent; meaningful from `catchingUp` on. */
  sentZxid: Zxid = ZERO_ZXID;
  /** What the learner holds durably; once NEWLEADER is sent, what an ACK of it will mean. Invariant: ackedZxid <= sentZxid. */
  ackedZxid: Zxid = ZERO_ZXID;
  lastHeardAt: Millis;
  /** Since when proposals, or what brings it into a new epoch, are unacknowledged without any progress; undefined when nothing is. */
  behindSince: Millis | undefined;

  constructor(link: LinkId, sid: ServerId, voter: boolean, now: Millis) {
    this.link = link;
    this.sid = sid;
    this.voter = voter;
    this.lastHeardAt = now;
    this.progressAt = now;
  }

  /** What its word is worth where these are the voters. */
  countAmong(voters: ReadonlySet<ServerId>): void {
    this.voter = !this.damaged && voters.has(this.sid);
  }

  /** A quorum of the ensemble may be sought with it. */
  get mayCount(): boolean {
    return this.acknowledgedNewLeader && !this.observes && !this.damaged;
  }

  /** Proposals (or INFORM, for an observer) go to it as they come. */
  get forwarding(): boolean {
    return this.phase === 'newLeaderSent' || this.phase === 'synced' || this.phase === 'upToDate';
  }

  /** Its clients are served, so it may ask for things. */
  get serves(): boolean {
    return this.phase === 'upToDate' || this.rollsOver;
  }

  /** It is asked for the next epoch, or about to be, and has not answered. */
  get owesAckEpoch(): boolean {
    return this.rollsOver && (this.phase === 'announced' || this.phase === 'discovery');
  }

  /** It has announced itself by following; what it holds it will say anew. */
  rollOver(now: Millis): void {
    this.phase = 'announced';
    this.rollsOver = true;
    this.needsSnapshot = false;
    this.syncPath = undefined;
    this.logUnreadable = false;
    this.behindSince = now;
  }

  acknowledgeEpoch(lastZxid: Zxid): void {
    this.phase = 'epochAcknowledged';
    this.lastZxid = lastZxid < 0n ? NO_ZXID : lastZxid;
    this.behindSince = undefined;
  }

  sendNewLeader(): void {
    this.phase = 'newLeaderSent';
    // What comes anew has initLimit; who is served has to be as quick as with a proposal.
    if (this.rollsOver) this.behindSince = this.progressAt;
  }

  /** It is in the new epoch. What it asked for meanwhile is returned. */
  becomeUpToDate(): readonly HeldQuestion[] {
    const { held } = this;
    this.phase = 'upToDate';
    this.rollsOver = false;
    this.held = [];
    return held;
  }

  get acknowledgedNewLeader(): boolean {
    return this.phase === 'synced' || this.phase === 'upToDate';
  }

  view(): LearnerView {
    return {
      sid: this.sid,
      role: this.voter ? 'follower' : 'observer',
      synced: this.acknowledgedNewLeader,
      syncPath: this.syncPath,
    };
  }
}
