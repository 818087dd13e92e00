// The object graph: one server from its configuration, on the real disk, clock and sockets. The one place that knows every package.

import { existsSync } from 'node:fs';
import { createFourLetterWords } from '@zebu/client-port';
import { createElectionTransport, createQuorumTransport, type TransportOptions } from '@zebu/cnx-manager';
import type { ClientConfig, ServerConfig } from '@zebu/config';
import {
  type Authentication,
  DataDirectoryError,
  type ElectionTransport,
  type Logger,
  type QuorumTransport,
  type Storage,
} from '@zebu/interfaces';
import {
  createQuorumPeer,
  createStandalonePeer,
  DEFAULT_REQUEST_LIMITS,
  type Now,
  type Peer,
  type PeerOptions,
  type RequestLimits,
} from '@zebu/peer';
import { createServerShell, type ServerShell } from '@zebu/shell';
import { nodeFileSystem, openStorage } from '@zebu/txnlog';
import { createAuthentication } from './authentication.ts';
import { createClientTransport } from './client-transport.ts';
import { openConfigurations } from './configurations.ts';
import { createServerElection, type ServerElection } from './election-module.ts';
import { factsOf } from './facts.ts';
import { createOracleFile } from './oracle-file.ts';
import { createPeerSasl, createPeerTls } from './peer-security.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';

/** Of committed txns that are kept to bring learners up to date. */
const COMMIT_LOG_BYTES = 64 * 1024 * 1024;
/** Queued for one learner, before it is cut off rather than let it eat the memory. */
const MAX_QUEUED_BYTES = 128 * 1024 * 1024;
const BYTES_PER_KB = 1024;

/** Rejects with ConfigError and the errors of openStorage. The server is not started yet. */
export async function composeServer(
  config: ServerConfig,
  logger: Logger,
  onFatal: (error: unknown) => void,
): Promise<ServerShell> {
  const authentication = await createAuthentication(config, logger);
  const election = config.standalone ? undefined : await createServerElection(config, logger);
  const peerTransports = createPeerTransports(config, election, logger);
  const storage = await openServerStorage(config, logger);
  const configurations = await openConfigurations(config, logger);
  const now: Now = { time: systemClock.now(), wallClock: systemClock.wallClock() };
  return createServerShell({
    peer: createPeer(config, { authentication, election }, logger, now),
    storage,
    configurations,
    oracle:
      config.oraclePath === undefined
        ? undefined
        : createOracleFile({ path: config.oraclePath, intervalMs: config.ticks.tickTimeMs }, logger),
    clientTransport: createClientTransport(config, { logger, identitiesOf: authentication.identitiesOf }),
    ...peerTransports,
    clock: systemClock,
    logger,
    answerFourLetterWord: createFourLetterWords(factsOf(config, configurations)),
    onFatal,
    snapRetainCount: config.storage.snapRetainCount,
    congestionBytes: MAX_QUEUED_BYTES,
  });
}

function openServerStorage(config: ServerConfig, logger: Logger): Promise<Storage> {
  const { storage } = config;
  const { dataDir, dataLogDir, preAllocSizeBytes, forceSync, dbAutocreate, trustEmptySnapshot } = storage;
  const { txnLogSizeLimitBytes, syncWarningThresholdMs } = storage;
  if (!storage.dataDirAutocreate) for (const directory of [dataDir, dataLogDir]) requireDirectory(directory);
  return openStorage({
    fileSystem: nodeFileSystem(),
    dataDir,
    dataLogDir,
    options: {
      preAllocSizeKb: preAllocSizeBytes / BYTES_PER_KB,
      forceSync,
      dbAutocreate,
      trustEmptySnapshot,
      txnLogSizeLimitKb: txnLogSizeLimitBytes === undefined ? undefined : txnLogSizeLimitBytes / BYTES_PER_KB,
      syncWarningThresholdMs,
      heals: hasOtherVoters(config),
    },
    clock: systemClock,
    logger,
  });
}

/** Somebody may lead who has what this server lost. */
function hasOtherVoters({ standalone, serverId, ensemble }: ServerConfig): boolean {
  const others = [...ensemble.servers.values()].filter(({ id }) => id !== serverId);
  return !standalone && others.some(({ role }) => role === 'participant');
}

function requireDirectory(directory: string): void {
  if (existsSync(directory)) return;
  throw new DataDirectoryError(`${directory} does not exist; create it, or set datadir.autocreate=true`);
}

interface PeerParts {
  readonly authentication: Authentication;
  /** Undefined for a standalone server. */
  readonly election: ServerElection | undefined;
}

