// Every key of ZooKeeper 3.9's zoo.cfg, and ours: how its value is checked, its default, and whether it does something in this release.
// Names are those that ZooKeeper reads; where its administrator's guide prints another one, both work.

import { AUTHENTICATION_FAMILIES, AUTHENTICATION_KEYS } from './authentication-keys.ts';
import { acts, jvm, type KeyRow, later } from './key-row.ts';
import { CLIENT_TLS_KEYS, QUORUM_TLS_KEYS } from './tls-keys.ts';
import {
  anyInteger,
  anyText,
  boolean,
  commaList,
  decimal,
  integer,
  intervalInHours,
  longInteger,
  nonEmptyText,
  oneOf,
  port,
  yesOrNo,
} from './value-rules.ts';

const MINIMUM: readonly KeyRow[] = [
  acts('clientPort', port, undefined, 'Port for clients. May stand in the server line instead.'),
  acts('clientPortAddress', nonEmptyText, 'any', 'Address on which clients are served.'),
  acts('dataDir', nonEmptyText, undefined, 'Directory of `myid`, snapshots and epoch files. Required.'),
  acts('tickTime', integer(1), '3000', 'Milliseconds of one tick, the unit of the limits below.'),
  acts('initLimit', integer(1), undefined, 'Ticks to connect to a leader and get in sync. Required with servers.'),
  acts('syncLimit', integer(1), undefined, 'Ticks of silence between a leader and a learner. Required with servers.'),
  acts(
    'observerMasterPort',
    integer(0, 65535),
    '0',
    'Port on which followers serve observers, the same on every server; 0: observers learn at the leader.',
  ),
];

const STORAGE: readonly KeyRow[] = [
  acts('dataLogDir', nonEmptyText, 'dataDir', 'Directory of the txn logs; best on a disk of its own.'),
  acts('preAllocSize', longInteger(1), '65536', 'KB by which a log file is extended ahead of its writes.'),
  acts(
    'snapCount',
    longInteger(2),
    '100000',
    'Txns between snapshots; the moment is random between half of it and it.',
  ),
  acts('commitLogCount', longInteger(1), '500', 'Committed txns kept in memory to bring learners up to date.'),
  acts(
    'snapSizeLimitInKb',
    longInteger(-1),
    '4194304',
    'KB of txns between snapshots, likewise; the first of the two counts. 0 or less is no limit.',
  ),
  acts('forceSync', yesOrNo, 'yes', '`no` acknowledges writes that a power failure may lose.'),
  acts('autopurge.snapRetainCount', anyInteger, '3', 'Snapshots kept by the purge; at least 3.'),
  acts('autopurge.purgeInterval', intervalInHours, '1', '0 is off; else old files are purged after each snapshot.'),
  acts(
    'db.autocreate',
    boolean,
    'true',
    '`false`: an empty directory without an `initialize` file may not vote for itself.',
  ),
  acts('datadir.autocreate', boolean, 'true', '`false`: a missing data directory is an error.'),
  acts(
    'snapshotSizeFactor',
    decimal,
    '0.33',
    'Share of the tree up to which a learner is sent txns from disk, not a snapshot.',
  ),
  acts('snapshot.trust.empty', boolean, 'false', '`true`: a txn log without a snapshot follows the empty tree.'),
  acts('fsync.warningthresholdms', longInteger(0), '1000', 'Ms above which a flush of the txn log is logged as slow.'),
  acts(
    'txnLogSizeLimitInKb',
    anyInteger,
    '-1',
    'KB above which a log file is followed by another; 0 or less is no limit.',
  ),
  acts(
    'syncEnabled',
    boolean,
    'true',
    '`false`: an observer writes neither log nor snapshots, and is brought up to date anew at each start.',
    { aliases: ['observer.syncEnabled'] },
  ),
  later('flushDelay', longInteger(0), '0'),
  later('maxWriteQueuePollTime', longInteger(0)),
  later('maxBatchSize', integer(0), '1000'),
  later('snapshot.compression.method', oneOf('', 'gz', 'snappy'), ''),
  acts(
    'digest.enabled',
    boolean,
    'true',
    '`false`: txns carry no digest of the tree, and none that they or snapshots carry is compared.',
  ),
  later('serializeLastProcessedZxid.enabled', boolean, 'true'),
  acts('forceSnapshotSync', boolean, 'false', '`true`: learners are sent a snapshot whatever they missed. For tests.'),
  acts(
    'closeSessionTxn.enabled',
    boolean,
    'true',
    '`false`: the txn that ends a session does not list its ephemerals; for logs that ZooKeeper before 3.6 is to read.',
  ),
  jvm('intBufferStartingSizeBytes', integer(32), '1024'),
];

