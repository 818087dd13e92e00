// Where servers run: hosts, of which each may have a network or a disk of its own.

import type { ServerId } from '@zebu/protocol';

export interface Host {
  readonly id: ServerId;
  /** How clients and other servers reach it. */
  readonly address: string;
  readonly ports: { readonly client: number; readonly quorum: number; readonly election: number };
  /** Holds configuration and log, and outlives every fault. */
  readonly directory: string;
  /** May be on a disk of its own. */
  readonly dataDirectory: string;
  /** What a command line begins with to run there. */
  readonly within: readonly string[];
}
