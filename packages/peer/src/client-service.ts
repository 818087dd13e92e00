// The tree, the clients of this server, and its snapshots (ZooKeeperServer without ordering). Every role delivers through it:
// there is one apply path.

import type { ConnectionId, ManagementView, SessionDump } from '@zebu/interfaces';
import {
  type Epoch,
  formatZxid,
  type ForwardedRequest,
  InvariantError,
  type Millis,
  type SessionId,
  type TouchedSession,
  type TxnBytes,
  unreachable,
  type Zxid,
} from '@zebu/protocol';
import { ConnectionThrottle, type RequestEffect, type RequestInput, RequestProcessor } from '@zebu/requests';
import { SessionIdGenerator, SessionTracker } from '@zebu/sessions';
import { expirySets, knownSessions, watchesByPath, watchesBySession, watchSummary } from './dumps.ts';
import { Database, type DatabaseOptions } from './database.ts';
import { earliest } from './earliest.ts';
import type { PeerEffect, PeerInput } from './messages.ts';
import type { Now, PeerDependencies, PeerOptions, QuorumOptions } from './options.ts';

/** Where this server's writes, syncs and returning sessions are decided: here, or at the leader. */
export interface Upstream {
  submit(requests: readonly ForwardedRequest[], now: Now): void;
  sync(syncId: number, now: Now): void;
  revalidate(sessionId: SessionId, timeoutMs: number, now: Now): void;
}

interface Serving {
  /** All that was committed before it was delivered; undefined where nobody can say that. */
  readonly epoch?: Epoch;
  /** False where the log on disk is not that of the tree. */
  readonly takesSnapshots?: boolean;
}

/** What the leader said of a session that came back. */
export interface RevalidationAnswer {
  readonly sessionId: SessionId;
  readonly timeoutMs: number;
  readonly valid: boolean;
  readonly lastProposedZxid: Zxid;
}

export type ClientInput = Extract<
  PeerInput,
  { type: 'clientConnected' | 'clientFrames' | 'clientDrained' | 'clientDisconnected' }
>;
export type RestoreInput = Extract<
  PeerInput,
  { type: 'restoreBegin' | 'restoreChunk' | 'restoreSnapshotEnd' | 'restoreTxns' }
>;

/** What the tree and the clients have to say; the rest is the role's. */
export type ClientServiceView = Omit<
  ManagementView,
  | 'standalone'
  | 'state'
  | 'zabState'
  | 'leader'
  | 'epoch'
  | 'learners'
  | 'proposalCount'
  | 'proposalSizes'
  | 'pendingSyncCount'
  | 'beans'
  | 'metrics'
>;
export type ClientServiceOptions = PeerOptions & Pick<QuorumOptions, 'localSessions'>;

/** The requests of a read-only server decide everything by themselves. */
const nobodyIsAsked = (): never => {
  throw new InvariantError('a read-only server asked for what takes a quorum');
};
const NO_UPSTREAM: Upstream = { submit: nobodyIsAsked, sync: nobodyIsAsked, revalidate: nobodyIsAsked };

/** Sessions that are named at once, in a packet or to the server's own tracker. After a rush there are tens of thousands. */
const TOUCHED_AT_ONCE = 2048;

export class ClientService {
  readonly #options: ClientServiceOptions;
  readonly #dependencies: PeerDependencies;
  readonly #emit: (effect: PeerEffect) => void;
  readonly #sessionIds: SessionIdGenerator;
  readonly database: Database;
  /** Of this role; the next one knows nothing of them. Undefined where all sessions are global. */
  #localSessions: SessionTracker | undefined;
  #requests: RequestProcessor;
  #upstream: Upstream | undefined;
  #servingSince: Millis | undefined;
  #readOnly = false;
  #takesSnapshots = true;
  /** When the last part of those heard from was taken that was not the whole. */
  #moreTouchedAt: Millis | undefined;
  #txnsUntilSnapshot = 0;
  #bytesUntilSnapshot = 0;
  #snapshotUnderWay = false;
  #snapshotCount = 0;