const CLIENTS: readonly KeyRow[] = [
  acts('maxClientCnxns', integer(0), '60', 'Connections per client address; 0 is no limit.'),
  acts('maxCnxns', integer(0), '0', 'Connections in all; 0 is no limit.'),
  acts('clientPortListenBacklog', anyInteger, '-1', 'Backlog of the client port; -1 leaves it to the system.'),
  acts('minSessionTimeout', anyInteger, '2 ticks', 'Least session timeout in ms that a client may negotiate.'),
  acts('maxSessionTimeout', anyInteger, '20 ticks', 'Greatest session timeout in ms that a client may negotiate.'),
  acts(
    'globalOutstandingLimit',
    integer(1),
    '1000',
    'Unanswered requests of all clients beyond which each is read no further until it is answered.',
  ),
  acts('jute.maxbuffer', integer(1024), '1048575', 'Bytes of the largest request; the same on every server.'),
  acts('nio.sessionlessCnxnTimeout', integer(1), '10000', 'Ms for a connection to ask for a session.'),
  acts('clientTcpKeepAlive', boolean, 'false', 'TCP keep-alive on the connections of clients.'),
  acts('4lw.commands.whitelist', commaList, 'srvr', 'Four-letter words that are answered; `*` is all.'),
  later('maxResponseCacheSize', anyInteger, '400'),
  later('maxGetChildrenResponseCacheSize', anyInteger, '400'),
  acts('extendedTypesEnabled', boolean, 'false', '`true`: znodes may have a TTL; server ids go up to 254.'),
  acts(
    'emulate353TTLNodes',
    boolean,
    'false',
    '`true`: TTL znodes of ZooKeeper 3.5.3 are known as such; with extendedTypesEnabled.',
  ),
  acts(
    'enforceQuota',
    boolean,
    'false',
    '`true`: hard limits of quotas refuse; whatever exceeds a limit is logged in any case.',
  ),
  acts('enableEagerACLCheck', boolean, 'false', '`true`: each server refuses by its own tree what ACLs will refuse.'),
  jvm('jute.maxbuffer.extrasize', longInteger(0), 'jute.maxbuffer'),
  acts('largeRequestMaxBytes', integer(1), '104857600', 'Bytes of all large requests in process; one more is cut off.'),
  acts('largeRequestThreshold', anyInteger, '-1', 'Bytes above which a request is a large one; -1 for none.'),
  acts(
    'localSessionsEnabled',
    boolean,
    'false',
    '`true`: sessions live on the server of their client alone and cost no txn. Not of a standalone server.',
  ),
  acts(
    'localSessionsUpgradingEnabled',
    boolean,
    'false',
    '`true`: the first ephemeral makes a local session global; `false` refuses it with EPHEMERALONLOCALSESSION.',
  ),
  acts('skipACL', yesOrNo, 'no', '`yes`: ACLs are stored, and refuse nobody.'),
  jvm('serverCnxnFactory', anyText, 'NIOServerCnxnFactory'),
  jvm('advancedFlowControlEnabled', boolean, 'false', { aliases: ['netty.advancedFlowControl.enabled'] }),
  jvm('nio.directBufferBytes', anyInteger, '65536'),
];

