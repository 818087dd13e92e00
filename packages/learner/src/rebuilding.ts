// How a history that the leader's does not continue is made one that it does: the log is cut back (TRUNC), or a snapshot replaces it (SNAP).
// Until the disk is done and the tree rebuilt, the leader's packets wait; PING does not.

import type { LinkId } from '@zebu/interfaces';
import { formatZxid, NO_ZXID, type QuorumPacket, type Zxid } from '@zebu/protocol';
import type { Connection } from './connection.ts';
import { DeferredPackets } from './deferred-packets.ts';
import type { LearnerRole } from './learner-role.ts';

/** Clients are served while an epoch rolls over: a tree that is rebuilt would go back under their eyes. */
const SERVES_FROM_IT = 'the leader would have the tree rebuilt that clients are served from';

export class Rebuilding {
  readonly #role: LearnerRole;
  readonly #connection: Connection;
  readonly #deferred = new DeferredPackets();
  #truncateTo: Zxid = NO_ZXID;
  /** Of the snapshot that is received or installed; undefined while it is the log that is cut back. */
  #snapshotZxid: Zxid | undefined;
  #treeIsAhead = false;
  /** The received snapshot replaces the history. */
  #installing = false;

  constructor(role: LearnerRole, connection: Connection) {
    this.#role = role;
    this.#connection = connection;
  }

  /** The log was cut back below what the tree holds: `restored` is awaited. */
  get needsRestore(): boolean {
    return this.#inProgress && this.#treeIsAhead;
  }

  /** A busy disk is no reason to seem dead; everything else keeps its order behind the rebuild. */
  mustWait(packet: QuorumPacket): boolean {
    return this.#inProgress && packet.type !== 'PING';
  }

  defer(packet: QuorumPacket): void {
    if (!this.#deferred.add(packet)) this.#role.abandon('too much arrived while the disk was busy');
  }

  onTrunc(zxid: Zxid): void {
    const { phase, history, dependencies } = this.#role;
    if (phase !== 'acknowledgedEpoch') return this.#role.abandon('TRUNC out of turn');
    if (this.#role.rollsOver) return this.#role.abandon(SERVES_FROM_IT);
    if (this.#role.onlySnapshotWillDo) return this.#role.abandon('TRUNC, but there is nothing here to cut back');
    if (zxid < 0n || zxid >= history.lastLoggedZxid)
      return this.#role.abandon(`TRUNC to ${formatZxid(zxid)}, which our log does not reach`);
    this.#role.phase = 'rebuilding';
    this.#snapshotZxid = undefined;
    this.#truncateTo = zxid;
    dependencies.logger.info('cutting the log back as the leader says', {
      from: formatZxid(history.lastLoggedZxid),
      to: formatZxid(zxid),
    });
    this.#role.emit({ type: 'truncate', zxid });
  }

  onSnap(zxid: Zxid): void {
    const { phase, dependencies, link } = this.#role;
    // Amid a DIFF too: the leader's log may turn out to be unreadable, and nothing of this epoch is acknowledged yet.
    if (phase !== 'acknowledgedEpoch' && phase !== 'synchronizing') return this.#role.abandon('SNAP out of turn');
    if (this.#role.rollsOver) return this.#role.abandon(SERVES_FROM_IT);
    if (zxid < 0n) return this.#role.abandon('SNAP of no history');
    this.#role.phase = 'rebuilding';
    this.#snapshotZxid = zxid;
    dependencies.logger.info('receiving a snapshot from the leader', { zxid: formatZxid(zxid) });
    this.#role.emit({ type: 'receiveSnapshot', link: link as LinkId, zxid });
  }

  onSnapshotReceived(link: LinkId): void {
    if (!this.#inProgress || link !== this.#role.link || this.#snapshotZxid === undefined || this.#installing) return;
    this.#installing = true;
    this.#role.history.replace(this.#snapshotZxid);
    this.#role.hasHistory = true;
    this.#role.emit({ type: 'installSnapshot', zxid: this.#snapshotZxid });
  }

  onSnapshotFailed(link: LinkId, reason: string): void {
    if (link === this.#role.link) this.#role.abandon(`the snapshot did not arrive: ${reason}`);
  }

  /** True when with that the history is rebuilt: what waited may go on. */
  onTruncated(done: boolean): boolean {
    if (!this.#inProgress || this.#snapshotZxid !== undefined) return false;
    if (!done) {
      this.#restartWithSnapshot();
      return false;
    }
    this.#treeIsAhead = this.#role.history.lastDeliveredZxid > this.#truncateTo;
    this.#role.history.truncate(this.#truncateTo);
    if (!this.#treeIsAhead) this.#finish();
    return !this.#treeIsAhead;
  }

  /** True when with that the history is rebuilt: what waited may go on. */
  onRestored(): boolean {
    const rebuilt = this.#inProgress && (this.#treeIsAhead || this.#installing);
    if (rebuilt) this.#finish();
    return rebuilt;
  }

  takeDeferred(): QuorumPacket[] {
    return this.#deferred.take();
  }

  get #inProgress(): boolean {
    return this.#role.phase === 'rebuilding';
  }

  #finish(): void {
    this.#role.phase = 'synchronizing';
    this.#treeIsAhead = false;
    this.#installing = false;
    this.#role.needsSnapshot = false;
  }

  /** Nothing on disk could be kept below the cut: ask again, for a snapshot. */
  #restartWithSnapshot(): void {
    this.#role.needsSnapshot = true;
    this.#role.epoch = undefined;
    this.#deferred.take();
    this.#role.closeLink();
    this.#role.link = undefined;
    this.#connection.dialAgain();
  }
}
