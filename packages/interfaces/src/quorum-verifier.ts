// Which sets of servers are quorums (ZooKeeper's QuorumVerifier): by majority, by groups and weights, or jointly of two configurations.

import type { ServerId } from '@zebu/protocol';

export interface QuorumVerifier {
  /** True when the voters among `servers` form a quorum; others in the set do not count. */
  containsQuorum(servers: ReadonlySet<ServerId>): boolean;
  /** With 0 a server never leads. Who is no voter has no weight. */
  weightOf(server: ServerId): number;
  readonly voters: ReadonlySet<ServerId>;
}