const THROTTLES: readonly KeyRow[] = [
  acts('connectionMaxTokens', integer(0), '0', 'Clients that may ask for a session in a rush; 0 is no limit.', {
    aliases: ['connection_throttle_tokens'],
  }),
  acts('connectionTokenFillTime', integer(1), '1', 'Ms in which `connectionTokenFillCount` more may.', {
    aliases: ['connection_throttle_fill_time'],
  }),
  acts('connectionTokenFillCount', integer(0), '1', 'How many more may in each of those times.', {
    aliases: ['connection_throttle_fill_count'],
  }),
  acts('connectionFreezeTime', integer(-1), '-1', 'Least ms between changes of the chance to be refused; -1 is none.', {
    aliases: ['connection_throttle_freeze_time'],
  }),
  acts('connectionDropIncrease', decimal, '0.02', 'What that chance grows by while no token is left.', {
    aliases: ['connection_throttle_drop_increase'],
  }),
  acts('connectionDropDecrease', decimal, '0.002', 'What it shrinks by while tokens are left over.', {
    aliases: ['connection_throttle_drop_decrease'],
  }),
  acts('connectionDecreaseRatio', decimal, '0', 'Share of the tokens that may be taken for it to shrink.', {
    aliases: ['connection_throttle_decrease_ratio'],
  }),
  acts('connection_throttle_weight_enabled', boolean, 'false', 'Sessions take as many tokens as they weigh.'),
  acts('connection_throttle_global_session_weight', integer(1), '3', 'Tokens of a new global session.'),
  acts('connection_throttle_local_session_weight', integer(1), '1', 'Tokens of a new local session.'),
  acts('connection_throttle_renew_session_weight', integer(1), '2', 'Tokens of a session that is taken up again.'),
  acts(
    'requestThrottleLimit',
    integer(0),
    '0',
    'Requests in process at which others wait to be begun; 0 is no limit.',
    {
      aliases: ['request_throttle_max_requests'],
    },
  ),
  acts('requestThrottleStallTime', integer(1), '100', 'Ms after which requests that wait are looked at again.', {
    aliases: ['request_throttle_stall_time'],
  }),
  acts('requestThrottleDropStale', boolean, 'true', 'A stale request that waits is dropped, its connection closed.', {
    aliases: ['request_throttle_drop_stale'],
  }),
  acts('requestStaleLatencyCheck', boolean, 'false', 'A request older than its session timeout is stale.', {
    aliases: ['request_stale_latency_check'],
  }),
  acts('requestStaleConnectionCheck', boolean, 'true', 'A request whose connection is gone is stale.', {
    aliases: ['request_stale_connection_check'],
  }),
  acts(
    'throttledOpWaitTime',
    integer(0),
    '0',
    'Ms of waiting above which a request is answered THROTTLEDOP; 0 is off.',
    {
      aliases: ['throttled_op_wait_time'],
    },
  ),
  jvm('request_throttler.shutdownTimeout', integer(0), '10000'),
  jvm('netty.server.earlyDropSecureConnectionHandshakes', boolean, 'false'),
];

const WATCHES_AND_CONTAINERS: readonly KeyRow[] = [
  jvm('watchManagerName', anyText, 'WatchManager'),
  jvm('watcherCleanThreadsNum', integer(1), '2'),
  jvm('watcherCleanThreshold', integer(1), '1000'),
  jvm('watcherCleanIntervalInSeconds', integer(1), '600'),
  jvm('maxInProcessingDeadWatchers', anyInteger, '-1'),
  jvm('bitHashCacheSize', integer(0), '10'),
  acts(
    'znode.container.checkIntervalMs',
    integer(1),
    '60000',
    'Ms between two looks for containers and TTL znodes to delete.',
  ),
  acts(
    'znode.container.maxPerMinute',
    integer(1),
    '10000',
    'Containers and TTL znodes that are deleted in a minute at most.',
  ),
  acts(
    'znode.container.maxNeverUsedIntervalMs',
    longInteger(0),
    '300000',
    'Ms that a container without any child yet is kept; 0 is for ever.',
  ),
];

const PERFORMANCE: readonly KeyRow[] = [
  jvm('nio.numSelectorThreads', integer(1), undefined),
  jvm('nio.numWorkerThreads', integer(0), undefined),
  jvm('nio.shutdownTimeout', integer(0), '5000'),
  jvm('commitProcessor.numWorkerThreads', integer(0), undefined),
  jvm('commitProcessor.maxReadBatchSize', anyInteger, '-1'),
  jvm('commitProcessor.maxCommitBatchSize', integer(1), '1'),
  jvm('commitProcessor.shutdownTimeout', integer(0), '5000'),
];

