// What the four-letter words tell beside the state of the server: what it was told at start, and what its process says of itself.

import type { Clock } from '@zebu/interfaces';

export interface FourLetterWordFacts {
  readonly clock: Clock;
  /** As ZooKeeper prints it: `3.9.5-zebu-0.1.0, built on ...`. */
  readonly version: string;
  readonly configuration: ConfigurationFacts;
  dataDirBytes(): number;
  dataLogDirBytes(): number;
  /** Undefined where the system does not tell. */
  openFileDescriptorCount(): number | undefined;
  maxFileDescriptorCount(): number | undefined;
  /** What `envi` lists behind the version, in its order. */
  environment(): readonly (readonly [name: string, value: string])[];
}

export interface ConfigurationFacts {
  /** -1 without one. */
  readonly clientPort: number;
  readonly secureClientPort: number;
  /** The version-2 directories, absolute. */
  readonly dataDir: string;
  readonly dataLogDir: string;
  readonly tickTimeMs: number;
  readonly maxClientCnxns: number;
  readonly minSessionTimeoutMs: number;
  readonly maxSessionTimeoutMs: number;
  /** -1 when the system chooses. */
  readonly clientPortListenBacklog: number;
  /** A connection without a session is given up after this, and others are looked at as often. */
  readonly sessionlessTimeoutMs: number;
  /** 0 on a standalone server. */
  readonly serverId: number;
}
