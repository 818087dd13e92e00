// The sections of a ServerConfig, each from its own keys: units, defaults that depend on other keys, and limits that must fit together.

import type { ClientAddresses } from './client-addresses.ts';
import { fourLetterWords } from './four-letter-words.ts';
import type {
  ClientConfig,
  ConnectionThrottleConfig,
  ElectionConfig,
  LearnerConfig,
  ObserverConfig,
  RequestThrottleConfig,
  SessionConfig,
  StorageConfig,
  TickConfig,
} from './server-config.ts';
import type { Settings } from './settings.ts';
import { tlsConfig } from './tls-section.ts';

export function tickConfig(settings: Settings, standalone: boolean): TickConfig {
  const limit = (key: 'initLimit' | 'syncLimit', usual: number): number => {
    const value = settings.optionalNumber(key);
    if (value === undefined && !standalone) {
      throw settings.error(key, 'is missing, and servers are listed', `add ${key}=${usual} (ticks)`);
    }
    return value ?? 0;
  };
  return {
    tickTimeMs: settings.number('tickTime'),
    initLimit: limit('initLimit', 10),
    syncLimit: limit('syncLimit', 5),
  };
}

export function sessionConfig(settings: Settings, standalone: boolean): SessionConfig {
  // ZooKeeperServer knows no local sessions; only QuorumZooKeeperServer does.
  const isLocal = settings.flag('localSessionsEnabled') && !standalone;
  return {
    ...sessionTimeouts(settings),
    local: isLocal ? { upgradingEnabled: settings.flag('localSessionsUpgradingEnabled') } : undefined,
    connectionThrottle: connectionThrottle(settings),
  };
}

function connectionThrottle(settings: Settings): ConnectionThrottleConfig | undefined {
  const maxTokens = settings.number('connectionMaxTokens');
  if (maxTokens === 0) return undefined;
  const weights = {
    global: settings.number('connection_throttle_global_session_weight'),
    local: settings.number('connection_throttle_local_session_weight'),
    renew: settings.number('connection_throttle_renew_session_weight'),
  };
  return {
    maxTokens,
    fillTimeMs: settings.number('connectionTokenFillTime'),
    fillCount: settings.number('connectionTokenFillCount'),
    freezeTimeMs: settings.number('connectionFreezeTime'),
    dropIncrease: settings.number('connectionDropIncrease'),
    dropDecrease: settings.number('connectionDropDecrease'),
    decreaseRatio: settings.number('connectionDecreaseRatio'),
    weights: settings.flag('connection_throttle_weight_enabled') ? weights : undefined,
  };
}

function sessionTimeouts(settings: Settings): Pick<SessionConfig, 'minimumTimeoutMs' | 'maximumTimeoutMs'> {
  const tickTimeMs = settings.number('tickTime');
  const timeout = (key: 'minSessionTimeout' | 'maxSessionTimeout', ticks: number): number => {
    const value = settings.optionalNumber(key) ?? -1;
    if (value === -1) return ticks * tickTimeMs;
    if (value >= 1) return value;
    throw settings.error(key, 'is not a time', `write milliseconds, or -1 for ${ticks} ticks`);
  };
  const minimumTimeoutMs = timeout('minSessionTimeout', 2);
  const maximumTimeoutMs = timeout('maxSessionTimeout', 20);
  if (minimumTimeoutMs > maximumTimeoutMs) {
    throw settings.error(
      settings.has('minSessionTimeout') ? 'minSessionTimeout' : 'maxSessionTimeout',
      `minSessionTimeout (${minimumTimeoutMs}) must not be larger than maxSessionTimeout (${maximumTimeoutMs})`,
      'set both so that the first is the smaller one',
    );
  }
  return { minimumTimeoutMs, maximumTimeoutMs };
}

export function clientConfig(settings: Settings, addresses: ClientAddresses): ClientConfig {
  const handshakes = settings.number('outstandingHandshake.limit');
  const backlog = settings.number('clientPortListenBacklog');
  const threshold = settings.number('largeRequestThreshold');
  return {
    ...addresses,
    portUnification: settings.flag('client.portUnification'),
    tls: tlsConfig(settings),
    maxOutstandingHandshakes: handshakes > 0 ? handshakes : Number.POSITIVE_INFINITY,
    maxConnectionsPerAddress: settings.number('maxClientCnxns'),
    maxConnections: settings.number('maxCnxns'),
    listenBacklog: backlog > 0 ? backlog : undefined,
    maxFrameBytes: settings.number('jute.maxbuffer'),
    globalOutstandingLimit: settings.number('globalOutstandingLimit'),
    largeRequestThresholdBytes: threshold > 0 ? threshold : undefined,
    largeRequestMaxBytes: settings.number('largeRequestMaxBytes'),
    throttle: throttleConfig(settings),
    sessionlessTimeoutMs: settings.number('nio.sessionlessCnxnTimeout'),
    tcpKeepAlive: settings.flag('clientTcpKeepAlive'),
    fourLetterWords: fourLetterWords(settings),
  };
}