const CLUSTER: readonly KeyRow[] = [
  acts('electionAlg', integer(3, 3), '3', 'Fast Leader Election, unless `electionModule` names another.'),
  acts(
    'electionModule',
    nonEmptyText,
    undefined,
    'Ours: the package, or path of a module, that elects in place of Fast Leader Election; the same on every server. See below.',
  ),
  acts('leaderServes', yesOrNo, 'yes', '`no`: a leader with learners serves no clients.'),
  acts(
    'testingonly.initialZxid',
    integer(0, 0xffff_fffe),
    '0',
    'For tests: each epoch has as many zxids as there are behind this counter.',
  ),
  acts('peerType', oneOf('participant', 'observer'), 'participant', 'Only compared with the role in the server line.'),
  acts('standaloneEnabled', boolean, 'true', '`false`: a single listed server runs as an ensemble of one.'),
  acts('dynamicConfigFile', nonEmptyText, undefined, 'File that holds the server lines.'),
  acts('quorumListenOnAllIPs', boolean, 'false', 'Listen for other servers on every address.'),
  acts('cnxTimeout', integer(1), '5000', 'Ms to open a connection to another server.'),
  acts('fastleader.minNotificationInterval', integer(1), '200', 'First wait in ms for answers in an election.'),
  acts('fastleader.maxNotificationInterval', integer(1), '60000', 'Longest wait in ms for answers in an election.'),
  acts(
    'clusterName',
    nonEmptyText,
    undefined,
    'Ours: servers that both have a name only talk when the names are equal.',
  ),
  later('electionPort', port, '2182'),
  acts(
    'maxTimeToWaitForEpoch',
    anyInteger,
    '-1',
    'Ms that a leader whose voters left before it was established waits for them; -1: it does not wait.',
    { aliases: ['leader.maxTimeToWaitForEpoch'] },
  ),
  acts(
    'connectToLearnerMasterLimit',
    integer(0),
    'initLimit',
    'Ticks to connect to the leader, or to a follower that serves observers; 0 is initLimit.',
  ),
  acts(
    'quorumCnxnTimeoutMs',
    anyInteger,
    '-1',
    'Ms that a server may be silent on the election port before it has said who it is; -1 is syncLimit ticks.',
  ),
  acts(
    'reconfigEnabled',
    boolean,
    'false',
    '`true`: whoever may write `/zookeeper/config` may change the ensemble with reconfig.',
  ),
  acts('tcpKeepAlive', boolean, 'true', 'TCP keep-alive on the connections of elections.'),
  acts(
    'electionPortBindRetry',
    integer(0),
    '3',
    'Tries to listen for other servers at the start, a second apart, on either port; 0 never gives up.',
  ),
  acts(
    'observer.reconnectDelayMs',
    longInteger(0),
    '0',
    'An observer waits up to so many ms, by chance, before it dials the leader, or all followers once more.',
  ),
  acts(
    'observer.election.DelayMs',
    longInteger(0),
    '200',
    'An observer that lost its leader waits up to so many ms, by chance, before it looks for one.',
  ),
  acts(
    'multiAddress.enabled',
    boolean,
    'false',
    '`true`: a server line may list several addresses; all are listened on, and the first that answers is taken.',
  ),
  acts(
    'multiAddress.reachabilityCheckEnabled',
    boolean,
    'true',
    'Ask, before a vote is relied on, whether the address of a connection for elections still answers; else another is dialled.',
  ),
  acts('multiAddress.reachabilityCheckTimeoutMs', integer(1), '1000', 'Ms within which it must.'),
  acts(
    'oraclePath',
    nonEmptyText,
    undefined,
    'Two participants: file whose first character is `1` where this server may go on alone.',
  ),
  acts(
    'leader.maxConcurrentSnapSyncs',
    integer(1),
    '10',
    'Learners that are sent a snapshot at a time; one observer more is refused, and tries again.',
  ),
  acts('leader.maxConcurrentDiffSyncs', integer(1), '100', 'The same of learners that are sent txns.'),
  acts(
    'leaderConnectDelayDuringRetryMs',
    integer(0),
    '5 to 320',
    'Ms between two tries to connect to a leader; without it the pause begins with 5 ms and doubles.',
  ),
  jvm('learner.closeSocketAsync', boolean, 'false'),
  jvm('leader.closeSocketAsync', boolean, 'false'),
  jvm('learner.asyncSending', boolean, 'false'),
  jvm('forward_learner_requests_to_commit_processor_disabled', boolean, 'false'),
  jvm('leader.ackLoggingFrequency', integer(1), '1000'),
  jvm('quorum.cnxn.threads.size', integer(1), '20'),
];

