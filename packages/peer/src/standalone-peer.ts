// A server without a quorum: the same pipeline, ordered and committed by its own disk.

import type { FlushToken } from '@zebu/interfaces';
import type { ManagementView } from '@zebu/interfaces';
import {
  epochOf,
  InvariantError,
  unreachable,
  ZERO_ZXID,
  type ForwardedRequest,
  type Millis,
  type SessionId,
  type TxnBytes,
  type Zxid,
} from '@zebu/protocol';
import { SessionTracker } from '@zebu/sessions';
import { ClientService, type Upstream } from './client-service.ts';
import { earliest } from './earliest.ts';
import { standaloneBeans } from './management-beans.ts';
import type { PeerEffect, PeerInput } from './messages.ts';
import type { Now, PeerDependencies, PeerOptions } from './options.ts';
import type { Peer } from './peer.ts';
import { SessionService } from './session-service.ts';
import { StallGuard } from './stall-guard.ts';
import { StandaloneBroadcast } from './standalone-broadcast.ts';

export function createStandalonePeer(options: PeerOptions, dependencies: PeerDependencies, now: Now): Peer {
  return new StandalonePeer(options, dependencies, now);
}

class StandalonePeer implements Peer, Upstream {
  readonly #options: PeerOptions;
  readonly #dependencies: PeerDependencies;
  readonly #guard: StallGuard;
  readonly #clients: ClientService;
  #effects: PeerEffect[] = [];
  #broadcast: StandaloneBroadcast | undefined;
  #sessions: SessionService | undefined;
  #upcomingZxid = 0n as Zxid;
  #flushCount = 0;
  #proposalCount = 0;
  /** Of the last step. */
  #now: Now;

