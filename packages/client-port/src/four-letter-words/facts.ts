// What the four-letter words tell beside the ManagementView: what a server was told at start, and what its process says of itself.

import type { LearnerType } from '@zebu/protocol';

export interface FourLetterWordFacts {
  /** As ZooKeeper prints it: `3.9.0-zebu-0.1.0, built on ...`. */
  readonly version: string;
  readonly uptimeMs: number;
  /** Undefined where the system does not tell. */
  readonly openFileDescriptorCount: number | undefined;
  readonly maxFileDescriptorCount: number | undefined;
  readonly configuration: ConfigurationFacts;
}

export interface ConfigurationFacts {
  /** -1 without a client port. */
  readonly clientPort: number;
  /** The version-2 directories, absolute. */
  readonly dataDir: string;
  readonly dataDirBytes: number;
  readonly dataLogDir: string;
  readonly dataLogDirBytes: number;
  readonly tickTimeMs: number;
  readonly maxClientCnxns: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  /** -1 when the system chooses. */
  readonly clientPortListenBacklog: number;
  /** 0 on a standalone server. */
  readonly serverId: number;
  /** Undefined on a standalone server. */
  readonly quorum: QuorumFacts | undefined;
}

export interface QuorumFacts {
  readonly initLimit: number;
  readonly syncLimit: number;
  readonly electionPort: number;
  readonly quorumPort: number;
  readonly peerType: LearnerType;
  readonly voterCount: number;
  /** The server lines and the version, as ZooKeeper prints them. */
  readonly membership: string;
}
