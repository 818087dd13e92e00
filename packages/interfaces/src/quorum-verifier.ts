// Which sets of servers are quorums (ZooKeeper's QuorumVerifier): by majority, by groups and weights, or jointly of two configurations.

import type { ServerId } from '@zebu/protocol';

export interface QuorumVerifier {
  /** True when the voters among `servers` form a quorum; others in the set do not count. */
  containsQuorum(servers: ReadonlySet<ServerId>): boolean;
  /** 0 for a server that is no voter: it never leads and is never counted. */
  weightOf(server: ServerId): number;
  readonly voters: ReadonlySet<ServerId>;
}