  constructor(options: PeerOptions, dependencies: PeerDependencies, now: Now) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#now = now;
    this.#guard = new StallGuard(options.tickTimeMs / 2);
    const { commitLogCount, commitLogBytes, prep } = options;
    const databaseOptions = {
      tree: { emulate353TtlNodes: prep.emulate353TtlNodes, comparesDigests: prep.digestEnabled },
      committedLog: { maxEntryCount: commitLogCount, maxBytes: commitLogBytes },
    };
    this.#clients = new ClientService(
      options,
      databaseOptions,
      dependencies,
      (effect) => this.#effects.push(effect),
      now,
    );
  }

  get serving(): boolean {
    return this.#clients.serving;
  }

  step(input: PeerInput, now: Now): PeerEffect[] {
    this.#effects = [];
    const { time, late } = this.#guard.observe(now.time, this.#wakeup());
    this.#now = { time, wallClock: now.wallClock };
    this.#onInput(input, this.#now, late);
    return this.#effects;
  }

  nextWakeup(): Millis | undefined {
    const wakeup = this.#wakeup();
    return wakeup === undefined ? undefined : this.#guard.toRealTime(wakeup);
  }

  view(): ManagementView {
    const clients = this.#clients.view();
    return {
      ...clients,
      standalone: true,
      state: 'LEADING',
      zabState: 'BROADCAST',
      leader: undefined,
      epoch: epochOf(this.#clients.lastProcessedZxid),
      learners: [],
      proposalCount: this.#proposalCount,
      proposalSizes: undefined,
      pendingSyncCount: 0,
      sessionDump: () => this.#sessions?.dump() ?? clients.sessionDump(),
      beans: () => {
        const { tree } = this.#clients.database;
        return standaloneBeans({ options: this.#options, clients, tree, now: this.#now });
      },
      metrics: () => this.#clients.metrics(this.#sessions?.expiredCount ?? 0),
    };
  }

  submit(requests: readonly ForwardedRequest[], now: Now): void {
    const { self } = this.#options;
    if (this.#broadcast === undefined || this.#sessions === undefined || requests.length === 0) return;
    this.#upcomingZxid = this.#broadcast.nextZxid();
    this.#propose(this.#sessions.prepare(requests, self, now.time, now.wallClock));
  }

  sync(syncId: number, now: Now): void {
    this.#clients.onSyncConfirmed(syncId, now);
  }

  revalidate(sessionId: SessionId, timeoutMs: number, now: Now): void {
    const valid = this.#sessions?.revalidate(sessionId, timeoutMs, this.#options.self, now.time) ?? false;
    const lastProposedZxid = this.#broadcast?.lastProposedZxid ?? ZERO_ZXID;
    this.#clients.onRevalidated({ sessionId, timeoutMs, valid, lastProposedZxid }, now);
  }

  #onInput(input: PeerInput, now: Now, late: boolean): void {
    switch (input.type) {
      case 'start':
        this.#effects.push({ type: 'restore' });
        return;
      case 'restoreBegin':
      case 'restoreChunk':
      case 'restoreSnapshotEnd':
      case 'restoreTxns':
        return this.#clients.onRestore(input);
      case 'restored':
        return this.#onRestored(now);
      case 'flushed':
        return this.#onFlushed(input.token, now);
      case 'storageFailed':
        return this.#onStorageFailed(input.reason, now);
      case 'fenced':
        // Applied and logged are the same here, up to what the failed write took away: begin again from the disk.
        this.#effects.push({ type: 'restore' });
        return;
      case 'snapshotTaken':
        return this.#clients.onSnapshotTaken(input.zxid, input.done);
      case 'clientConnected':
      case 'clientFrames':
      case 'clientDrained':
      case 'clientDisconnected':
        return this.#clients.onClient(input, now);
      case 'transferLeadership': {
        const reason = 'this server stands alone';
        this.#effects.push({ type: 'transferEnded', outcome: { ok: false, reason } });
        return;
      }
      case 'resetStatistics':
        return this.#clients.resetStatistics();
      case 'resetConnectionStatistics':
        return this.#clients.resetConnectionStatistics();
      case 'tick':
        return this.#onTick(late, now);
      case 'truncated':
      case 'located':
      case 'logRead':
      case 'logReadFailed':
      case 'notification':
      case 'electionLinkUp':
      case 'electionLinkDown':
      case 'dialled':
      case 'linkUp':
      case 'linkDown':
      case 'packets':
      case 'congested':
      case 'snapshotProgress':
      case 'snapshotSent':
      case 'snapshotReceived':
      case 'snapshotFailed':
      case 'oracle':
        throw new InvariantError(`${input.type} happened to a server without peers`);
      default:
        unreachable(input);
    }
  }

  #onRestored(now: Now): void {
    this.#clients.onRestored(now);
    this.#broadcast = new StandaloneBroadcast(this.#clients.lastProcessedZxid);
    const nextZxid = (): Zxid => this.#takeZxid();
    const sessions = new SessionTracker({ tickMs: this.#options.tickTimeMs });
    this.#sessions = new SessionService(
      this.#clients.database.tree,
      { sessions, options: this.#options, dependencies: this.#dependencies, nextZxid },
      now.time,
    );
    this.#clients.start(this, now);
  }

  #onFlushed(token: FlushToken, now: Now): void {
    const committed = this.#broadcast?.flushed(token) ?? [];
    if (committed.length === 0) return;
    this.#clients.deliver(committed, now);
    this.#sessions?.onApplied(this.#clients.lastProcessedZxid);
  }

  #onStorageFailed(reason: string, now: Now): void {
    this.#dependencies.logger.error(
      'a write to the txn log failed: clients are disconnected and the tree is read back from disk',
      { reason },
    );
    this.#clients.stop(now);
    this.#broadcast = undefined;
    this.#sessions = undefined;
    this.#effects.push({ type: 'fence' });
  }

  #onTick(late: boolean, now: Now): void {
    this.#clients.onTick(late, now);
    if (this.#sessions === undefined || this.#broadcast === undefined) return;
    this.#sessions.onApplied(this.#clients.lastProcessedZxid);
    this.#sessions.touch(this.#clients.takeTouchedSessions(now.time), now.time);
    // What the clients sent during a stall is not read yet, and nobody is judged while there is somebody who was heard and not noted.
    if (!late && !this.#clients.hasMoreTouched) this.submit(this.#sessions.due(now), now);
  }

  #wakeup(): Millis | undefined {
    return earliest(this.#sessions?.nextWakeup(), this.#clients.nextWakeup());
  }

  #propose(txns: readonly TxnBytes[]): void {
    if (txns.length === 0) return;
    const token = ++this.#flushCount as FlushToken;
    this.#broadcast?.propose(txns, token);
    this.#proposalCount += txns.length;
    this.#effects.push({ type: 'logTxns', txns }, { type: 'flush', token });
  }

  #takeZxid(): Zxid {
    const zxid = this.#upcomingZxid;
    this.#upcomingZxid = StandaloneBroadcast.successor(zxid);
    return zxid;
  }
}