function createPeer(config: ServerConfig, { authentication, election }: PeerParts, logger: Logger, now: Now): Peer {
  const options = peerOptions(config);
  const dependencies = { random: systemRandom, logger, authentication };
  if (election === undefined) return createStandalonePeer(options, dependencies, now);
  const { ensemble, ticks, observers } = config;
  const quorum = {
    ensemble,
    initLimit: ticks.initLimit,
    syncLimit: ticks.syncLimit,
    leaderServes: config.leaderServes,
    lastCounter: config.lastCounter,
    localSessions: config.sessions.local,
    readOnlyMode: config.readOnlyMode,
    messageTracker: config.messageTracker,
    oracle: config.oraclePath !== undefined,
    maxQueuedBytes: MAX_QUEUED_BYTES,
    snapshotSizeFactor: config.storage.snapshotSizeFactor,
    forceSnapshotSync: config.storage.forceSnapshotSync,
    observers: { ...observers, masters: observers.masterPort !== undefined },
    ...config.learners,
  };
  return createQuorumPeer(
    { ...options, ...quorum },
    {
      ...dependencies,
      createElection: (needs) => election.create(needs),
    },
    now,
  );
}

const peerOptions = ({
  serverId,
  standalone,
  ticks,
  sessions,
  clients,
  writes,
  containers,
  storage,
}: ServerConfig): PeerOptions => ({
  self: serverId,
  tickTimeMs: ticks.tickTimeMs,
  minSessionTimeoutMs: sessions.minimumTimeoutMs,
  maxSessionTimeoutMs: sessions.maximumTimeoutMs,
  connectionThrottle: sessions.connectionThrottle,
  snapCount: storage.snapCount,
  snapSizeLimitBytes: storage.snapSizeLimitBytes,
  requestLimits: requestLimits(clients),
  prep: writes,
  eagerAclCheck: writes.eagerAclCheck && !standalone,
  containers,
  commitLogCount: storage.commitLogCount,
  commitLogBytes: COMMIT_LOG_BYTES,
});

function requestLimits({ throttle, ...clients }: ClientConfig): RequestLimits {
  return {
    globalOutstandingLimit: clients.globalOutstandingLimit,
    largeRequestThresholdBytes: clients.largeRequestThresholdBytes ?? Number.POSITIVE_INFINITY,
    largeRequestMaxBytes: clients.largeRequestMaxBytes,
    workAtOnce: DEFAULT_REQUEST_LIMITS.workAtOnce,
    throttle:
      throttle.maxRequestCount === 0
        ? undefined
        : { ...throttle, throttledOpWaitTimeMs: throttle.throttledOpWaitTimeMs ?? Number.POSITIVE_INFINITY },
  };
}

interface PeerTransports {
  readonly electionTransport: ElectionTransport | undefined;
  readonly quorumTransport: QuorumTransport | undefined;
}

function createPeerTransports(
  config: ServerConfig,
  module: ServerElection | undefined,
  logger: Logger,
): PeerTransports {
  if (module === undefined) return { electionTransport: undefined, quorumTransport: undefined };
  const { ensemble, serverId, clusterName, election, writes, observers } = config;
  const dependencies = { self: serverId, ensemble, logger, clock: systemClock, random: systemRandom };
  const tls = createPeerTls(config, logger);
  const sasl = createPeerSasl(config, logger);
  const options: TransportOptions = {
    ...(tls === undefined ? {} : { tls }),
    ...(sasl === undefined ? {} : { sasl }),
    ...(clusterName === undefined ? {} : { clusterName }),
    connectTimeoutMs: election.connectTimeoutMs,
    listenOnAllAddresses: election.listenOnAllAddresses,
    maxListenTries: election.maxListenTries,
    ...(observers.masterPort === undefined ? {} : { observerMasterPort: observers.masterPort }),
    // Where the ensemble cannot be changed nobody is about to join it: whoever is not listed has another list.
    ...(writes.reconfigEnabled ? {} : { maxUnlistedServers: 0 }),
  };
  return {
    electionTransport: createElectionTransport(dependencies, {
      ...options,
      electionModule: module.name,
      helloTimeoutMs: election.helloTimeoutMs,
      tcpKeepAlive: election.tcpKeepAlive,
      ...(election.reachabilityTimeoutMs === undefined
        ? {}
        : { reachabilityTimeoutMs: election.reachabilityTimeoutMs }),
    }),
    quorumTransport: createQuorumTransport(dependencies, options),
  };
}