  constructor(
    options: ClientServiceOptions,
    databaseOptions: DatabaseOptions,
    dependencies: PeerDependencies,
    emit: (effect: PeerEffect) => void,
    now: Now,
  ) {
    this.#options = options;
    this.#dependencies = dependencies;
    this.#emit = emit;
    this.#sessionIds = new SessionIdGenerator(options.self, now.wallClock);
    this.database = new Database(databaseOptions, dependencies.logger);
    this.#requests = this.#createRequests(now);
    this.#drawSnapshotDistance();
  }

  get serving(): boolean {
    return this.#upstream !== undefined;
  }

  get lastProcessedZxid(): Zxid {
    return this.database.tree.lastProcessedZxid;
  }

  /** Clients are served from now on. */
  start(upstream: Upstream, now: Now, { epoch, takesSnapshots = true }: Serving = {}): void {
    this.#upstream = upstream;
    this.#takesSnapshots = takesSnapshots;
    if (epoch !== undefined) this.#step({ type: 'epochBegan', epoch }, now);
    this.#servingSince = now.time;
    const what = this.#readOnly ? 'serving reads without a quorum' : 'serving clients';
    this.#dependencies.logger.info(what, { zxid: formatZxid(this.lastProcessedZxid) });
  }

  /** Clients that are content with reads are served until `stop`, from the tree as it is. Nothing is asked of anybody. */
  startReadOnly(now: Now): void {
    this.#readOnly = true;
    this.#requests = this.#createRequests(now);
    this.start(NO_UPSTREAM, now);
  }

  get readOnly(): boolean {
    return this.#readOnly;
  }

  /** The role ends: outstanding writes have an unknown outcome, so their connections are closed, as ZooKeeper does. */
  stop(now: Now): void {
    const served = this.serving;
    this.#upstream = undefined;
    this.catchUp(now);
    if (!served) return;
    this.#servingSince = undefined;
    this.#readOnly = false;
    this.#perform(this.#requests.step({ type: 'stop' }, now.time), now);
    this.#requests = this.#createRequests(now);
  }

  onClient(input: ClientInput, now: Now): void {
    if (this.#upstream === undefined) {
      if (input.type === 'clientConnected' || input.type === 'clientFrames')
        this.#emit({ type: 'clientClose', connection: input.connection });
      return;
    }
    this.#step(clientInput(input, now), now);
  }

