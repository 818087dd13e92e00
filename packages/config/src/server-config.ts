// What a server is told: one frozen, typed value. Units stand last in the names; undefined means "not configured".

import type { Ensemble, ServerAddress, ServerId } from '@zebu/protocol';

export interface ServerConfig {
  /** The zoo.cfg it comes from; undefined for a server that was configured by arguments. */
  readonly file: string | undefined;
  /** A standalone server has no quorum; `ensemble` then has at most one server. */
  readonly standalone: boolean;
  /** `myid`; 1 for a standalone server, as ZooKeeper uses for its session ids. */
  readonly serverId: ServerId;
  /** With its groups and weights. */
  readonly ensemble: Ensemble;
  /** Compared between servers that both have one. */
  readonly clusterName: string | undefined;
  readonly ticks: TickConfig;
  readonly sessions: SessionConfig;
  readonly clients: ClientConfig;
  readonly authentication: AuthenticationConfig;
  readonly writes: WriteConfig;
  readonly containers: ContainerConfig;
  readonly storage: StorageConfig;
  readonly election: ElectionConfig;
  readonly peers: PeerConfig;
  readonly observers: ObserverConfig;
  readonly learners: LearnerConfig;
  /** False: a leader with learners serves no clients. */
  readonly leaderServes: boolean;
  /** File by which somebody outside lets one of two servers go on alone; undefined: nobody does. */
  readonly oraclePath: string | undefined;
  /** Of the last zxid of an epoch. */
  readonly lastCounter: number;
  /** Without a quorum, clients that are content with reads are served. */
  readonly readOnlyMode: boolean;
  /** Packets of each link that are kept for the log; undefined: none. */
  readonly messageTracker: { readonly bufferSize: number } | undefined;
  /** Everything that the files say, as text, by key; also keys that nobody knows. */
  readonly properties: ReadonlyMap<string, string>;
  /** Where each of them stands in the file. */
  readonly lines: ReadonlyMap<string, number>;
  /** What an operator should hear once, at start. */
  readonly warnings: readonly string[];
}

/** What it names is looked for and loaded later; secrets are in no message. */
export interface AuthenticationConfig {
  /** Undefined: the scheme digest is off. */
  readonly digest: { readonly algorithm: string; readonly superDigest: string | undefined } | undefined;
  readonly x509SuperUser: string | undefined;
  readonly saslSuperUsers: ReadonlySet<string>;
  /** The id that stands for everyone who came by SASL. */
  readonly saslAnyUser: string | undefined;
  /** Undefined: nobody can log in by SASL. */
  readonly login: LoginConfig | undefined;
  readonly ensembleNames: ReadonlySet<string> | undefined;
  /** authProvider.N: Java classes, or paths of modules. */
  readonly providers: readonly { readonly key: string; readonly name: string }[];
  /** The scheme that certificates of the secure port prove. */
  readonly certificateScheme: string;
  /** Empty: everyone is served. */
  readonly enforcedSchemes: ReadonlySet<string>;
  readonly allowSaslFailedClients: boolean;
}

export interface LoginConfig {
  readonly file: string;
  readonly section: string;
  /** The file is there for servers, and nothing says that clients log in: a file without the section is a file for servers alone. */
  readonly sectionMayBeMissing: boolean;
  readonly superPassword: string | undefined;
}

export interface TickConfig {
  readonly tickTimeMs: number;
  /** In ticks; 0 for a standalone server that does not set them. */
  readonly initLimit: number;
  readonly syncLimit: number;
}

export interface SessionConfig {
  readonly minimumTimeoutMs: number;
  readonly maximumTimeoutMs: number;
  /** New sessions begin as local ones; undefined: all are global. */
  readonly local: { readonly upgradingEnabled: boolean } | undefined;
  /** Undefined lets in whoever comes. */
  readonly connectionThrottle: ConnectionThrottleConfig | undefined;
}

/** ZooKeeper's BlueThrottle. */
export interface ConnectionThrottleConfig {
  readonly maxTokens: number;
  readonly fillTimeMs: number;
  readonly fillCount: number;
  /** -1: none is refused by chance. */
  readonly freezeTimeMs: number;
  readonly dropIncrease: number;
  readonly dropDecrease: number;
  readonly decreaseRatio: number;
  /** Undefined: every session takes one token. */
  readonly weights: { readonly global: number; readonly local: number; readonly renew: number } | undefined;
}