const ADMIN: readonly KeyRow[] = [
  later('admin.enableServer', boolean, 'false'),
  later('admin.serverAddress', nonEmptyText, '127.0.0.1'),
  later('admin.serverPort', integer(0, 65535), '8080'),
  later('admin.idleTimeout', integer(0), '30000'),
  later('admin.commandURL', nonEmptyText, '/commands'),
  jvm('admin.httpVersion', integer(1), '11'),
  later('admin.portUnification', boolean, 'false'),
  later('admin.forceHttps', boolean, 'false'),
  later('admin.needClientAuth', boolean, 'false'),
  later('admin.rateLimiterIntervalInMS', integer(0), '300000'),
  later('admin.snapshot.enabled', boolean, 'true'),
  later('admin.restore.enabled', boolean, 'true'),
];

const METRICS_AND_DEBUG: readonly KeyRow[] = [
  jvm('metricsProvider.className', anyText, 'DefaultMetricsProvider'),
  later('metricsProvider.httpHost', nonEmptyText, '0.0.0.0'),
  later('metricsProvider.httpPort', integer(0, 65535), '7000'),
  jvm('metricsProvider.exportJvmInfo', boolean, 'true'),
  jvm('metricsProvider.numWorkerThreads', integer(1), '1'),
  jvm('metricsProvider.maxQueueSize', integer(1), '1000000'),
  jvm('metricsProvider.workerShutdownTimeoutMs', integer(0), '1000'),
  later('audit.enable', boolean, 'false'),
  jvm('audit.impl.class', anyText, 'Slf4jAuditLogger'),
  acts(
    'messageTracker.Enabled',
    boolean,
    'false',
    '`true`: when a link between a leader and a learner ends the log has the last packets of it, with their times.',
  ),
  acts('messageTracker.BufferSize', integer(1), '10', 'How many of them, each way.'),
  jvm('jvm.pause.monitor', boolean, 'false'),
  jvm('jvm.pause.sleep.time.ms', longInteger(1), '500'),
  jvm('jvm.pause.warn-threshold.ms', longInteger(0), '10000'),
  jvm('jvm.pause.info-threshold.ms', longInteger(0), '1000'),
  later('pathStats.enabled', boolean, 'false'),
  later('pathStats.slotCapacity', integer(1), '60'),
  later('pathStats.slotDuration', integer(1), '15'),
  later('pathStats.maxDepth', integer(1), '6'),
  later('pathStats.topPathMax', integer(1), '20'),
  later('pathStats.sampleRate', decimal, '0.1'),
  later('pathStats.delay', integer(0), '5'),
  later('pathStats.initialDelay', integer(0), '5'),
];

const EXPERIMENTAL: readonly KeyRow[] = [
  acts(
    'readonlymode.enabled',
    boolean,
    'false',
    '`true`: without a quorum, clients that are content with reads are served; new ones only with localSessionsEnabled. Answers `isro`.',
  ),
  jvm('follower.skipLearnerRequestToNextProcessor', boolean, 'false'),
];

export const KEY_TABLE: readonly KeyRow[] = [
  ...MINIMUM,
  ...STORAGE,
  ...CLIENTS,
  ...THROTTLES,
  ...WATCHES_AND_CONTAINERS,
  ...PERFORMANCE,
  ...CLUSTER,
  ...AUTHENTICATION_KEYS,
  ...CLIENT_TLS_KEYS,
  ...QUORUM_TLS_KEYS,
  ...ADMIN,
  ...METRICS_AND_DEBUG,
  ...EXPERIMENTAL,
];

/** Keys with a name of the operator's behind the dot. */
const KEY_FAMILIES: readonly KeyRow[] = [
  ...AUTHENTICATION_FAMILIES,
  acts('electionModule.', anyText, undefined, 'Option of the election module.'),
  jvm('metricsProvider.', anyText),
];

const rowsByName: ReadonlyMap<string, KeyRow> = new Map(
  KEY_TABLE.flatMap((row) => [row.key, ...(row.aliases ?? [])].map((name) => [name, row] as const)),
);

/** The row of a key of the table or of one of its families; undefined for a key that nobody knows. */
export const keyRow = (name: string): KeyRow | undefined =>
  rowsByName.get(name) ?? KEY_FAMILIES.find((family) => name.startsWith(family.key) && name.length > family.key.length);