  /** When `onTick` is due for the sake of clients. */
  nextWakeup(): Millis | undefined {
    return earliest(this.#requests.nextWakeup(), this.#moreTouchedAt);
  }

  /** `late`: the process was stalled, and what the clients sent meanwhile is not read yet. */
  onTick(late: boolean, now: Now): void {
    const wakeup = this.#requests.nextWakeup();
    if (wakeup !== undefined && wakeup <= now.time) this.#step({ type: 'tick', late }, now);
  }

  onSyncConfirmed(syncId: number, now: Now): void {
    this.#step({ type: 'syncConfirmed', syncId }, now);
  }

  onRevalidated(answer: RevalidationAnswer, now: Now): void {
    this.#step({ type: 'revalidated', ...answer }, now);
  }

  /** The leader hears that another server serves the session now. */
  onSessionMoved(sessionId: SessionId, now: Now): void {
    this.#step({ type: 'sessionMoved', sessionId }, now);
  }

  /** Of this server; they are judged here, and nobody else knows of them. */
  get localSessions(): SessionTracker | undefined {
    return this.#localSessions;
  }

  /** A part of those heard from since the last time; `onTick` is due at once while there are more. */
  takeTouchedSessions(now: Millis): TouchedSession[] {
    const touched = this.#requests.takeTouchedSessions(TOUCHED_AT_ONCE);
    this.#moreTouchedAt = touched.length === TOUCHED_AT_ONCE ? now : undefined;
    return touched;
  }

  get hasMoreTouched(): boolean {
    return this.#moreTouchedAt !== undefined;
  }

  /** Applies committed txns, fires their watches and answers this server's clients. Of a long run, the end follows in `onTick`. */
  deliver(txns: readonly TxnBytes[], now: Now): void {
    if (txns.length === 0) return;
    this.#step({ type: 'committed', txns }, now);
    this.#txnsUntilSnapshot -= txns.length;
    for (const txn of txns) this.#bytesUntilSnapshot -= txn.length;
    const isDue = this.#txnsUntilSnapshot <= 0 || this.#bytesUntilSnapshot <= 0;
    // Between start and establishment the tree may hold what is not committed: then nobody is served, and no snapshot is taken.
    const mayTake = this.serving && this.#takesSnapshots && !this.#snapshotUnderWay;
    if (isDue && mayTake) this.#takeSnapshot();
  }

  /** Nothing that was delivered is still on its way into the tree. */
  catchUp(now: Now): void {
    this.#step({ type: 'catchUp' }, now);
  }

  onSnapshotTaken(zxid: Zxid, done: boolean): void {
    this.#snapshotUnderWay = false;
    if (done) this.#snapshotCount++;
    else
      this.#dependencies.logger.error('a snapshot could not be written; the log is kept and the next one is tried', {
        zxid: formatZxid(zxid),
      });
  }

  onRestore(input: RestoreInput): void {
    switch (input.type) {
      case 'restoreBegin':
        return this.database.beginRestore();
      case 'restoreChunk':
        return this.#reportUnusable(this.database.restoreChunk(input.chunk));
      case 'restoreSnapshotEnd':
        return this.#reportUnusable(this.database.endSnapshot(input.zxid));
      case 'restoreTxns':
        return this.database.replay(input.txns);
    }
  }

  onRestored(now: Now): void {
    this.database.endRestore();
    this.#requests = this.#createRequests(now);
  }

  resetStatistics(): void {
    this.#requests.statistics.reset();
  }

  resetConnectionStatistics(): void {
    this.#requests.resetConnectionStatistics();
  }

  view(): ClientServiceView {
    const { tree } = this.database;
    const requests = this.#requests;
    const { statistics } = requests;
    return {
      serving: this.serving,
      readOnly: this.#readOnly,
      servingSince: this.#servingSince,
      lastZxid: tree.lastProcessedZxid,
      znodeCount: tree.nodeCount,
      watchCount: tree.watchCount,
      ephemeralsCount: tree.ephemeralsCount,
      approximateDataBytes: tree.approximateDataBytes,
      sessionCount: tree.sessions.size,
      treeDigest: tree.treeDigest.toString(16),
      outstandingRequestCount: requests.outstandingCount,
      packetsReceivedCount: statistics.receivedCount,
      packetsSentCount: statistics.sentCount,
      latencyMs: statistics.latency.view(),
      clientResponseSizes: statistics.responseSizes.view(),
      connectionCount: requests.connectionCount,
      connections: () => requests.connectionViews(),
      snapshotCount: this.#snapshotCount,
      watchSummary: () => watchSummary(tree),
      watchesByPath: () => watchesByPath(tree, requests),
      watchesBySession: () => watchesBySession(tree, requests),
      ephemeralOwnerCount: tree.ephemeralOwnerCount,
      ephemeralsBySession: () => tree.ephemeralsBySession(),
      localSessionCount: this.#localSessions?.count ?? 0,
      sessionDump: () => this.#sessionDump(),
      digestLog: () => tree.digestLog(),
    };
  }

  /** Counters of ServerMetrics; `expiredSessionCount` is the role's. */
  *metrics(expiredSessionCount: number): Iterable<readonly [name: string, value: number]> {
    yield* this.#requests.metrics();
    yield ['stale_sessions_expired', expiredSessionCount + this.#requests.expiredLocalSessionCount];
  }

  #sessionDump(): SessionDump {
    const { tree } = this.database;
    const local = this.#localSessions === undefined ? undefined : expirySets(this.#localSessions);
    return { type: 'known', sessionCount: tree.sessions.size, sessions: knownSessions(tree), local };
  }

  #step(input: RequestInput, now: Now): void {
    this.#perform(this.#requests.step(input, now.time), now);
  }

  #perform(effects: readonly RequestEffect[], now: Now): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'submit':
          this.#upstream?.submit(effect.requests, now);
          break;
        case 'sync':
          this.#upstream?.sync(effect.syncId, now);
          break;
        case 'revalidate':
          this.#upstream?.revalidate(effect.sessionId, effect.timeoutMs, now);
          break;
        case 'clientSend':
        case 'clientClose':
        case 'clientPause':
        case 'clientResume':
        case 'clientAwaitDrain':
          this.#emit(effect);
          break;
        default:
          unreachable(effect);
      }
    }
  }

  #takeSnapshot(): void {
    this.#drawSnapshotDistance();
    this.#snapshotUnderWay = true;
    this.#emit({ type: 'rollLog' });
    this.#emit({ type: 'takeSnapshot', cursor: this.database.tree.openSnapshot() });
  }

  /** Random, so that the servers of an ensemble do not all write at once (SyncRequestProcessor). */
  #drawSnapshotDistance(): void {
    const { snapCount, snapSizeLimitBytes = Number.POSITIVE_INFINITY } = this.#options;
    const half = Math.max(1, Math.floor(snapCount / 2));
    const drawn = this.#dependencies.random.below(half);
    this.#txnsUntilSnapshot = half + drawn + 1;
    this.#bytesUntilSnapshot = (snapSizeLimitBytes / 2) * (1 + drawn / half);
  }

  #reportUnusable(reason: string | undefined): void {
    if (reason !== undefined) this.#emit({ type: 'snapshotUnusable', reason });
  }

  #createRequests(now: Now): RequestProcessor {
    this.#moreTouchedAt = undefined;
    const { self, tickTimeMs, minSessionTimeoutMs, maxSessionTimeoutMs, requestLimits } = this.#options;
    const { localSessions, connectionThrottle } = this.#options;
    const tracker = localSessions === undefined ? undefined : new SessionTracker({ tickMs: tickTimeMs });
    this.#localSessions = tracker;
    return new RequestProcessor({
      tree: this.database.tree,
      serverId: self,
      sessionIds: this.#sessionIds,
      minSessionTimeoutMs,
      maxSessionTimeoutMs,
      limits: requestLimits,
      localSessions:
        tracker === undefined ? undefined : { tracker, upgradingEnabled: localSessions?.upgradingEnabled === true },
      connectionThrottle:
        connectionThrottle === undefined
          ? undefined
          : new ConnectionThrottle(connectionThrottle, this.#dependencies.random, now.time),
      authentication: this.#dependencies.authentication,
      skipAcl: this.#options.prep.skipAcl,
      eagerAclCheck: this.#options.eagerAclCheck ?? false,
      readOnly: this.#readOnly,
      logger: this.#dependencies.logger,
    });
  }
}

function clientInput(input: ClientInput, now: Now): RequestInput {
  const connection: ConnectionId = input.connection;
  switch (input.type) {
    case 'clientConnected':
      return {
        type: 'connected',
        connection,
        remoteAddress: input.remoteAddress,
        identities: input.identities,
        establishedAt: now.wallClock,
      };
    case 'clientFrames':
      return { type: 'frames', connection, frames: input.frames };
    case 'clientDrained':
      return { type: 'drained', connection };
    case 'clientDisconnected':
      return { type: 'disconnected', connection };
  }
}