export interface ClientConfig {
  /** Where clients are served; undefined for a server without a client port. The host 0.0.0.0 is every address. */
  readonly address: ServerAddress | undefined;
  /** Where clients speak TLS alone. */
  readonly secureAddress: ServerAddress | undefined;
  /** TLS at `address`, too. */
  readonly portUnification: boolean;
  /** Undefined when no client speaks TLS. */
  readonly tls: TlsConfig | undefined;
  /** Infinity is no limit. */
  readonly maxOutstandingHandshakes: number;
  /** 0 is no limit. */
  readonly maxConnectionsPerAddress: number;
  readonly maxConnections: number;
  /** undefined leaves it to the system. */
  readonly listenBacklog: number | undefined;
  /** jute.maxbuffer: the longest frame that is read, without its length. */
  readonly maxFrameBytes: number;
  readonly globalOutstandingLimit: number;
  /** A longer request is a large one; undefined for none. */
  readonly largeRequestThresholdBytes: number | undefined;
  /** Of all large requests in process. */
  readonly largeRequestMaxBytes: number;
  readonly throttle: RequestThrottleConfig;
  readonly sessionlessTimeoutMs: number;
  readonly tcpKeepAlive: boolean;
  readonly fourLetterWords: ReadonlySet<string>;
}

export interface RequestThrottleConfig {
  /** Requests in process at which others wait; 0 is no limit. */
  readonly maxRequestCount: number;
  readonly stallTimeMs: number;
  readonly dropStale: boolean;
  readonly staleLatencyCheck: boolean;
  readonly staleConnectionCheck: boolean;
  /** A request that waited longer is refused; undefined for none. */
  readonly throttledOpWaitTimeMs: number | undefined;
}

export interface WriteConfig {
  /** Znodes may have a TTL. */
  readonly extendedTypesEnabled: boolean;
  /** TTL znodes that ZooKeeper 3.5.3 wrote are known as such; only with extended types. */
  readonly emulate353TtlNodes: boolean;
  /** Hard limits of quotas refuse. */
  readonly enforceQuota: boolean;
  /** Servers refuse by their own trees what ACLs will refuse; in an ensemble. */
  readonly eagerAclCheck: boolean;
  /** ACLs refuse nobody. */
  readonly skipAcl: boolean;
  readonly reconfigEnabled: boolean;
  /** False: an ensemble may have one participant. */
  readonly standaloneEnabled: boolean;
  /** Txns carry the tree's digest, and it is compared. */
  readonly digestEnabled: boolean;
  /** The txn that ends a session lists its ephemerals. */
  readonly closeSessionTxnEnabled: boolean;
  /** A server may have several addresses. */
  readonly multiAddressEnabled: boolean;
}

export interface ContainerConfig {
  readonly checkIntervalMs: number;
  readonly maxPerMinute: number;
  /** 0 keeps a container that never had a child for ever. */
  readonly maxNeverUsedMs: number;
}

export interface TlsConfig {
  readonly keyStore: TlsStoreConfig;
  /** Undefined when clients are not asked for certificates. */
  readonly trustStore: TlsStoreConfig | undefined;
  readonly clientAuth: 'need' | 'want' | 'none';
  /** Java's names; undefined is what is usual. */
  readonly protocols: readonly string[] | undefined;
  readonly cipherSuites: readonly string[] | undefined;
  readonly verifiesClientHostnames: boolean;
  readonly allowReverseDnsLookup: boolean;
  /** Changed files are read while the server runs. */
  readonly reloads: boolean;
}

/** How servers prove to each other who they are. */
export interface PeerConfig {
  /** Undefined: no TLS between servers; also of a standalone server. */
  readonly tls: PeerTlsConfig | undefined;
  /** Undefined: no SASL between servers; also of a standalone server. */
  readonly sasl: PeerSaslConfig | undefined;
}

export interface PeerSaslConfig {
  /** JAAS. */
  readonly file: string;
  /** Users and passwords of servers that dial this one. */
  readonly serverSection: string;
  /** The user and the password of this server. */
  readonly learnerSection: string;
  /** It logs in where it dials. */
  readonly provesItself: boolean;
  /** Those that dial it must. */
  readonly requiresProof: boolean;
}