function throttleConfig(settings: Settings): RequestThrottleConfig {
  const waitTime = settings.number('throttledOpWaitTime');
  return {
    maxRequestCount: settings.number('requestThrottleLimit'),
    stallTimeMs: settings.number('requestThrottleStallTime'),
    dropStale: settings.flag('requestThrottleDropStale'),
    staleLatencyCheck: settings.flag('requestStaleLatencyCheck'),
    staleConnectionCheck: settings.flag('requestStaleConnectionCheck'),
    throttledOpWaitTimeMs: waitTime > 0 ? waitTime : undefined,
  };
}

/** PurgeTxnLog keeps no fewer. */
export const MIN_SNAP_RETAIN_COUNT = 3;
const KIB = 1024;

export function storageConfig(settings: Settings): StorageConfig {
  const dataDir = settings.optionalText('dataDir');
  if (dataDir === undefined) {
    throw settings.error('dataDir', 'is missing', 'add dataDir=/path/to/a/directory for this server alone');
  }
  const retain = Math.max(settings.number('autopurge.snapRetainCount'), MIN_SNAP_RETAIN_COUNT);
  return {
    dataDir,
    dataLogDir: settings.optionalText('dataLogDir') ?? dataDir,
    preAllocSizeBytes: settings.number('preAllocSize') * KIB,
    snapCount: settings.number('snapCount'),
    snapSizeLimitBytes: bytesOf(settings.number('snapSizeLimitInKb')),
    txnLogSizeLimitBytes: bytesOf(settings.number('txnLogSizeLimitInKb')),
    syncWarningThresholdMs: settings.number('fsync.warningthresholdms'),
    commitLogCount: settings.number('commitLogCount'),
    forceSync: settings.flag('forceSync'),
    dbAutocreate: settings.flag('db.autocreate'),
    dataDirAutocreate: settings.flag('datadir.autocreate'),
    trustEmptySnapshot: settings.flag('snapshot.trust.empty'),
    snapshotSizeFactor: settings.number('snapshotSizeFactor'),
    forceSnapshotSync: settings.flag('forceSnapshotSync'),
    snapRetainCount: settings.number('autopurge.purgeInterval') > 0 ? retain : undefined,
  };
}

const OPTION_PREFIX = 'electionModule.';

function electionModule(settings: Settings): ElectionConfig['module'] {
  const name = settings.optionalText('electionModule');
  if (name === undefined) return undefined;
  const options = settings
    .family(OPTION_PREFIX)
    .map(({ key, text }) => [key.slice(OPTION_PREFIX.length), text] as const);
  return { name, options: new Map(options) };
}

/** Of a limit in KB that 0 or less turns off. */
const bytesOf = (kib: number): number | undefined => (kib > 0 ? kib * KIB : undefined);

export function electionConfig(settings: Settings, ticks: TickConfig): ElectionConfig {
  const minimum = settings.number('fastleader.minNotificationInterval');
  const maximum = settings.number('fastleader.maxNotificationInterval');
  if (minimum > maximum) {
    throw settings.error(
      settings.has('fastleader.minNotificationInterval')
        ? 'fastleader.minNotificationInterval'
        : 'fastleader.maxNotificationInterval',
      `the first wait (${minimum} ms) is longer than the longest (${maximum} ms)`,
      'set minNotificationInterval below maxNotificationInterval',
    );
  }
  const helloTimeout = settings.number('quorumCnxnTimeoutMs');
  const tries = settings.number('electionPortBindRetry');
  return {
    module: electionModule(settings),
    minimumNotificationIntervalMs: minimum,
    maximumNotificationIntervalMs: maximum,
    connectTimeoutMs: settings.number('cnxTimeout'),
    helloTimeoutMs: helloTimeout > 0 ? helloTimeout : ticks.syncLimit * ticks.tickTimeMs,
    tcpKeepAlive: settings.flag('tcpKeepAlive'),
    reachabilityTimeoutMs: settings.flag('multiAddress.reachabilityCheckEnabled')
      ? settings.number('multiAddress.reachabilityCheckTimeoutMs')
      : undefined,
    maxListenTries: tries > 0 ? tries : Number.POSITIVE_INFINITY,
    listenOnAllAddresses: settings.flag('quorumListenOnAllIPs'),
  };
}

export function observerConfig(settings: Settings): ObserverConfig {
  const masterPort = settings.number('observerMasterPort');
  return {
    masterPort: masterPort === 0 ? undefined : masterPort,
    keepsLog: settings.flag('syncEnabled'),
    electionDelayMs: settings.number('observer.election.DelayMs'),
    reconnectDelayMs: settings.number('observer.reconnectDelayMs'),
  };
}

export function learnerConfig(settings: Settings): LearnerConfig {
  const connectLimit = settings.optionalNumber('connectToLearnerMasterLimit') ?? 0;
  const waitForVotersMs = settings.number('maxTimeToWaitForEpoch');
  return {
    connectLimit: connectLimit === 0 ? undefined : connectLimit,
    connectRetryDelayMs: settings.optionalNumber('leaderConnectDelayDuringRetryMs'),
    waitForVotersMs: waitForVotersMs < 0 ? undefined : waitForVotersMs,
    syncLimits: {
      snapshots: settings.number('leader.maxConcurrentSnapSyncs'),
      diffs: settings.number('leader.maxConcurrentDiffSyncs'),
    },
  };
}