export interface PeerTlsConfig {
  /** This server speaks TLS to those that it dials. */
  readonly dials: boolean;
  /** Those that dial it may do without. */
  readonly takesPlain: boolean;
  readonly keyStore: TlsStoreConfig;
  readonly trustStore: TlsStoreConfig;
  /** Whether those that dial must show a certificate, may, or are not asked. */
  readonly clientAuth: 'need' | 'want' | 'none';
  /** Java's names; undefined is what is usual. */
  readonly protocols: readonly string[] | undefined;
  readonly cipherSuites: readonly string[] | undefined;
  /** The certificate of a server that is dialled must name its host. */
  readonly verifiesHostnames: boolean;
  /** That of a server that dials must name its address. */
  readonly verifiesClientHostnames: boolean;
  readonly allowReverseDnsLookup: boolean;
  /** For the first byte of a connection. */
  readonly detectionTimeoutMs: number;
  /** Changed files are read while the server runs. */
  readonly reloads: boolean;
}

export interface TlsStoreConfig {
  /** What its keys begin with. */
  readonly key: 'ssl.keyStore' | 'ssl.trustStore' | 'ssl.quorum.keyStore' | 'ssl.quorum.trustStore';
  readonly location: string;
  /** Undefined: as the name ends. */
  readonly type: 'JKS' | 'PEM' | 'PKCS12' | 'BCFKS' | undefined;
  readonly password: string | undefined;
  readonly passwordPath: string | undefined;
}

export interface StorageConfig {
  /** Absolute when it comes from loadServerConfig. */
  readonly dataDir: string;
  readonly dataLogDir: string;
  readonly preAllocSizeBytes: number;
  readonly snapCount: number;
  /** Of the txns between two snapshots; undefined: their number alone counts. */
  readonly snapSizeLimitBytes: number | undefined;
  /** Of a log file; undefined: it ends with the next snapshot. */
  readonly txnLogSizeLimitBytes: number | undefined;
  /** A flush of the log that takes longer is logged. */
  readonly syncWarningThresholdMs: number;
  readonly commitLogCount: number;
  readonly forceSync: boolean;
  readonly dbAutocreate: boolean;
  readonly dataDirAutocreate: boolean;
  /** A txn log without a snapshot follows the empty tree. */
  readonly trustEmptySnapshot: boolean;
  /** Share of the tree's size up to which a learner gets txns from disk rather than a snapshot. */
  readonly snapshotSizeFactor: number;
  /** Learners get snapshots whatever they missed. */
  readonly forceSnapshotSync: boolean;
  /** Snapshots that the purge keeps; undefined keeps all. */
  readonly snapRetainCount: number | undefined;
}

export interface ElectionConfig {
  /** What electionModule names, and its options by what follows `electionModule.`; undefined for Fast Leader Election. It is found and loaded later. */
  readonly module: { readonly name: string; readonly options: ReadonlyMap<string, string> } | undefined;
  readonly minimumNotificationIntervalMs: number;
  readonly maximumNotificationIntervalMs: number;
  readonly connectTimeoutMs: number;
  /** For a server that is connected to the election port to say who it is. */
  readonly helloTimeoutMs: number;
  readonly tcpKeepAlive: boolean;
  /** For the address of a server that has several to answer; undefined does not ask. */
  readonly reachabilityTimeoutMs: number | undefined;
  /** Tries to listen; Infinity never gives up. */
  readonly maxListenTries: number;
  /** Listen for other servers on every address instead of the one in the server line. */
  readonly listenOnAllAddresses: boolean;
}

export interface ObserverConfig {
  /** Where followers serve observers; undefined: nowhere. */
  readonly masterPort: number | undefined;
  /** False: an observer keeps what it learns in memory alone. */
  readonly keepsLog: boolean;
  readonly electionDelayMs: number;
  readonly reconnectDelayMs: number;
}

/** How learners find whoever serves them, and what they may ask of it. */
export interface LearnerConfig {
  /** In ticks; undefined: initLimit. */
  readonly connectLimit: number | undefined;
  /** Undefined: short, and growing. */
  readonly connectRetryDelayMs: number | undefined;
  /** Undefined: a leader whose voters left before it was established gives up at once. */
  readonly waitForVotersMs: number | undefined;
  /** At a time. */
  readonly syncLimits: { readonly snapshots: number; readonly diffs: number };
}

/** Freezes objects and arrays; maps and sets are read-only by type. */
export function deepFreeze<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (!(value instanceof Map) && !(value instanceof Set)) Object.freeze(value);
  for (const child of Object.values(value)) deepFreeze(child);
  return value;
}
